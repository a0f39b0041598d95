# SPDX-License-Identifier: Apache-2.0
"""The many shapes that one thing has in Paystack's answers."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from aftersession.integrations.paystack import reading
from aftersession.lib.money import Money
from aftersession.lib.strict_json import read_object
from aftersession.payments.provider import (
    DisputeState,
    PartnerUnavailable,
    PaymentState,
    PayoutLineKind,
    RefundState,
)

# Shapes as the documents show them, with made-up content.
TRANSACTION: dict[str, Any] = {
    "id": 4099260516,
    "domain": "test",
    "status": "success",
    "reference": "AB-1",
    "receipt_number": None,
    "amount": 40333,
    "message": None,
    "gateway_response": "Successful",
    "paid_at": "2026-03-11T09:15:02.000Z",
    "created_at": "2026-03-11T09:14:24.000Z",
    "channel": "card",
    "currency": "ZAR",
    "ip_address": "197.210.54.33",
    "metadata": "",
    "log": None,
    "fees": 1283,
    "fees_split": None,
    "authorization": {},
    "customer": {"id": 181873746, "metadata": None},
    "plan": None,
    "split": {},
    "order_id": None,
    "paidAt": "2026-03-11T09:15:02.000Z",
    "createdAt": "2026-03-11T09:14:24.000Z",
    "requested_amount": 30050,
}
REFUND: dict[str, Any] = {
    "integration": 412829,
    "transaction": 4099260516,
    "dispute": None,
    "settlement": None,
    "id": 3018284,
    "domain": "live",
    "currency": "ZAR",
    "amount": 10000,
    "status": "processed",
    "refunded_at": None,
    "customer_note": "Refund for transaction AB-1",
    "merchant_note": "Reference rf-1",
    "deducted_amount": 0,
    "fully_deducted": False,
    "createdAt": "2026-03-12T09:21:17.122Z",
}
DISPUTE: dict[str, Any] = {
    "id": 358950,
    "refund_amount": 5800,
    "currency": "ZAR",
    "status": "awaiting-merchant-feedback",
    "resolution": None,
    "domain": "live",
    "transaction": {"id": 896467688, "reference": "AB-1", "amount": 5800, "currency": "ZAR"},
    "transaction_reference": None,
    "category": "chargeback",
    "dueAt": "2026-03-13T18:00:00.000Z",
    "createdAt": "2026-03-11T13:45:57.000Z",
}


def raw(value: object) -> Any:
    """As it comes out of the reader of answers: fractions are Decimals there."""
    return read_object(json.dumps({"value": value}).encode(), max_bytes=10_000, fractions=True)["value"]


@pytest.mark.parametrize(
    "amount", [40333, "40333", 40333.0, "40333.00", Decimal("40333.0"), Decimal("4.0333E4")]
)
def test_a_whole_amount_is_read_in_every_writing(amount: Any) -> None:
    payment = reading.read_payment(
        TRANSACTION | {"amount": amount if isinstance(amount, Decimal) else raw(amount)}, "a"
    )
    assert payment.amount == Money(40333, "ZAR")


@pytest.mark.parametrize(
    "amount",
    [
        403.33,
        "403.33",
        "",
        None,
        True,
        "4e4",
        "٤",
        [],
        {},
        "1 000",
        10**15,
        "1" * 16,
        Decimal("1E999999"),
        Decimal("NaN"),
    ],
)
def test_an_amount_that_is_not_whole_is_refused(amount: Any) -> None:
    with pytest.raises(PartnerUnavailable):
        reading.read_payment(
            TRANSACTION | {"amount": amount if isinstance(amount, Decimal) else raw(amount)}, "a"
        )


@pytest.mark.parametrize("metadata", [0, "", None, {}, "{}", [], {"custom_fields": []}, "a text", 7.5])
def test_metadata_of_any_shape_changes_nothing(metadata: Any) -> None:
    payment = reading.read_payment(TRANSACTION | {"metadata": raw(metadata)}, "a")
    assert (payment.reference, payment.external_id) == ("AB-1", "4099260516")
    without = {name: value for name, value in TRANSACTION.items() if name != "metadata"}
    assert reading.read_payment(without, "a") == payment


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("success", PaymentState.SUCCEEDED),
        ("reversed", PaymentState.SUCCEEDED),
        ("failed", PaymentState.FAILED),
        ("ongoing", PaymentState.PENDING),
        ("pending", PaymentState.PENDING),
        ("processing", PaymentState.PENDING),
        ("queued", PaymentState.PENDING),
        ("abandoned", PaymentState.ABANDONED),
    ],
)
def test_every_word_for_a_state_is_known(word: str, state: PaymentState) -> None:
    assert reading.read_payment(TRANSACTION | {"status": word}, "a").state is state


@pytest.mark.parametrize(
    "changed",
    [
        {"status": "won"},
        {"status": ["success"]},
        {"status": True},
        {"domain": "prod"},
        {"currency": "rand"},
        {"currency": None},
        {"id": 0},
        {"id": "x"},
        {"reference": ""},
        {"reference": "a\x00b"},
        {"amount": 0},
        {"amount": -40333},
        {"id": 10**20},
        {"id": "0409"},
    ],
)
def test_a_payment_of_another_shape_tells_nothing(changed: dict[str, Any]) -> None:
    with pytest.raises(PartnerUnavailable):
        reading.read_payment(TRANSACTION | changed, "a")


def test_times_have_two_names_and_none_of_them_holds_back_money() -> None:
    at = datetime(2026, 3, 11, 9, 15, 2, tzinfo=UTC)
    for names in ({"paid_at": None}, {"paidAt": None}, {"paid_at": "0000-00-00 00:00:00"}):
        assert reading.read_payment(TRANSACTION | names, "a").paid_at == at
    nameless = reading.read_payment(TRANSACTION | {"paid_at": None, "paidAt": "soon"}, "a")
    assert (nameless.paid_at, nameless.state) == (None, PaymentState.SUCCEEDED)
    local = reading.read_payment(TRANSACTION | {"paid_at": "2026-03-11T11:15:02+02:00"}, "a")
    assert local.paid_at == at


def test_a_fee_may_be_unknown_and_larger_than_the_amount() -> None:
    assert reading.read_payment(TRANSACTION | {"fees": None}, "a").fee is None
    assert reading.read_payment(TRANSACTION | {"fees": "50000"}, "a").fee == Money(50_000, "ZAR")


@pytest.mark.parametrize("odd", ["some", "", True, [], {}, 10**16, Decimal("NaN"), Decimal("1E+999")])
def test_a_fee_that_cannot_be_read_holds_back_no_money(odd: Any) -> None:
    payment = reading.read_payment(TRANSACTION | {"fees": odd}, "a")
    assert (payment.amount, payment.fee) == (Money(40_333, "ZAR"), None)


@pytest.mark.parametrize("fee", [1282.5, "1282.5", 1283.4, Decimal("1283.0"), 1283])
def test_a_part_of_a_cent_in_a_fee_is_rounded(fee: Any) -> None:
    fees = fee if isinstance(fee, Decimal) else raw(fee)
    assert reading.read_payment(TRANSACTION | {"fees": fees}, "a").fee == Money(1_283, "ZAR")


def test_ids_have_up_to_64_bits() -> None:
    for number in (2**64 - 1, str(2**64 - 1)):
        payment = reading.read_payment(TRANSACTION | {"id": number}, "a")
        assert payment.external_id == "18446744073709551615"
    assert reading.transaction_of({"transaction": {"id": 2**53}}) == "9007199254740992"


def test_times_at_the_ends_of_the_calendar_are_no_times() -> None:
    for text in ("9999-12-31T23:59:59.000Z", "0001-01-01T00:00:00.000Z"):
        odd = TRANSACTION | {"paid_at": text, "paidAt": text}
        assert reading.read_payment(odd, "a").paid_at is None


def test_money_is_in_hundredths_also_where_a_currency_has_none() -> None:
    payment = reading.read_payment(TRANSACTION | {"currency": "XOF", "amount": 150_000, "fees": 3_049}, "a")
    assert (payment.amount, payment.fee) == (Money(1_500, "XOF"), Money(30, "XOF"))
    assert reading.subunits_of(Money(1_500, "XOF")) == 150_000
    assert reading.subunits_of(Money(95_000, "ZAR")) == 95_000
    with pytest.raises(PartnerUnavailable):
        reading.read_payment(TRANSACTION | {"currency": "XOF", "amount": 150_050}, "a")


@pytest.mark.parametrize(
    ("word", "state", "problem"),
    [
        ("pending", RefundState.PENDING, ""),
        ("processing", RefundState.PENDING, ""),
        ("needs-attention", RefundState.PENDING, "needs-attention"),
        ("thinking", RefundState.PENDING, "thinking"),
        ("processed", RefundState.DONE, ""),
        ("failed", RefundState.FAILED, "failed"),
        ("reversed", RefundState.FAILED, "reversed"),
    ],
)
def test_a_refund_is_done_only_when_paystack_says_processed(
    word: str, state: RefundState, problem: str
) -> None:
    refund = reading.read_refund(REFUND | {"status": word, "amount": "10000"}, "a")
    assert (refund.state, refund.problem, refund.amount) == (state, problem, Money(10_000, "ZAR"))


@pytest.mark.parametrize(
    ("note", "reference"),
    [
        ("Reference rf-1", "rf-1"),
        ("Refund for transaction AB-1 by jen@example.org", ""),
        ("see Reference rf-1", ""),
        ("", ""),
        (None, ""),
        (0, ""),
    ],
)
def test_only_our_own_note_names_a_refund(note: Any, reference: str) -> None:
    assert reading.read_refund(REFUND | {"merchant_note": note}, "a").reference == reference


def test_a_transaction_is_a_number_or_an_object() -> None:
    values: list[Any] = [4099260516, "4099260516", {"id": 4099260516}]
    for value in values:
        assert reading.transaction_of({"transaction": value}) == "4099260516"
    nothing: list[Any] = [None, "", {}, [], 0]
    for value in nothing:
        assert reading.transaction_of({"transaction": value}) == ""


@pytest.mark.parametrize(
    ("status", "resolution", "state"),
    [
        ("awaiting-merchant-feedback", None, DisputeState.OPEN),
        ("awaiting-bank-feedback", "declined", DisputeState.OPEN),
        ("pending", None, DisputeState.OPEN),
        ("resolved", "declined", DisputeState.WON),
        ("resolved", "merchant-accepted", DisputeState.LOST),
        ("resolved", "auto-accepted", DisputeState.LOST),
        ("resolved", None, DisputeState.OPEN),
        ("resolved", "split", DisputeState.OPEN),
    ],
)
def test_a_dispute_ends_when_it_is_resolved_in_words_we_know(
    status: str, resolution: str | None, state: DisputeState
) -> None:
    dispute = reading.read_dispute(DISPUTE | {"status": status, "resolution": resolution}, "a")
    assert dispute.state is state


def test_a_dispute_names_its_payment_its_deadline_and_its_amount() -> None:
    dispute = reading.read_dispute(DISPUTE, "a")
    assert (dispute.external_id, dispute.payment_external_id) == ("358950", "896467688")
    assert (dispute.amount, dispute.reason) == (Money(5_800, "ZAR"), "chargeback")
    assert dispute.respond_by == datetime(2026, 3, 13, 18, tzinfo=UTC)
    later = DISPUTE | {"refund_amount": None, "dueAt": None, "due_at": "2026-03-13T18:00:00.000Z"}
    assert reading.read_dispute(later, "a") == dispute
    assert reading.read_dispute(DISPUTE | {"transaction": 896467688}, "a") == dispute


@pytest.mark.parametrize("odd", [None, 0, {"x": 1}, "a\x00b", "\ud800"])
def test_a_reason_that_cannot_be_kept_is_left_out(odd: Any) -> None:
    assert reading.read_dispute(DISPUTE | {"category": odd}, "a").reason == ""


def test_a_payout_is_the_sum_of_its_lines_less_their_fees_whatever_was_deducted() -> None:
    settlement = {
        "id": 3090024,
        "domain": "live",
        "status": "success",
        "currency": "ZAR",
        "total_amount": 39050,
        "effective_amount": 30000,
        "settlement_date": "2026-03-13T00:00:00.000Z",
    }
    payout = reading.read_payout(settlement, [TRANSACTION])
    kinds = [line.kind for line in payout.lines]
    assert kinds == [PayoutLineKind.PAYMENT, PayoutLineKind.OTHER]
    assert sum(line.amount.minor - (line.fee.minor if line.fee else 0) for line in payout.lines) == 30_000
    assert reading.read_payout(settlement | {"effective_amount": None}, []).amount == Money(39_050, "ZAR")
