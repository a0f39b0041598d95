# SPDX-License-Identifier: Apache-2.0
"""What partners say twice, late, in another currency or of another account: the books still add up."""

from datetime import date

import pytest
from django.test import Client

from aftersession.billing.models import InvoiceShare
from aftersession.integrations.inbox import keep_misfit
from aftersession.integrations.tests.online import (
    FEE,
    OWED,
    a_link,
    begun,
    book,
    newest_payment,
)
from aftersession.ledger.models import Account
from aftersession.lib.money import Money
from aftersession.payments.connections import provider_of
from aftersession.payments.models import (
    Dispute,
    Payment,
    PaymentAttempt,
    Payout,
    ProviderConnection,
    Refund,
    StrayPayment,
    StrayReason,
)
from aftersession.payments.provider import (
    DisputeState,
    Mode,
    PartnerDispute,
    PartnerPayout,
    PartnerUnavailable,
    PayoutLine,
    PayoutLineKind,
)
from aftersession.practices.actors import SystemActor
from aftersession.workflows.partner_news import apply_found_dispute
from aftersession.workflows.record_payout import apply_payout
from aftersession.workflows.refund_online import fail_refund, refund_online
from aftersession.workflows.settle_attempt import WrongAccount, refresh_attempt
from aftersession.workflows.settle_reference import Notice, settle_reference
from aftersession.workflows.sweep_partners import sweep_connection
from aftersession.workflows.use_credit import release_credit
from tests.cast import Cast
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")

COSTS = Money(150_00, "ZAR")
NOTHING = Money(0, "ZAR")


def tell_dispute(payment: Payment, state: DisputeState, fee: Money | None) -> None:
    connection = ProviderConnection.objects.get()
    found = PartnerDispute(
        external_id="dp_1",
        payment_external_id=payment.external_id,
        state=state,
        amount=payment.amount,
        mode=Mode(connection.mode),
        account=connection.account,
        fee=fee,
    )
    apply_found_dispute(connection, found)


def pay_out(*lines: PayoutLine) -> None:
    """A payout to the bank of just these lines."""
    connection = ProviderConnection.objects.get()
    net_minor = sum(line.amount.minor - (line.fee.minor if line.fee else 0) for line in lines)
    found = PartnerPayout(
        external_id=f"po_{Payout.objects.count()}",
        amount=Money(net_minor, "ZAR"),
        paid_on=date(2026, 3, 2),
        mode=Mode(connection.mode),
        lines=lines,
    )
    apply_payout(connection, found)


def line(kind: PayoutLineKind, external_id: str, amount: Money, fee: Money) -> PayoutLine:
    return PayoutLine(kind=kind, external_id=external_id, amount=amount, fee=fee)


@pytest.mark.parametrize("is_won_first", [False, True])
@pytest.mark.parametrize("fee_told", [COSTS, None])
def test_the_fee_of_a_won_dispute_comes_back_once(
    payment: Payment, is_won_first: bool, fee_told: Money | None
) -> None:
    taken = line(PayoutLineKind.DISPUTE, "dp_1", -payment.amount, COSTS)
    came = line(PayoutLineKind.PAYMENT, payment.external_id, payment.amount, Money(FEE, "ZAR"))
    back = line(PayoutLineKind.DISPUTE, "dp_1", payment.amount, -COSTS)
    tell_dispute(payment, DisputeState.OPEN, fee_told)
    if not is_won_first:
        pay_out(came, taken)
        assert book(Account.PARTNER_CLEARING) == 0
    tell_dispute(payment, DisputeState.WON, fee_told and NOTHING)
    if is_won_first:
        pay_out(came, taken)
    tell_dispute(payment, DisputeState.WON, fee_told and NOTHING)
    pay_out(back)
    tell_dispute(payment, DisputeState.WON, fee_told and NOTHING)
    assert (book(Account.PARTNER_CLEARING), book(Account.PARTNER_FEES)) == (0, FEE)
    assert book(Account.BANK) == OWED - FEE


def test_a_fee_in_another_currency_is_not_booked_in_this_one(payment: Payment) -> None:
    tell_dispute(payment, DisputeState.OPEN, Money(15_00, "USD"))
    tell_dispute(payment, DisputeState.OPEN, Money(16_00, "USD"))
    assert (Dispute.objects.get().fee_minor, book(Account.PARTNER_FEES)) == (0, 0)


def test_a_dispute_won_over_money_that_had_gone_back_leaves_nothing_to_look_at(
    connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.refund_by_hand(payment.reference)
    sweep_connection(connection, keep=keep_misfit)
    tell_dispute(payment, DisputeState.OPEN, None)
    tell_dispute(payment, DisputeState.WON, None)
    assert (newest_payment().tray_reason, newest_payment().unallocated_minor) == ("", 0)


def test_a_notice_that_names_only_the_payments_id_finds_our_attempt(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    attempt = begun(a_link(cast), sandbox_partner)
    found = provider_of(connection).fetch(reference=attempt.reference)
    assert found is not None
    PaymentAttempt.objects.update(external_id="")
    notice = Notice(reference="", external_id=found.external_id)
    assert settle_reference(connection=connection, notice=notice).state == "applied"
    assert (newest_payment().allocated_minor, StrayPayment.objects.count()) == (OWED, 0)


def test_money_of_another_account_is_not_booked_and_stays_in_sight(
    cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl
) -> None:
    attempt = begun(a_link(cast), sandbox_partner)
    attempt.connection.account = "acct_other"  # what was connected is not what the key opens any more
    for _ in range(2):
        with pytest.raises(WrongAccount):
            refresh_attempt(attempt)
    assert (StrayPayment.objects.get().reason, Payment.objects.count()) == (StrayReason.WRONG_ACCOUNT, 0)


def test_a_refund_that_was_given_up_and_went_back_all_the_same_is_in_the_books(
    cast: Cast, connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    share = InvoiceShare.objects.select_related("invoice").get()
    release_credit(share=share, amount_minor=200_00, reason="Less", actor=cast.owner, key="r")
    sandbox_partner.misbehave(hold=True, refund="pending")
    asked = refund_online(
        payment=newest_payment(), amount_minor=200_00, reason="A", actor=cast.owner, key="k"
    )
    fail_refund(refund=asked, external_id="", problem="no", actor=SystemActor(cast.practice), key="f")
    sandbox_partner.decide_refund(asked.code, "done")
    for _ in range(2):
        sweep_connection(connection, keep=keep_misfit)
    made = Refund.objects.get(is_made_there=True)
    assert (made.amount_minor, Refund.objects.count(), newest_payment().unallocated_minor) == (200_00, 2, 0)
    assert book(Account.PARTNER_CLEARING) == OWED - 200_00


def test_a_list_that_cannot_be_had_hides_no_other(
    connection: ProviderConnection, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.dispute(payment.reference)
    sandbox_partner.pay_out(connection.account)
    sandbox_partner.misbehave(hold=True, answer="500", times=1)
    with pytest.raises(PartnerUnavailable):
        sweep_connection(connection, keep=keep_misfit)
    assert (Dispute.objects.count(), Payout.objects.count()) == (1, 1)


def test_a_notice_to_an_account_without_keys_is_refused_and_counted(connection: ProviderConnection) -> None:
    ProviderConnection.objects.update(state="disconnected", sealed_secrets="")
    address = f"/webhooks/sandbox/{connection.code}/"
    assert Client().post(address, b"{}", content_type="application/json").status_code == 400
    connection.refresh_from_db()
    assert connection.rejected_notices == 1
