# SPDX-License-Identifier: Apache-2.0
"""From the payer's press on Pay to the payout, through the product, with a Stripe on loopback."""

import json
import logging

import pytest
from django.test import Client

from aftersession.integrations.apply_notices import apply_due_notices
from aftersession.integrations.inbox import keep_misfit
from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.integrations.stripe.tests.scene import settings_of
from aftersession.integrations.stripe.tests.stand_in.books import Account
from aftersession.integrations.stripe.tests.stand_in.server import StripeStandIn
from aftersession.ledger.models import Account as Book
from aftersession.ledger.models import Line
from aftersession.lib.errors import PartnerUnavailable
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import (
    AttemptState,
    Dispute,
    DisputeState,
    Payment,
    PaymentAttempt,
    PaymentLink,
    Payout,
    PayoutLine,
    ProviderConnection,
    RefundState,
)
from aftersession.practices.actors import PayerActor
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.refund_online import refund_online
from aftersession.workflows.settle_reference import settle_reference
from aftersession.workflows.start_checkout import start_checkout
from aftersession.workflows.sweep_partners import sweep_connection
from aftersession.workflows.watch_attempts import watch_attempts
from tests.billing import cash, complete, share_behind
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock
from tests.stand_in import Notice

pytestmark = pytest.mark.usefixtures("in_practice")


@pytest.fixture
def account(stripe: StripeStandIn) -> Account:
    return stripe.books.open_account()


@pytest.fixture
def connection(cast: Cast, stripe: StripeStandIn, account: Account) -> ProviderConnection:
    return connect_provider(practice=cast.practice, kind="stripe", connection=settings_of(stripe, account))


@pytest.fixture
def link(cast: Cast, connection: ProviderConnection) -> PaymentLink:
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    found: PaymentLink = PaymentLink.objects.get()
    return found


def press_pay(link: PaymentLink, key: str = "press") -> PaymentAttempt:
    start_checkout(link=link, actor=PayerActor(link.practice, link.code), key=key)
    return PaymentAttempt.objects.latest("pk")


def arrive(connection: ProviderConnection, *notices: Notice) -> list[int]:
    """The answers to these notices; the worker then does what they lead to."""
    address = f"/webhooks/stripe/{connection.code}/"
    answers = [
        Client().post(address, each.body, content_type=each.content_type, headers=dict(each.headers))
        for each in notices
    ]
    apply_due_notices(settle=settle_reference)
    return [answer.status_code for answer in answers]


def booked(book: Book) -> int:
    return sum(Line.objects.filter(account=book).values_list("amount_minor", flat=True))


def test_a_payment_goes_all_the_way_to_the_bank(
    link: PaymentLink, connection: ProviderConnection, stripe: StripeStandIn, account: Account, cast: Cast
) -> None:
    attempt = press_pay(link)
    invoice = share_behind(link).invoice
    # Meanwhile the client pays a part in cash.
    record_payment(invoice=invoice, payment=cash(100_00), send_receipt_to="", actor=cast.owner, key="cash")
    intent = stripe.books.pay(attempt.external_id)["payment_intent"]
    assert set(arrive(connection, *stripe.outbox, *stripe.outbox)) == {200}
    payment = Payment.objects.select_related("patient", "attempt__connection", "practice").get(
        attempt=attempt
    )
    assert (payment.external_id, payment.allocated_minor, payment.fee_minor) == (intent, 850_00, 27_85)
    # What was too much goes back; the bank bounces it later, and it is the client's credit again.
    refund = refund_online(
        payment=payment, amount_minor=100_00, reason="Paid twice", actor=cast.owner, key="refund"
    )
    assert refund.state == RefundState.DONE
    stripe.books.end_refund(refund.external_id, "failed", "lost_or_stolen_card")
    arrive(connection, *stripe.outbox)
    refund.refresh_from_db()
    assert (refund.state, refund.problem) == (RefundState.FAILED, "lost_or_stolen_card")
    # The payer's bank takes it all, and loses.
    dispute = stripe.books.dispute(intent)
    arrive(connection, *stripe.outbox)
    assert Dispute.objects.get().respond_by is not None
    stripe.books.close_dispute(dispute["id"], "won")
    arrive(connection, *stripe.outbox)
    assert Dispute.objects.get().state == DisputeState.WON
    stripe.books.pay_out(account)
    arrive(connection, *stripe.outbox)
    payout = Payout.objects.get()
    assert payout.amount_minor == 950_00 - 27_85 - 15_00 == booked(Book.BANK)
    assert booked(Book.PARTNER_CLEARING) == 0
    # The bank sends it back; it comes with the next one.
    stripe.books.return_payout(payout.external_id)
    arrive(connection, *stripe.outbox)
    assert (booked(Book.BANK), booked(Book.PARTNER_CLEARING)) == (0, payout.amount_minor)
    again = stripe.books.pay_out(account)
    arrive(connection, *stripe.outbox)
    assert PayoutLine.objects.get(payout__external_id=again["id"]).returned == payout
    assert (booked(Book.BANK), booked(Book.PARTNER_CLEARING)) == (payout.amount_minor, 0)
    assert list(check_invariants()) == []
    assert not InboundEvent.objects.filter(state=InboundState.QUARANTINED).exists()
    assert_told_nothing_about_the_client(stripe, cast)


