# SPDX-License-Identifier: Apache-2.0
"""What nobody told us of: lost notices, money and refunds made at the partner, payouts, fees."""

import pytest

from aftersession.billing.models import InvoiceShare
from aftersession.integrations.inbox import keep_misfit
from aftersession.integrations.tests.online import (
    DISPUTE_FEE,
    FEE,
    OWED,
    a_link,
    begun,
    book,
    newest_payment,
    paid,
    tell,
)
from aftersession.ledger.models import Account
from aftersession.lib.errors import AlreadyDone, InvalidTransition
from aftersession.lib.money import Money
from aftersession.payments.connections import provider_of
from aftersession.payments.models import (
    Payment,
    Payout,
    PayoutLine,
    ProviderConnection,
    Refund,
    StrayPayment,
    StrayReason,
    StrayState,
)
from aftersession.payments.provider import CheckoutRequest
from aftersession.payments.routing import connection_for
from aftersession.workflows.decide_stray import set_stray_aside, take_in_stray
from aftersession.workflows.partner_news import apply_refunds
from aftersession.workflows.refund_online import refund_online
from aftersession.workflows.settle_attempt import refresh_attempt
from aftersession.workflows.sweep_partners import sweep_connection, sweep_partners
from aftersession.workflows.take_back_money import put_aside
from aftersession.workflows.use_credit import release_credit
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")


def columns() -> tuple[int, int, int]:
    payment = newest_payment()
    return payment.refunded_minor, payment.allocated_minor, payment.unallocated_minor


def pay_at_the_partner(connection: ProviderConnection, partner: SandboxControl, reference: str) -> None:
    """Somebody pays on a page that the practice made at the partner itself."""
    page = provider_of(connection).start_checkout(
        CheckoutRequest(
            reference=reference,
            idempotency_key=reference,
            amount=Money(120_00, "ZAR"),
            description="Parker & Dlamini",
            return_url="http://localhost:1/",
            webhook_url="http://localhost:1/",
        )
    )
    partner.pay(page.url)


