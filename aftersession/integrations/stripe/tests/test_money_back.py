# SPDX-License-Identifier: Apache-2.0
"""Refunds, disputes and payouts: what goes back, what a bank takes, what reaches the practice's bank."""

from datetime import UTC, date, datetime, timedelta

import pytest

from aftersession.integrations.stripe.provider import StripeProvider
from aftersession.integrations.stripe.tests.scene import account_of, now, paid, sent
from aftersession.integrations.stripe.tests.stand_in.server import StripeStandIn
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.payments.provider import (
    DisputeState,
    Mode,
    PartnerPayment,
    PartnerRefused,
    PartnerUnavailable,
    PaymentState,
    PayoutLineKind,
    RefundRequest,
    RefundState,
)
from tests.fixtures.clock import FrozenClock


def back(payment: PartnerPayment, minor: int = 40_000, reference: str = "refund0001") -> RefundRequest:
    return RefundRequest(
        payment_external_id=payment.external_id, reference=reference, amount=Money(minor, "ZAR")
    )


def test_a_refund_is_asked_for_with_our_reference_and_found_by_it(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    payment = paid(stripe, provider)
    refund = provider.refund(back(payment))
    assert sent(stripe.calls[-1]) == {
        "payment_intent": payment.external_id,
        "amount": "40000",
        "metadata": {"reference": "refund0001"},
    }
    assert stripe.calls[-1].header("Idempotency-Key") == "refund-refund0001"
    assert (refund.reference, refund.state, refund.amount) == (
        "refund0001",
        RefundState.DONE,
        Money(40_000, "ZAR"),
    )
    assert (refund.mode, refund.account, refund.problem) == (Mode.TEST, provider.settings.account, "")
    id_ = payment.external_id
    assert provider.fetch_refund("refund0001", payment_external_id=id_) == refund
    assert provider.fetch_refund("refund0001", external_id=refund.external_id) == refund
    assert provider.fetch_refund("refund0001", external_id="re_gone", payment_external_id=id_) == refund
    assert provider.fetch_refund("refund0001") == refund
    assert provider.fetch_refund("refund0002", payment_external_id=id_) is None
    # What was paid back changes nothing of the payment.
    assert now(provider, id_) == payment


@pytest.mark.parametrize("fault", ["drop", "cut", "500_after", "html"])
def test_a_refund_whose_answer_was_lost_is_made_once(
    stripe: StripeStandIn, provider: StripeProvider, fault: str
) -> None:
    payment = paid(stripe, provider)
    stripe.misbehave(fault)
    with pytest.raises(PartnerUnavailable):
        provider.refund(back(payment))
    again = provider.refund(back(payment))
    assert provider.list_refunds(payment_external_id=payment.external_id) == [again]


def test_more_than_is_left_or_of_a_disputed_payment_is_refused(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    payment = paid(stripe, provider)
    provider.refund(back(payment))
    with pytest.raises(PartnerRefused) as refused:
        provider.refund(back(payment, 55_001, "refund0002"))
    assert refused.value.code == "charge_already_refunded"
    stripe.books.dispute(payment.external_id)
    with pytest.raises(PartnerRefused) as refused:
        provider.refund(back(payment, 1_000, "refund0003"))
    assert refused.value.code == "charge_disputed"


@pytest.mark.parametrize(
    ("status", "state", "problem"),
    [
        ("pending", RefundState.PENDING, ""),
        ("requires_action", RefundState.PENDING, "requires_action"),
        ("succeeded", RefundState.DONE, ""),
        ("failed", RefundState.FAILED, "lost_or_stolen_card"),
        ("canceled", RefundState.FAILED, "canceled"),
    ],
)
def test_each_state_of_a_refund_is_told_as_it_is(
    stripe: StripeStandIn, provider: StripeProvider, status: str, state: RefundState, problem: str
) -> None:
    stripe.books.refund_status = "pending"
    payment = paid(stripe, provider)
    refund = provider.refund(back(payment))
    reason = "lost_or_stolen_card" if status == "failed" else ""
    stripe.books.end_refund(refund.external_id, status, reason)
    found = provider.fetch_refund("refund0001", payment_external_id=payment.external_id)
    assert found is not None
    assert (found.state, found.problem) == (state, problem)


def test_a_refund_made_at_the_dashboard_is_listed_without_a_reference(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    payment = paid(stripe, provider)
    stripe.books.give_back(payment.external_id, 10_000)
    mine = provider.refund(back(payment))
    listed = provider.list_refunds(payment_external_id=payment.external_id)
    assert [(each.reference, each.amount.minor) for each in listed] == [("refund0001", 40_000), ("", 10_000)]
    assert provider.fetch_refund("", external_id=mine.external_id) == mine


def test_a_dispute_has_its_deadline_fee_and_end(
    stripe: StripeStandIn, provider: StripeProvider, frozen_clock: FrozenClock
) -> None:
    payment = paid(stripe, provider)
    made = stripe.books.dispute(payment.external_id)
    (dispute,) = provider.list_disputes(payment_external_id=payment.external_id)
    assert (dispute.external_id, dispute.payment_external_id) == (made["id"], payment.external_id)
    assert (dispute.state, dispute.amount) == (DisputeState.OPEN, payment.amount)
    assert dispute.fee == Money(1_500, "ZAR")
    assert (dispute.opened_at, dispute.reason) == (frozen_clock.now, "fraudulent")
    assert dispute.respond_by == frozen_clock.now + timedelta(days=9)
    # Lists know when it was opened; it may end much later.
    frozen_clock.tick(days=100)
    stripe.books.close_dispute(made["id"], "won")
    (ended,) = provider.list_disputes(since=clock.now() - timedelta(days=3))
    assert (ended.state, ended.fee) == (DisputeState.WON, Money(1_500, "ZAR"))
    assert now(provider, payment.external_id).state is PaymentState.SUCCEEDED


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("under_review", DisputeState.OPEN),
        ("appeal_needs_response", DisputeState.OPEN),
        ("lost", DisputeState.LOST),
        ("prevented", DisputeState.LOST),
    ],
)
def test_each_state_of_a_dispute_is_told_as_it_is(
    stripe: StripeStandIn, provider: StripeProvider, status: str, state: DisputeState
) -> None:
    dispute = stripe.books.dispute(paid(stripe, provider).external_id)
    dispute["status"] = status
    (found,) = provider.list_disputes()
    assert found.state is state


def test_a_bank_that_only_asks_has_taken_nothing(stripe: StripeStandIn, provider: StripeProvider) -> None:
    dispute = stripe.books.dispute(paid(stripe, provider).external_id, status="warning_needs_response")
    for status, state in (
        ("warning_needs_response", DisputeState.ASKED),
        ("warning_under_review", DisputeState.ANSWERED),
        ("warning_closed", DisputeState.CLOSED),
        ("prevented", DisputeState.CLOSED),
    ):
        dispute["status"] = status
        (found,) = provider.list_disputes()
        assert (found.state, found.state.has_taken_money) == (state, False)
        assert found.respond_by
    stripe.books.take_disputed(dispute["id"])
    assert provider.list_disputes()[0].state is DisputeState.OPEN


def test_a_payout_is_the_sum_of_its_lines_less_their_fees(
    stripe: StripeStandIn, provider: StripeProvider, frozen_clock: FrozenClock
) -> None:
    first, second = paid(stripe, provider), paid(stripe, provider, 50_000)
    refund = provider.refund(back(first))
    dispute = stripe.books.dispute(second.external_id)
    made = stripe.books.pay_out(account_of(stripe, provider))
    (payout,) = provider.list_payouts(since=date(2026, 3, 11))
    assert (payout.external_id, payout.mode, payout.paid_on) == (made["id"], Mode.TEST, date(2026, 3, 11))
    assert {(line.kind, line.external_id, line.amount.minor) for line in payout.lines} == {
        (PayoutLineKind.PAYMENT, first.external_id, 95_000),
        (PayoutLineKind.PAYMENT, second.external_id, 50_000),
        (PayoutLineKind.REFUND, refund.external_id, -40_000),
        (PayoutLineKind.DISPUTE, dispute["id"], -50_000),
    }
    fees = sum(line.fee.minor for line in payout.lines if line.fee)
    assert payout.amount.minor == sum(line.amount.minor for line in payout.lines) - fees
    assert provider.list_payouts(since=date(2026, 3, 12)) == []


def test_only_payouts_that_arrived_and_are_explained_are_told(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    account = account_of(stripe, provider)
    for minor in range(28):
        paid(stripe, provider, 10_000 + minor)
    on_its_way = stripe.books.pay_out(account, status="in_transit")
    stripe.books.pay_out(account, reconciliation_status="in_progress")
    stripe.books.pay_out(account, automatic=False, reconciliation_status="not_applicable")
    since = datetime.now(UTC).date() - timedelta(days=3)
    (by_hand,) = provider.list_payouts(since=since)
    assert by_hand.lines == ()
    on_its_way["status"] = "paid"
    assert {len(payout.lines) for payout in provider.list_payouts(since=since)} == {0, 28}


def test_a_payout_that_the_bank_sends_back_is_told_as_failed(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    paid(stripe, provider)
    made = stripe.books.pay_out(account_of(stripe, provider))
    stripe.books.return_payout(made["id"])
    later = stripe.books.pay_out(account_of(stripe, provider))
    found = {each.external_id: each for each in provider.list_payouts(since=date(2026, 3, 1))}
    assert [(each, found[each].is_failed) for each in (made["id"], later["id"])] == [
        (made["id"], True),
        (later["id"], False),
    ]
    (line,) = found[later["id"]].lines
    assert (line.kind, line.external_id) == (PayoutLineKind.RETURNED, made["id"])


def test_of_a_whole_account_what_cannot_be_read_hides_no_other(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    account = account_of(stripe, provider)
    first, second = paid(stripe, provider), paid(stripe, provider, 50_000)
    strange, good = stripe.books.dispute(first.external_id), stripe.books.dispute(second.external_id)
    strange["status"] = "made_up_later"
    assert [found.external_id for found in provider.list_disputes()] == [good["id"]]
    with pytest.raises(PartnerUnavailable):
        provider.list_disputes(payment_external_id=first.external_id)
    odd, plain = (stripe.books.pay_out(account, automatic=False) for _ in range(2))
    odd["currency"] = "rand"
    found = provider.list_payouts(since=datetime.now(UTC).date() - timedelta(days=3))
    assert [payout.external_id for payout in found] == [plain["id"]]
