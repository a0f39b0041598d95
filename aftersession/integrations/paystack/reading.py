# SPDX-License-Identifier: Apache-2.0
"""Paystack's objects as the port's plain values.

One thing has many shapes there: amounts are integers, strings or floats, a transaction is a number or an
object, times have two names. What cannot be read tells nothing about money: it is "outcome unknown", as if
the answer had been lost.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from aftersession.lib import clock
from aftersession.lib.money import Money, half_up, minor_digits
from aftersession.payments.provider import (
    DisputeState,
    Mode,
    PartnerDispute,
    PartnerPayment,
    PartnerPayout,
    PartnerRefund,
    PartnerUnavailable,
    PaymentState,
    PayoutLine,
    PayoutLineKind,
    RefundState,
)

WHOLE = re.compile(r"(-?[0-9]{1,15})(?:\.0{1,6})?", re.ASCII)
ID = re.compile(r"[1-9][0-9]{0,19}", re.ASCII)
FRACTION = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]{1,9})?", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
OUR_NOTE = re.compile(r"Reference ([A-Za-z0-9.=-]{1,80})", re.ASCII)
# An unpaid transaction is called abandoned from its first second, and its page never closes by itself.
STILL_AT_IT = timedelta(days=1)

PAYMENT_STATES = {
    "success": PaymentState.SUCCEEDED,
    # Paid, and given back or disputed later: what became of the money is told by refunds and disputes.
    "reversed": PaymentState.SUCCEEDED,
    "failed": PaymentState.FAILED,
    "ongoing": PaymentState.PENDING,
    "pending": PaymentState.PENDING,
    "processing": PaymentState.PENDING,
    "queued": PaymentState.PENDING,
}
REFUND_STATES = {
    "processed": RefundState.DONE,
    "failed": RefundState.FAILED,
    "reversed": RefundState.FAILED,
}


def strange_answer(code: str = "unreadable") -> PartnerUnavailable:
    message = _("The partner's answer could not be read. Nothing is lost; please try again later.")
    return PartnerUnavailable(message, code=code)


def row_list(value: object) -> list[dict[str, Any]]:
    """A list of objects, or "outcome unknown"."""
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise strange_answer()
    return value


def note_for(reference: str) -> str:
    """What we write beside a refund to find it again: Paystack has no key or reference for one."""
    return f"Reference {reference}"


def subunits_of(money: Money) -> int:
    """An amount as Paystack writes it: in hundredths, also for currencies without any."""
    shift = 2 - minor_digits(money.currency)
    return money.minor * 10**shift if shift >= 0 else half_up(money.minor, 10**-shift)


def read_payment(body: Mapping[str, Any], account: str) -> PartnerPayment:
    try:
        currency = body["currency"]
        state, amount = _payment_state(body), _money(body["amount"], currency)
        if amount.minor < 0 or (state is PaymentState.SUCCEEDED and amount.is_zero):
            raise ValueError("no money")
        return PartnerPayment(
            reference=_text(body["reference"]),
            external_id=_number(body["id"]),
            state=state,
            amount=amount,
            mode=Mode(body["domain"]),
            account=account,
            paid_at=_instant(body, "paid_at", "paidAt"),
            fee=_fee(body.get("fees"), currency),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise strange_answer() from error


def is_changed_since(body: Mapping[str, Any], since: datetime) -> bool:
    """Whether a row was made, paid or moved at or after an instant; if it does not tell, yes."""
    found = [
        _instant(body, "paid_at", "paidAt"),
        _instant(body, "updatedAt", "updated_at", "resolvedAt"),
        _instant(body, "createdAt", "created_at"),
    ]
    known = [instant for instant in found if instant is not None]
    return not known or max(known) >= since


def read_refund(body: Mapping[str, Any], account: str) -> PartnerRefund:
    try:
        word = _text(body["status"])
        state = REFUND_STATES.get(word, RefundState.PENDING)
        return PartnerRefund(
            reference=_our_reference(body.get("merchant_note")),
            external_id=_number(body["id"]),
            state=state,
            amount=_money(body["amount"], body["currency"]),
            mode=Mode(body["domain"]),
            account=account,
            # "needs-attention" waits for the payer's bank details; words yet unknown must be seen too.
            problem="" if state is RefundState.DONE or word in ("pending", "processing") else word[:60],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise strange_answer() from error


def is_noted(body: Mapping[str, Any], reference: str) -> bool:
    """Whether a refund carries our reference."""
    return bool(reference) and _our_reference(body.get("merchant_note")) == reference


def transaction_of(body: Mapping[str, Any]) -> str:
    """The id of the transaction that a refund or dispute is about, empty where it is not told."""
    value = body.get("transaction")
    if isinstance(value, dict):
        value = value.get("id")
    try:
        return _number(value)
    except ValueError:
        return ""


def read_dispute(body: Mapping[str, Any], account: str) -> PartnerDispute:
    try:
        transaction = body["transaction"] if isinstance(body["transaction"], dict) else {}
        amount = body.get("refund_amount")
        if amount is None:
            amount = transaction["amount"]
        return PartnerDispute(
            external_id=_number(body["id"]),
            payment_external_id=transaction_of(body),
            state=_dispute_state(body),
            amount=_money(amount, body.get("currency") or transaction["currency"]),
            mode=Mode(body["domain"]),
            account=account,
            opened_at=_instant(body, "createdAt", "created_at"),
            respond_by=_instant(body, "dueAt", "due_at"),
            reason=text_of(body.get("category"))[:60],
        )
    except (KeyError, TypeError, ValueError) as error:
        raise strange_answer() from error


def is_paid_out(body: Mapping[str, Any], since: date) -> bool:
    """Whether a settlement has gone to the bank on or after a day, or failed."""
    paid_at = _instant(body, "settlement_date")
    return body.get("status") in ("success", "failed") and paid_at is not None and paid_at.date() >= since


def read_payout(body: Mapping[str, Any], transactions: list[dict[str, Any]]) -> PartnerPayout:
    """A settlement with its transactions; what they do not explain (deductions) is a line of its own."""
    try:
        currency = body["currency"]
        paid_at = _instant(body, "settlement_date")
        if paid_at is None:
            raise ValueError("no date")
        effective = body.get("effective_amount")
        amount = _money(body["total_amount"] if effective is None else effective, currency)
        lines = [_payout_line(transaction) for transaction in transactions]
        rest = amount.minor - sum(line.amount.minor - (line.fee.minor if line.fee else 0) for line in lines)
        settlement_id = _number(body["id"])
        if lines and rest:
            other = PayoutLine(
                kind=PayoutLineKind.OTHER, external_id=settlement_id, amount=Money(rest, currency)
            )
            lines.append(other)
        return PartnerPayout(
            external_id=settlement_id,
            amount=amount,
            paid_on=paid_at.date(),
            mode=Mode(body["domain"]),
            lines=tuple(lines),
            is_failed=body.get("status") == "failed",
        )
    except (KeyError, TypeError, ValueError) as error:
        raise strange_answer() from error


def text_of(value: object) -> str:
    """A short text as it came, empty for anything else: some fields are 0, null or an object at times."""
    try:
        return _text(value, most=80)
    except ValueError:
        return ""


def id_of(value: object) -> str:
    """A number as text, empty for anything else."""
    try:
        return _number(value)
    except ValueError:
        return ""


def _payout_line(body: Mapping[str, Any]) -> PayoutLine:
    currency = body["currency"]
    return PayoutLine(
        kind=PayoutLineKind.PAYMENT,
        external_id=_number(body["id"]),
        amount=_money(body["amount"], currency),
        fee=_fee(body.get("fees"), currency),
    )


def _payment_state(body: Mapping[str, Any]) -> PaymentState:
    word = body["status"]
    if word != "abandoned":
        return PAYMENT_STATES[word]
    begun_at = _instant(body, "created_at", "createdAt", "transaction_date")
    if begun_at is None or begun_at > clock.now() - STILL_AT_IT:
        return PaymentState.CREATED
    return PaymentState.ABANDONED


def _dispute_state(body: Mapping[str, Any]) -> DisputeState:
    resolution = body.get("resolution")
    if _text(body["status"]) != "resolved" or not isinstance(resolution, str):
        return DisputeState.OPEN
    if resolution == "declined":
        return DisputeState.WON
    # Accepted by the practice, by its bank, or by nobody answering in time. Another word is for a person.
    return DisputeState.LOST if resolution.endswith("accepted") else DisputeState.OPEN


def _our_reference(note: object) -> str:
    found = OUR_NOTE.fullmatch(note.strip()) if isinstance(note, str) else None
    return found[1] if found else ""


def _money(value: object, currency: object) -> Money:
    if not isinstance(currency, str) or not CURRENCY.fullmatch(currency):
        raise ValueError("not a currency")
    hundredths = _whole(value)
    minor, rest = divmod(hundredths * 10 ** minor_digits(currency), 100)
    if rest:
        raise ValueError("less than the currency has")
    return Money(minor, currency)


def _fee(value: object, currency: str) -> Money | None:
    """A fee may be larger than the amount, and smaller than the currency's least coin."""
    hundredths = _hundredths(value)
    if hundredths is None:
        return None
    numerator, denominator = hundredths.as_integer_ratio()
    return Money(half_up(numerator * 10 ** minor_digits(currency), 100 * denominator), currency)


