# SPDX-License-Identifier: Apache-2.0
"""From the payer's press on Pay to money that settles, with a real partner and everything that goes wrong."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django import db
from django.test import Client

from aftersession.billing.models import InvoiceShare
from aftersession.billing.queries import invoice_for
from aftersession.integrations.apply_notices import apply_due_notices
from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.ledger.models import Line
from aftersession.lib.errors import PartnerUnavailable
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import (
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentLink,
    ProviderConnection,
    Receipt,
    TrayReason,
)
from aftersession.practices.actors import PayerActor
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.settle_attempt import refresh_attempt
from aftersession.workflows.settle_reference import Notice as Named
from aftersession.workflows.settle_reference import settle_reference
from aftersession.workflows.start_checkout import start_checkout
from aftersession.workflows.watch_attempts import watch_attempts
from tests.billing import cash, complete, share_behind
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice")

Notice = tuple[bytes, dict[str, str]]
# created and succeeded, and three copies among them: all different orders of five deliveries.
ORDERS = sorted(set(itertools.permutations((0, 0, 0, 1, 1))))


@pytest.fixture
def connection(cast: Cast, sandbox_partner: SandboxControl) -> ProviderConnection:
    """The practice takes payments through the sandbox, which keeps its notices until asked."""
    made = connect_provider(practice=cast.practice, kind="sandbox", connection=sandbox_partner.connect())
    sandbox_partner.misbehave(hold=True)
    return made


@pytest.fixture
def link(cast: Cast, connection: ProviderConnection) -> PaymentLink:
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    found: PaymentLink = PaymentLink.objects.get()
    return found


def press_pay(link: PaymentLink, key: str = "press") -> tuple[PaymentAttempt, str]:
    """The attempt, and the partner's page."""
    page = start_checkout(link=link, actor=PayerActor(link.practice, link.code), key=key).url
    return PaymentAttempt.objects.latest("pk"), page


def deliver(connection: ProviderConnection, *notices: Notice) -> None:
    address = f"/webhooks/sandbox/{connection.code}/"
    for body, headers in notices:
        answer = Client().post(address, body, content_type="application/json", headers=headers)
        assert answer.status_code == 200


def books() -> tuple[object, ...]:
    """Everything that says what became of the money."""
    return (
        list(PaymentAttempt.objects.values_list("state", flat=True)),
        list(Payment.objects.values_list("amount_minor", "allocated_minor", "tray_reason")),
        list(InvoiceShare.objects.values_list("allocated_minor", flat=True)),
        Receipt.objects.count(),
        Line.objects.count(),
    )


def assert_paid_once(link: PaymentLink) -> None:
    share = share_behind(link)
    share.refresh_from_db()
    assert share.open_minor == 0
    payment = Payment.objects.get()
    assert (payment.unallocated_minor, payment.tray_reason) == (0, "")
    assert Receipt.objects.count() == 1


