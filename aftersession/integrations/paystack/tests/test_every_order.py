# SPDX-License-Identifier: Apache-2.0
"""Ten thousand deliveries: all 120 orders of five notices, each up to fifty times, one in ten forged.

Whatever the order, the books end in one and the same state, which is the partner's. In full with
TORTURE=full, a tenth of it each time.
"""

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db import transaction
from django.db.models import Sum

from aftersession.integrations.apply_notices import apply_due_notices
from aftersession.integrations.inbox import receive_notice
from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.integrations.paystack.tests.stand_in.partner import Merchant, PaystackStandIn
from aftersession.integrations.paystack.tests.test_journey import connection, link, press_pay
from aftersession.ledger.models import Line
from aftersession.payments.models import (
    Dispute,
    Payment,
    PaymentAttempt,
    PaymentLink,
    ProviderConnection,
    Receipt,
    Refund,
)
from aftersession.payments.provider import NoticeRejected
from aftersession.workflows.settle_reference import settle_reference
from tests.fixtures.clock import FrozenClock
from tests.stand_in import Notice, StandIn

pytestmark = [pytest.mark.torture, pytest.mark.usefixtures("in_practice")]

__all__ = ["connection", "link"]


def test_every_order_and_number_of_notices_ends_in_the_partners_own_state(
    frozen_clock: FrozenClock,
    link: PaymentLink,
    connection: ProviderConnection,
    paystack: PaystackStandIn,
    merchant: Merchant,
    rounds: Callable[[int, int], int],
) -> None:
    attempt = press_pay(link)
    paystack.move(merchant, attempt.reference, "success", fees=2_855)
    refund = paystack.refund_at_dashboard(merchant, attempt.reference, 10_000)
    paystack.move_refund(merchant, refund["id"], "processed")
    paystack.resolve(
        merchant, paystack.dispute(merchant, attempt.reference, refund_amount=85_000), "declined"
    )
    assert len(paystack.outbox) == 5
    dice = random.Random(20261123)
    orders = list(itertools.permutations(paystack.outbox))
    ends, sent = set(), 0
    for order in dice.sample(orders, rounds(6, len(orders))):
        with put_back():
            sent += deliver(connection, order, paystack, dice, about=rounds(168, 84))
            for _ in range(3):
                frozen_clock.tick(minutes=15)
                apply_due_notices(settle=settle_reference)
            ends.add(state_of_books())
    assert sent >= rounds(1_000, 10_000)
    assert ends == {
        (
            ("succeeded",),
            ((95_000, attempt.reference, str(merchant.transactions[attempt.reference]["id"])),),
            ((10_000, "done", str(refund["id"])),),
            ((85_000, "won", str(merchant.disputes[0]["id"])),),
            1,
            0,
            5,
        )
    }


@contextmanager
def put_back() -> Iterator[None]:
    """What happens in here has not happened afterwards: the same scene for every order."""
    atomic = transaction.atomic()
    # As pytest-django marks its own: the product's outermost transactions may lie in it.
    atomic._from_testcase = True  # type: ignore[attr-defined]
    with atomic:
        yield
        transaction.set_rollback(True)


def deliver(
    connection: ProviderConnection,
    order: tuple[Notice, ...],
    partner: StandIn,
    dice: random.Random,
    about: int,
) -> int:
    """Send each notice of an order up to fifty times, with forged ones among them. Returns how many."""
    copies = [dice.randint(1, 50) for _ in order]
    scale = about / sum(copies)
    sent = 0
    for notice, many in zip(order, copies, strict=True):
        for _ in range(max(1, round(many * scale))):
            sent += receive(connection, notice)
            if dice.random() < 0.12:
                sent += receive(connection, partner.forged(dice.choice(order), dice))
        if dice.random() < 0.5:
            apply_due_notices(settle=settle_reference)
    return sent


def receive(connection: ProviderConnection, notice: Notice) -> int:
    try:
        receive_notice(
            kind=connection.kind,
            connection_code=connection.code,
            raw_body=notice.body,
            headers=notice.headers,
        )
    except NoticeRejected:
        assert notice.is_forged
    else:
        assert not notice.is_forged
    return 1


def state_of_books() -> tuple[object, ...]:
    """All that says what became of the money, and how many notices were kept and applied."""
    return (
        tuple(PaymentAttempt.objects.values_list("state", flat=True)),
        tuple(Payment.objects.values_list("amount_minor", "reference", "external_id")),
        tuple(Refund.objects.values_list("amount_minor", "state", "external_id")),
        tuple(Dispute.objects.values_list("amount_minor", "state", "external_id")),
        Receipt.objects.count(),
        Line.objects.aggregate(sum=Sum("amount_minor"))["sum"],
        InboundEvent.objects.filter(state=InboundState.APPLIED).count(),
    )