def _hundredths(value: object) -> Decimal | None:
    """A part of a fee's hundredths may be charged; one that cannot be read must not hold back money."""
    if type(value) is not bool and isinstance(value, int | str | Decimal):
        text = f"{value:f}" if isinstance(value, Decimal) and abs(value.adjusted()) < 15 else str(value)
        if FRACTION.fullmatch(text):
            return Decimal(text)
    return None


def _whole(value: object) -> int:
    if type(value) is int and abs(value) < 10**15:
        return value
    if isinstance(value, Decimal) and value.is_finite() and abs(value.adjusted()) < 15:
        if value == value.to_integral_value():
            return int(value)
    elif isinstance(value, str) and (found := WHOLE.fullmatch(value)):
        return int(found[1])
    raise ValueError("not a whole number")


def _number(value: object) -> str:
    """An id: 64 bits without sign, as a number or in quotes."""
    if isinstance(value, Decimal):
        value = _whole(value)
    if type(value) is int and value < 10**20:
        value = str(value)
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise ValueError("not an id")
    return value


def _text(value: object, most: int = 500) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= most or not value.isprintable():
        raise ValueError("not a text")
    return value


def _instant(body: Mapping[str, Any], *names: str) -> datetime | None:
    """The first of these times that can be read. One that cannot must not hold back money."""
    for name in names:
        value = body.get(name)
        if not isinstance(value, str):
            continue
        try:
            found = datetime.fromisoformat(value)
            found = (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
        # At the ends of the calendar a clock of another place has no such day.
        if 2000 <= found.year < 3000:
            return found
    return None