def test_a_paid_page_becomes_a_receipt_by_itself(
    link: PaymentLink, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    attempt, page = press_pay(link)
    sandbox_partner.pay(page)
    deliver(connection, *sandbox_partner.notices(attempt.reference))
    apply_due_notices(settle=settle_reference)
    assert_paid_once(link)


@pytest.mark.parametrize("order", ORDERS)
def test_the_order_and_number_of_notices_change_nothing(
    link: PaymentLink,
    connection: ProviderConnection,
    sandbox_partner: SandboxControl,
    order: tuple[int, ...],
) -> None:
    attempt, page = press_pay(link)
    sandbox_partner.pay(page)
    notices = sandbox_partner.notices(attempt.reference)
    after = []
    for place in order:
        deliver(connection, notices[place])
        apply_due_notices(settle=settle_reference)
        after.append(books())
    assert after[0] == after[-1]
    assert_paid_once(link)


def test_the_return_page_and_the_notice_give_one_receipt(
    link: PaymentLink, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    attempt, page = press_pay(link)
    sandbox_partner.pay(page)
    refresh_attempt(attempt)
    deliver(connection, *sandbox_partner.notices(attempt.reference))
    apply_due_notices(settle=settle_reference)
    refresh_attempt(attempt)
    assert_paid_once(link)


def test_a_lost_notice_is_made_up_for_by_asking(
    link: PaymentLink, sandbox_partner: SandboxControl, frozen_clock: FrozenClock
) -> None:
    sandbox_partner.misbehave(drop=True)
    attempt, page = press_pay(link)
    sandbox_partner.pay(page)
    assert sandbox_partner.notices(attempt.reference) == []
    frozen_clock.tick(minutes=2)
    watch_attempts()
    assert_paid_once(link)


def test_pressing_pay_again_after_a_lost_answer_leads_to_the_same_page(
    link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(answer="hang_up", hold=True)
    with pytest.raises(PartnerUnavailable):
        press_pay(link)
    assert PaymentAttempt.objects.get().state == AttemptState.UNKNOWN
    attempt, page = press_pay(link)
    sandbox_partner.pay(page)
    assert refresh_attempt(attempt) == AttemptState.SUCCEEDED
    assert_paid_once(link)


@pytest.mark.parametrize(
    ("faults", "reason"),
    [
        ({"paid_amount": 1}, TrayReason.AMOUNT_DIFFERS),
        ({"paid_amount": 10_000_000}, TrayReason.AMOUNT_DIFFERS),
        ({"paid_currency": "USD"}, TrayReason.CURRENCY_DIFFERS),
    ],
)
def test_other_money_than_was_asked_for_settles_nothing_and_stays_in_sight(
    link: PaymentLink,
    connection: ProviderConnection,
    sandbox_partner: SandboxControl,
    faults: dict[str, object],
    reason: TrayReason,
) -> None:
    sandbox_partner.misbehave(hold=True, **faults)
    attempt, page = press_pay(link)
    sandbox_partner.pay(page)
    deliver(connection, *sandbox_partner.notices(attempt.reference))
    apply_due_notices(settle=settle_reference)
    payment = Payment.objects.get()
    assert (payment.tray_reason, payment.allocated_minor) == (reason, 0)


def test_of_money_that_is_more_than_is_still_open_the_rest_stays_in_sight(
    cast: Cast, link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    attempt, page = press_pay(link)
    record_payment(
        invoice=invoice_for(cast.owner, share_behind(link).invoice.code),
        payment=cash(400_00),
        send_receipt_to="",
        actor=cast.owner,
        key="cash",
    )
    sandbox_partner.pay(page)
    refresh_attempt(attempt)
    payment = Payment.objects.get(attempt=attempt)
    assert (payment.allocated_minor, payment.unallocated_minor) == (550_00, 400_00)
    assert payment.get_tray_reason_display() == "More came in than was open"


def test_a_declined_card_settles_nothing(
    link: PaymentLink, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    attempt, page = press_pay(link)
    sandbox_partner.pay(page, "4000 0000 0000 0002")
    deliver(connection, *sandbox_partner.notices(attempt.reference))
    apply_due_notices(settle=settle_reference)
    attempt.refresh_from_db()
    assert (attempt.state, Payment.objects.count()) == (AttemptState.FAILED, 0)


def test_money_that_comes_after_a_decline_is_taken(
    link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    attempt, page = press_pay(link)
    sandbox_partner.pay(page, "4000 0000 0000 0002")
    assert refresh_attempt(attempt) == AttemptState.FAILED
    sandbox_partner.decide(attempt.reference, "succeeded")
    assert refresh_attempt(attempt) == AttemptState.SUCCEEDED
    assert_paid_once(link)


def test_a_new_try_closes_the_page_of_the_last(link: PaymentLink, sandbox_partner: SandboxControl) -> None:
    first, old_page = press_pay(link)
    second, _ = press_pay(link, key="again")
    sandbox_partner.pay(old_page)
    assert refresh_attempt(first) == AttemptState.EXPIRED
    assert refresh_attempt(second) == AttemptState.PENDING
    assert not Payment.objects.exists()


def test_a_notice_for_another_practice_settles_nothing(
    link: PaymentLink,
    connection: ProviderConnection,
    other_cast: Cast,
    sandbox_partner: SandboxControl,
) -> None:
    other = connect_provider(
        practice=other_cast.practice,
        kind="sandbox",
        connection=sandbox_partner.connect(),
    )
    attempt, page = press_pay(link)
    sandbox_partner.pay(page)
    verdict = settle_reference(connection=other, notice=Named(reference=attempt.reference))
    assert verdict.state == InboundState.QUARANTINED
    assert not Payment.objects.exists()
    assert not InboundEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_return_page_worker_and_poller_at_the_same_moment_give_one_receipt(
    link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    attempt, page = press_pay(link)
    sandbox_partner.pay(page)
    barrier = Barrier(4)

    def look(_: int) -> str:
        try:
            barrier.wait()
            with practice_scope(link.practice):
                mine = PaymentAttempt.objects.select_related("practice", "connection").get(pk=attempt.pk)
                return refresh_attempt(mine)
        finally:
            db.connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(look, range(4))) == {AttemptState.SUCCEEDED}
    assert_paid_once(link)
