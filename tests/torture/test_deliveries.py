# SPDX-License-Identifier: Apache-2.0
"""Ten thousand notices: in every order, up to fifty times each, one in ten of them forged (G-06).

A payment lives through everything at its partner; then its five notices arrive, in one of 120 orders, with
the worker coming by whenever it does. However they come, the books end the same, and agree with the partner's.
A sample of a thousand takes some of the orders, others each time; in full, each partner takes every order.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test import Client

from aftersession.billing.models import InvoiceShare
from aftersession.integrations.apply_notices import apply_due_notices
from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.ledger.models import Line
from aftersession.messaging.models import Message
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import (
    Allocation,
    Dispute,
    Payment,
    PaymentAttempt,
    PaymentLink,
    Payout,
    PayoutLine,
    ProviderConnection,
    Receipt,
    Refund,
)
from aftersession.practices.actors import PayerActor
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.settle_reference import settle_reference
from aftersession.workflows.start_checkout import start_checkout
from tests.billing import complete
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock
from tests.fixtures.sandbox import SandboxControl
from tests.stand_in import Notice, deliver
from tests.torture.partners import AtPaystack, AtSandbox, AtStripe, Partner

ORDERS = list(itertools.permutations(range(5)))
MOST_COPIES = 50
# Per partner: how many of the 120 orders, and how many deliveries in all.
SAMPLE, FULL = (12, 334), (120, 3_334)
SAMPLE_ON_SERVER = (4, 50)
"""The second engine sees a few of each: what differs there are the statements, not the orders."""

pytestmark = [pytest.mark.torture, pytest.mark.usefixtures("in_practice")]


@pytest.fixture(params=["paystack", "sandbox", "stripe"])
def partner(request: pytest.FixtureRequest, sandbox_partner: SandboxControl) -> Iterator[Partner]:
    if request.param == "sandbox":
        yield AtSandbox(sandbox_partner)
        return
    made = AtStripe() if request.param == "stripe" else AtPaystack()
    with made.stand_in:
        yield made


@dataclass(frozen=True)
class Scene:
    """A payment that has lived through everything at its partner, and of which nobody has told us yet."""

    partner: Partner
    connection: ProviderConnection
    attempt: PaymentAttempt
    notices: list[Notice]


@pytest.fixture
def scene(cast: Cast, partner: Partner, frozen_clock: FrozenClock) -> Scene:
    connection = connect_provider(practice=cast.practice, kind=partner.kind, connection=partner.settings)
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    link = PaymentLink.objects.get()
    start_checkout(link=link, actor=PayerActor(link.practice, link.code), key="press")
    attempt = PaymentAttempt.objects.get()
    return Scene(partner, connection, attempt, partner.live_through(attempt))


@dataclass(frozen=True)
class Delivery:
    """One order, with copies and forgeries in it."""

    notices: list[Notice]

    @property
    def forged(self) -> int:
        return sum(notice.is_forged for notice in self.notices)


def plan(scene: Scene, orders: list[tuple[int, ...]], total: int, dice: random.Random) -> list[Delivery]:
    """So many deliveries in all: each order once, first comes as it says; copies and forgeries anywhere after."""
    runs = [[scene.notices[place] for place in order] for order in orders]
    forged = total // 10
    left = total - forged - 5 * len(runs)
    while left > 0:
        run, copies = dice.choice(runs), min(left, dice.randint(1, MOST_COPIES - 1))
        notice = dice.choice(scene.notices)
        for _ in range(copies):
            run.insert(dice.randint(run.index(notice) + 1, len(run)), notice)
        left -= copies
    for _ in range(forged):
        run = dice.choice(runs)
        run.insert(dice.randint(0, len(run)), scene.partner.forged(dice.choice(scene.notices), dice))
    return [Delivery(run) for run in runs]


def books() -> dict[str, object]:
    """Everything that says what became of the money, without the times and the names of its rows."""
    return {
        "attempts": list(PaymentAttempt.objects.values_list("state", "problem")),
        "payments": list(
            Payment.objects.values_list(
                "external_id",
                "amount_minor",
                "allocated_minor",
                "refunded_minor",
                "refunding_minor",
                "disputed_minor",
                "fee_minor",
                "tray_reason",
                "state",
            )
        ),
        "shares": list(InvoiceShare.objects.values_list("allocated_minor")),
        "allocated": Allocation.objects.aggregate(Sum("amount_minor")),
        "refunds": list(Refund.objects.values_list("external_id", "amount_minor", "state")),
        "disputes": list(
            Dispute.objects.values_list("external_id", "amount_minor", "taken_minor", "fee_minor", "state")
        ),
        "payouts": list(Payout.objects.values_list("external_id", "amount_minor", "fees_minor")),
        "paid_out": sorted(PayoutLine.objects.values_list("external_id", "amount_minor", "fee_minor")),
        "ledger": sorted(Line.objects.values_list("account").annotate(Sum("amount_minor")).order_by()),
        "receipts": Receipt.objects.count(),
        "letters": sorted(Message.objects.values_list("kind", flat=True)),
        "inbox": sorted(InboundEvent.objects.values_list("event_key", "state")),
    }


def hash_of(state: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(state, default=str, sort_keys=True).encode()).hexdigest()


def take(scene: Scene, delivery: Delivery, dice: random.Random, frozen_clock: FrozenClock) -> None:
    """Let the notices arrive, the worker come by now and then, and then again until nothing waits."""
    client = Client()
    address = f"/webhooks/{scene.partner.kind}/{scene.connection.code}/"
    for notice in delivery.notices:
        answer = client.post(
            address, notice.body, content_type=notice.content_type, headers=dict(notice.headers)
        )
        assert answer.status_code == (400 if notice.is_forged else 200)
        if dice.random() < 0.2:
            apply_due_notices(settle=settle_reference)
    for _ in range(20):
        apply_due_notices(settle=settle_reference)
        if not InboundEvent.objects.filter(state=InboundState.STORED).exists():
            return
        frozen_clock.tick(minutes=2)
    raise AssertionError("some notices still wait")


def check(scene: Scene, delivery: Delivery) -> None:
    """Nothing forged came in, and what is left of the payment is what its partner says."""
    assert InboundEvent.objects.count() == 5
    scene.connection.refresh_from_db(fields=["rejected_notices"])
    assert scene.connection.rejected_notices == delivery.forged
    payment = Payment.objects.get()
    left = payment.amount_minor - payment.refunded_minor - payment.disputed_minor
    assert left == scene.partner.holds(scene.attempt)


def test_however_notices_come_the_books_end_the_same(
    scene: Scene, frozen_clock: FrozenClock, rounds: Callable[[int, int], int]
) -> None:
    dice = random.Random(random.getrandbits(32))
    began = frozen_clock.now
    sample = SAMPLE if connection.vendor == "sqlite" else SAMPLE_ON_SERVER
    many, total = (rounds(*lengths) for lengths in zip(sample, FULL, strict=True))
    orders = dice.sample(ORDERS, many)
    ends: dict[str, dict[str, object]] = {}
    for delivery in plan(scene, orders, total, dice):
        frozen_clock.move_to(began)
        before = transaction.savepoint()
        take(scene, delivery, dice, frozen_clock)
        check(scene, delivery)
        end = books()
        ends[hash_of(end)] = end
        transaction.savepoint_rollback(before)
    first, *others = ends.values()
    assert [{key: (end[key], first[key]) for key in end if end[key] != first[key]} for end in others] == []
    assert "quarantined" not in json.dumps(first, default=str)


@pytest.mark.django_db(transaction=True)
def test_the_same_over_a_real_line(cast: Cast, scene: Scene, frozen_clock: FrozenClock, live: str) -> None:
    dice = random.Random(random.getrandbits(32))
    (delivery,) = plan(scene, [dice.choice(ORDERS)], 12, dice)
    address = f"{live}/webhooks/{scene.partner.kind}/{scene.connection.code}/"
    for notice in delivery.notices:
        assert deliver(notice, address) == (400 if notice.is_forged else 200)
    take(scene, Delivery([]), dice, frozen_clock)
    check(scene, delivery)
    assert list(check_invariants()) == []
