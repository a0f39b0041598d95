# SPDX-License-Identifier: Apache-2.0
"""Refunds, disputes and payouts over real HTTP."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from aftersession.integrations.paystack.provider import PaystackProvider
from aftersession.integrations.paystack.tests.stand_in.partner import Merchant, PaystackStandIn
from aftersession.integrations.paystack.tests.test_checkout import checkout_request
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.payments.provider import (
    DisputeState,
    PartnerPayment,
    PartnerRefused,
    PartnerUnavailable,
    PaymentState,
    PayoutLineKind,
    RefundRequest,
    RefundState,
)
from tests.fixtures.clock import FrozenClock


@pytest.fixture
def paid(provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant) -> PartnerPayment:
    request = checkout_request(10_000)
    provider.start_checkout(request)
    paystack.move(merchant, request.reference, "success", fees=400)
    payment = provider.fetch(reference=request.reference)
    assert payment is not None
    return payment


def back(payment: PartnerPayment, minor: int = 4_000, reference: str = "rf-1") -> RefundRequest:
    return RefundRequest(
        payment_external_id=payment.external_id, reference=reference, amount=Money(minor, "ZAR")
    )


def test_a_refund_is_asked_for_with_our_reference_and_followed_to_its_end(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, paid: PartnerPayment
) -> None:
    refund = provider.refund(back(paid))
    assert (refund.state, refund.reference, refund.amount) == (
        RefundState.PENDING,
        "rf-1",
        Money(4_000, "ZAR"),
    )
    sent = paystack.calls[-1].json
    assert sent == {
        "transaction": paid.external_id,
        "amount": 4_000,
        "currency": "ZAR",
        "merchant_note": "Reference rf-1",
    }
    for word, state in (
        ("processing", RefundState.PENDING),
        ("processed", RefundState.DONE),
        ("failed", RefundState.FAILED),
    ):
        paystack.move_refund(merchant, int(refund.external_id), word)
        by_reference = provider.fetch_refund("rf-1", payment_external_id=paid.external_id)
        assert by_reference is not None
        assert by_reference.state is state
        assert provider.fetch_refund("rf-1", external_id=refund.external_id) == by_reference
        assert provider.fetch_refund("rf-1") == by_reference


@pytest.mark.parametrize("fault", ["drop", "cut", "html", "malformed", "500_after", "redirect"])
def test_a_refund_whose_answer_was_lost_is_found_and_never_paid_twice(
    provider: PaystackProvider,
    paystack: PaystackStandIn,
    merchant: Merchant,
    paid: PartnerPayment,
    fault: str,
) -> None:
    paystack.misbehave(fault, method="POST")
    with pytest.raises(PartnerUnavailable):
        provider.refund(back(paid))
    again = [provider.refund(back(paid)) for _ in range(3)]
    assert len(merchant.refunds) == 1
    assert {refund.external_id for refund in again} == {str(merchant.refunds[0]["id"])}


def test_a_refund_is_not_asked_for_while_the_list_cannot_be_read(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, paid: PartnerPayment
) -> None:
    for fault in ("429", "500", "html", "drop"):
        paystack.misbehave(fault, method="GET")
        with pytest.raises(PartnerUnavailable):
            provider.refund(back(paid))
    assert merchant.refunds == []


def test_it_is_found_among_many_and_when_the_list_is_not_narrowed(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, paid: PartnerPayment
) -> None:
    first = provider.refund(back(paid, 100))
    for number in range(2, 7):
        provider.refund(back(paid, 100, f"rf-{number}"))
    merchant.refunds.append(merchant.refunds[0] | {"transaction": 1, "id": 5, "merchant_note": "x"})
    paystack.page_rows = 2
    assert provider.refund(back(paid, 100)) == first
    assert len(provider.list_refunds(payment_external_id=paid.external_id)) == 6
    paystack.page_rows = 50
    answer = {"status": True, "message": "", "data": merchant.refunds, "meta": {"page": 1, "pageCount": 1}}
    paystack.say(answer, path="/refund", times=2)
    assert len(provider.list_refunds(payment_external_id=paid.external_id)) == 6
    assert provider.fetch_refund("rf-1", payment_external_id=paid.external_id) == first


def test_a_refund_made_at_the_dashboard_is_listed_without_a_reference_of_ours(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, paid: PartnerPayment
) -> None:
    paystack.refund_at_dashboard(merchant, paid.reference, 2_500)
    (found,) = provider.list_refunds(payment_external_id=paid.external_id)
    assert (found.reference, found.amount) == ("", Money(2_500, "ZAR"))
    assert provider.fetch_refund("rf-1", payment_external_id=paid.external_id) is None


def test_more_than_is_left_is_refused_and_nothing_is_asked_twice(
    provider: PaystackProvider, merchant: Merchant, paid: PartnerPayment
) -> None:
    provider.refund(back(paid, 8_000))
    with pytest.raises(PartnerRefused) as refused:
        provider.refund(back(paid, 2_001, "rf-2"))
    assert refused.value.code == "transaction_reversed"
    assert provider.fetch_refund("rf-2", payment_external_id=paid.external_id) is None
    with pytest.raises(PartnerRefused):
        provider.refund(replace(back(paid, 1, "rf-3"), payment_external_id="77"))


def test_money_given_back_leaves_the_payment_paid(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, paid: PartnerPayment
) -> None:
    paystack.move(merchant, paid.reference, "reversed")
    found = provider.fetch(reference=paid.reference)
    assert found == paid
    assert found.state is PaymentState.SUCCEEDED


def test_a_dispute_is_found_by_its_payment_and_in_the_sweep_also_when_it_is_old(
    provider: PaystackProvider,
    paystack: PaystackStandIn,
    merchant: Merchant,
    paid: PartnerPayment,
    frozen_clock: FrozenClock,
) -> None:
    assert provider.list_disputes(payment_external_id=paid.external_id) == []
    dispute = paystack.dispute(merchant, paid.reference)
    (found,) = provider.list_disputes(payment_external_id=paid.external_id)
    assert (found.state, found.payment_external_id) == (DisputeState.OPEN, paid.external_id)
    assert provider.list_disputes(since=clock.now() - timedelta(hours=1)) == [found]
    since = frozen_clock.tick(days=60)
    assert provider.list_disputes(since=since) == []
    paystack.resolve(merchant, dispute, "merchant-accepted")
    (closed,) = provider.list_disputes(since=since)
    assert closed.state is DisputeState.LOST
    assert [each.state for each in provider.list_disputes()] == [DisputeState.LOST]


def test_several_disputes_of_one_payment_may_come_as_a_list(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, paid: PartnerPayment
) -> None:
    rows = [paystack.dispute(merchant, paid.reference) for _ in range(2)]
    paystack.say({"status": True, "message": "", "data": rows})
    assert len(provider.list_disputes(payment_external_id=paid.external_id)) == 2
    paystack.say({"status": True, "message": "", "data": None})
    assert provider.list_disputes(payment_external_id=paid.external_id) == []


def test_a_payout_names_its_payments_their_fees_and_what_was_deducted(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, paid: PartnerPayment
) -> None:
    paystack.settle(merchant, [paid.reference], deductions=600)
    pending = paystack.settle(merchant, [paid.reference])
    pending["status"] = "pending"
    today = date.fromisoformat(pending["settlement_date"][:10])
    (payout,) = provider.list_payouts(since=today)
    assert (payout.amount, payout.paid_on) == (Money(9_000, "ZAR"), today)
    payment, rest = payout.lines
    assert (payment.external_id, payment.amount, payment.fee) == (
        paid.external_id,
        Money(10_000, "ZAR"),
        Money(400, "ZAR"),
    )
    assert (rest.kind, rest.amount) == (PayoutLineKind.OTHER, Money(-600, "ZAR"))
    assert provider.list_payouts(since=today + timedelta(days=1)) == []


def test_a_payout_that_failed_is_told_without_lines(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, paid: PartnerPayment
) -> None:
    settled = paystack.settle(merchant, [paid.reference])
    settled["status"] = "failed"
    (payout,) = provider.list_payouts(since=date.fromisoformat(settled["settlement_date"][:10]))
    assert (payout.is_failed, payout.lines) == (True, ())


def test_a_payout_that_cannot_be_read_hides_no_other(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, paid: PartnerPayment
) -> None:
    strange = paystack.settle(merchant, [paid.reference])
    today = date.fromisoformat(strange["settlement_date"][:10])
    good = {**strange, "id": strange["id"] + 1}
    rows = [strange | {"domain": {}}, strange | {"id": None}, strange | {"effective_amount": "some"}, good]
    for data in (rows, [], []):
        paystack.say({"status": True, "message": "", "data": data, "meta": {"pageCount": 1}})
    found = provider.list_payouts(since=today)
    assert [payout.external_id for payout in found] == [str(good["id"])]