def test_a_payment_whose_notice_was_lost_is_found(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    begun(a_link(cast), sandbox_partner)
    sweep_connection(connection, keep=keep_misfit)
    sweep_connection(connection, keep=keep_misfit)
    assert (columns(), Payment.objects.count()) == ((0, OWED, 0), 1)


def test_the_sweep_waits_for_the_practices_night_and_comes_once(
    frozen_clock: FrozenClock, connection: ProviderConnection
) -> None:
    assert sweep_partners(keep=keep_misfit) == 0  # it is day there
    frozen_clock.tick(hours=13)
    assert [sweep_partners(keep=keep_misfit), sweep_partners(keep=keep_misfit)] == [1, 0]
    frozen_clock.tick(hours=29)  # a night in which no worker ran
    assert sweep_partners(keep=keep_misfit) == 1


def test_a_partner_that_is_down_is_swept_an_hour_later(
    frozen_clock: FrozenClock, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    frozen_clock.tick(hours=13)
    sandbox_partner.misbehave(answer="500", times=1)
    assert [sweep_partners(keep=keep_misfit), sweep_partners(keep=keep_misfit)] == [0, 0]
    frozen_clock.tick(minutes=61)
    assert sweep_partners(keep=keep_misfit) == 1


def test_a_refund_made_at_the_partner_is_recorded_and_owed_again(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.refund_by_hand(payment.reference, 300_00)
    sweep_connection(connection, keep=keep_misfit)
    tell(connection, sandbox_partner, payment.reference)
    refund = Refund.objects.get()
    assert (refund.is_made_there, refund.state, refund.seen_at) == (True, "done", None)
    assert (columns(), InvoiceShare.objects.get().open_minor) == ((300_00, 650_00, 0), 300_00)
    assert book(Account.PARTNER_CLEARING) == 650_00
    put_aside(about=refund, actor=cast.owner, key="seen")
    refund.refresh_from_db()
    assert refund.seen_at


def test_a_refund_made_at_the_partner_that_bounces_is_money_again(
    connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    made = sandbox_partner.refund_by_hand(payment.reference)
    apply_refunds(payment)
    sandbox_partner.decide_refund(made["id"], "failed")
    assert apply_refunds(payment) == ["failed"]
    assert columns() == (0, 0, OWED)


def test_our_own_refund_is_not_taken_for_one_made_there(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.refund_by_hand(payment.reference, 100_00)
    apply_refunds(payment)
    share = InvoiceShare.objects.select_related("invoice").get()
    release_credit(share=share, amount_minor=200_00, reason="Less", actor=cast.owner, key="r")
    refund_online(payment=newest_payment(), amount_minor=200_00, reason="Asked", actor=cast.owner, key="k")
    sweep_connection(connection, keep=keep_misfit)
    assert list(Refund.objects.order_by("pk").values_list("amount_minor", "is_made_there")) == [
        (100_00, True),
        (200_00, False),
    ]


def test_money_that_nobody_here_began_is_kept_in_sight_until_somebody_decides(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    pay_at_the_partner(connection, sandbox_partner, "THEIRS-1")
    sweep_connection(connection, keep=keep_misfit)
    sweep_connection(connection, keep=keep_misfit)
    stray = StrayPayment.objects.select_related("connection").get()
    assert (stray.amount_minor, stray.reason, stray.state) == (120_00, StrayReason.UNKNOWN_REFERENCE, "open")
    assert book(Account.PARTNER_CLEARING) == OWED
    set_stray_aside(stray=stray, note="A course fee", actor=cast.owner, key="aside")
    share = InvoiceShare.objects.select_related("account", "guarantor", "patient", "invoice").get()
    done = take_in_stray(stray=stray, share=share, actor=cast.owner, key="in")
    taken = Payment.objects.get(code=done.payment_code)
    assert (taken.unallocated_minor, taken.patient_id) == (120_00, share.account_id)
    assert book(Account.PARTNER_CLEARING) == OWED + 120_00
    with pytest.raises(AlreadyDone):
        take_in_stray(stray=stray, share=share, actor=cast.owner, key="again")
    stray.refresh_from_db()
    assert stray.state == StrayState.TAKEN_IN


def test_a_payout_empties_the_partners_account_into_the_bank(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    assert payment.fee_minor == FEE
    sandbox_partner.refund_by_hand(payment.reference, 100_00)
    sandbox_partner.dispute(payment.reference, 50_00)
    sandbox_partner.pay_out(connection.account)
    sweep_connection(connection, keep=keep_misfit)
    sweep_connection(connection, keep=keep_misfit)
    payout = Payout.objects.get()
    assert payout.amount_minor == OWED - FEE - 100_00 - 50_00 - DISPUTE_FEE
    assert payout.fees_minor == FEE  # the dispute's fee was booked with the dispute
    assert book(Account.BANK) == payout.amount_minor
    assert book(Account.PARTNER_FEES) == FEE + DISPUTE_FEE
    assert book(Account.PARTNER_CLEARING) == 0
    assert [bool(line.payment or line.refund or line.dispute) for line in payout.lines.all()] == [True] * 3


def test_a_fee_that_comes_late_is_known_with_the_payout(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(hold=True, late_fee=True)
    payment = paid(cast, sandbox_partner)
    assert payment.fee_minor is None
    sandbox_partner.pay_out(connection.account)
    sweep_connection(connection, keep=keep_misfit)
    assert newest_payment().fee_minor == FEE
    assert book(Account.PARTNER_CLEARING) == 0


def test_what_a_payout_holds_of_strangers_is_tied_once_it_is_taken_in(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    pay_at_the_partner(connection, sandbox_partner, "THEIRS-2")
    sandbox_partner.pay_out(connection.account)
    sweep_connection(connection, keep=keep_misfit)
    assert PayoutLine.objects.filter(payment=None).count() == 1
    assert book(Account.PARTNER_CLEARING) == -120_00
    share = InvoiceShare.objects.select_related("account", "guarantor", "patient", "invoice").get()
    take_in_stray(stray=StrayPayment.objects.get(), share=share, actor=cast.owner, key="in")
    sweep_connection(connection, keep=keep_misfit)
    assert not PayoutLine.objects.filter(payment=None).exists()
    assert book(Account.PARTNER_CLEARING) == 0


def test_once_real_money_moves_test_payments_mean_nothing(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    link = a_link(cast)
    attempt = begun(link, sandbox_partner)
    connection.pk, connection.code, connection.mode, connection.is_default = None, "live-one", "live", False
    connection.save(force_insert=True)
    assert connection_for(link) is None
    assert refresh_attempt(attempt) == "expired"
    stray = StrayPayment.objects.get()
    assert (stray.reason, Payment.objects.count()) == (StrayReason.TEST_MONEY, 0)
    share = InvoiceShare.objects.select_related("account", "guarantor", "patient", "invoice").get()
    with pytest.raises(InvalidTransition):
        take_in_stray(stray=stray, share=share, actor=cast.owner, key="in")


def test_a_paused_connection_takes_nothing_new_and_settles_what_is_under_way(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    link = a_link(cast)
    attempt = begun(link, sandbox_partner)
    ProviderConnection.objects.update(state="paused")
    assert connection_for(link) is None
    assert refresh_attempt(attempt) == "succeeded"