def assert_told_nothing_about_the_client(stripe: StripeStandIn, cast: Cast) -> None:
    told = " ".join(f"{call.path} {call.query} {call.body!r}" for call in stripe.calls)
    for word in (cast.adult.family_name, cast.adult.given_names, cast.adult.email, "therapy", "F41"):
        assert word not in told


@pytest.mark.parametrize("fault", ["drop", "500_after", "html"])
def test_a_page_whose_answer_was_lost_is_paid_once(
    link: PaymentLink, stripe: StripeStandIn, frozen_clock: FrozenClock, fault: str
) -> None:
    stripe.misbehave(fault, method="POST")
    with pytest.raises(PartnerUnavailable):
        press_pay(link)
    attempt = PaymentAttempt.objects.get()
    assert attempt.state == AttemptState.UNKNOWN
    (session,) = stripe.books.all_of("checkout.session", next(iter(stripe.books.accounts.values())))
    stripe.books.pay(session["id"])
    frozen_clock.tick(minutes=2)
    watch_attempts()
    assert (Payment.objects.get().allocated_minor, share_open(link)) == (950_00, 0)


def share_open(link: PaymentLink) -> int:
    share = share_behind(link)
    share.refresh_from_db()
    return int(share.open_minor)


def test_a_clock_that_is_off_refuses_notices_and_the_sweep_finds_the_money(
    link: PaymentLink, connection: ProviderConnection, stripe: StripeStandIn, frozen_clock: FrozenClock
) -> None:
    attempt = press_pay(link)
    stripe.books.pay(attempt.external_id)
    notice = stripe.outbox[-1]
    frozen_clock.tick(minutes=10)
    assert arrive(connection, notice) == [400]
    connection.refresh_from_db()
    assert (connection.rejected_notices, InboundEvent.objects.count()) == (1, 0)
    sweep_connection(connection, keep=keep_misfit)
    assert (Payment.objects.get().allocated_minor, share_open(link)) == (950_00, 0)


def test_a_notice_of_the_other_mode_or_of_nothing_settles_nothing(
    link: PaymentLink,
    connection: ProviderConnection,
    stripe: StripeStandIn,
    account: Account,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    attempt = press_pay(link)
    stripe.books.pay(attempt.external_id)
    live = {**json.loads(stripe.outbox[-1].body), "livemode": True}
    calls = len(stripe.calls)
    signed = stripe.signed(json.dumps(live).encode(), account.secret)
    assert arrive(connection, signed, *stripe.outbox[:2]) == [200, 200, 200]
    assert set(InboundEvent.objects.values_list("state", flat=True)) == {InboundState.IGNORED}
    assert (Payment.objects.count(), len(stripe.calls)) == (0, calls)
    assert account.key not in caplog.text
    assert account.secret not in caplog.text


def test_an_older_page_is_closed_when_the_payer_begins_again(
    link: PaymentLink, connection: ProviderConnection, stripe: StripeStandIn, frozen_clock: FrozenClock
) -> None:
    first = press_pay(link)
    frozen_clock.tick(minutes=5)
    second = press_pay(link, key="again")
    assert stripe.books.by_id[first.external_id]["status"] == "expired"
    stripe.books.pay(second.external_id)
    arrive(connection, *stripe.outbox)
    assert share_open(link) == 0
    first.refresh_from_db()
    assert first.state == AttemptState.EXPIRED
