# SPDX-License-Identifier: Apache-2.0
"""Stripe's objects as plain values of the port.

An object that is not of the documented shape tells nothing: each reader makes it "outcome unknown".
Numbers are whole numbers: an amount as text or with a fraction is not guessed at.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from aftersession.integrations.stripe.amounts import from_stripe
from aftersession.integrations.stripe.client import strange_answer
from aftersession.lib.money import Money
from aftersession.payments.provider import (
    Checkout,
    DisputeState,
    Mode,
    PartnerAccount,
    PartnerDispute,
    PartnerPayment,
    PartnerPayout,
    PartnerRefund,
    PaymentState,
    PayoutLine,
    PayoutLineKind,
    RefundState,
)

CURRENCY = re.compile(r"[a-z]{3}", re.ASCII)
REFERENCE = re.compile(r"[A-Za-z0-9._=-]{1,64}", re.ASCII)
LONGEST_ID = 80
LARGEST = 10**15

REFUND_STATES = {
    "pending": RefundState.PENDING,
    "requires_action": RefundState.PENDING,
    "succeeded": RefundState.DONE,
    "failed": RefundState.FAILED,
    "canceled": RefundState.FAILED,
}
DISPUTE_STATES = {
    # A bank that only asks: no money has moved, and none may be taken out of the books.
    "warning_needs_response": DisputeState.ASKED,
    "warning_under_review": DisputeState.ANSWERED,
    "warning_closed": DisputeState.CLOSED,
    "needs_response": DisputeState.OPEN,
    "under_review": DisputeState.OPEN,
    "appeal_needs_response": DisputeState.OPEN,
    "appeal_under_review": DisputeState.OPEN,
    "won": DisputeState.WON,
    "lost": DisputeState.LOST,
    # Stopped before it began, by giving the money back.
    "prevented": DisputeState.LOST,
}
LINE_KINDS = {
    "charge": PayoutLineKind.PAYMENT,
    "payment": PayoutLineKind.PAYMENT,
    "refund": PayoutLineKind.REFUND,
    "refund_failure": PayoutLineKind.REFUND,
    "payment_refund": PayoutLineKind.REFUND,
    "payment_failure_refund": PayoutLineKind.REFUND,
    "stripe_fee": PayoutLineKind.FEE,
    "stripe_fx_fee": PayoutLineKind.FEE,
    "tax_fee": PayoutLineKind.FEE,
    "payout_failure": PayoutLineKind.RETURNED,
}

P = ParamSpec("P")
T = TypeVar("T")


def _strict(read: Callable[P, T]) -> Callable[P, T]:
    @wraps(read)
    def reader(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(*args, **kwargs)
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise strange_answer() from error

    return reader


@_strict
def read_account(account: dict[str, Any], balance: dict[str, Any]) -> PartnerAccount:
    """Whose key it is, and in which currencies money is kept there."""
    funds = [*balance["available"], *balance["pending"]]
    found = {_currency(each["currency"]) for each in funds} | {_currency(account["default_currency"])}
    return PartnerAccount(
        account=_id(account["id"]), mode=_mode(balance["livemode"]), currencies=tuple(sorted(found))
    )


@_strict
def read_checkout(session: dict[str, Any]) -> Checkout:
    return Checkout(
        url=_text(session["url"], 4000),
        external_id=_id(session["id"]),
        expires_at=_instant(session["expires_at"]),
    )


@_strict
def read_session(session: dict[str, Any], *, account: str) -> PartnerPayment:
    """A checkout session, with its payment intent expanded where there is one."""
    state = _state_of(session)
    currency = _currency(session["currency"])
    charge = _charge_of(session)
    is_paid = state is PaymentState.SUCCEEDED
    amount = from_stripe(_whole(session["amount_total"]), currency)
    if amount.minor < 0 or (is_paid and amount.is_zero):
        raise ValueError("no money")
    return PartnerPayment(
        reference=reference_of(session),
        external_id=id_of(session["payment_intent"]) if is_paid else _id(session["id"]),
        state=state,
        amount=amount,
        mode=_mode(session["livemode"]),
        account=account,
        paid_at=_instant(charge["created"]) if is_paid and charge else None,
        fee=_fee_of(charge, currency) if is_paid else None,
    )


@_strict
def last_change_of(session: dict[str, Any]) -> int:
    """Until when a session may have changed, as far as it tells (Unix time)."""
    transaction = _charge_of(session).get("balance_transaction")
    booked = _whole(transaction["created"]) if isinstance(transaction, dict) else 0
    return max(_whole(session["expires_at"]), booked)


@_strict
def read_refund(refund: dict[str, Any], *, account: str, mode: Mode) -> PartnerRefund:
    """A refund. It does not tell its mode: it is that of the key it was asked for with."""
    status = _text(refund["status"], 60)
    problem = refund.get("failure_reason") or ("" if status in ("succeeded", "pending") else status)
    return PartnerRefund(
        reference=reference_of(refund),
        external_id=_id(refund["id"]),
        state=REFUND_STATES[status],
        amount=from_stripe(_whole(refund["amount"]), _currency(refund["currency"])),
        mode=mode,
        account=account,
        problem=_text(problem, 120) if problem else "",
    )


@_strict
def read_dispute(dispute: dict[str, Any], *, account: str) -> PartnerDispute:
    """A dispute, or what a bank asks before one."""
    status = _text(dispute["status"], 60)
    is_prevented = status == "prevented" and not dispute["balance_transactions"]
    due = (dispute.get("evidence_details") or {}).get("due_by")
    currency = _currency(dispute["currency"])
    return PartnerDispute(
        external_id=_id(dispute["id"]),
        payment_external_id=id_of(dispute["payment_intent"] or dispute["charge"]),
        state=DisputeState.CLOSED if is_prevented else DISPUTE_STATES[status],
        amount=from_stripe(_whole(dispute["amount"]), currency),
        mode=_mode(dispute["livemode"]),
        account=account,
        opened_at=_instant(dispute["created"]),
        respond_by=None if due is None else _instant(due),
        fee=_fees(dispute["balance_transactions"], currency),
        reason=_text(dispute["reason"], 60),
    )


@_strict
def read_payout(payout: dict[str, Any], lines: list[PayoutLine]) -> PartnerPayout:
    return PartnerPayout(
        external_id=_id(payout["id"]),
        amount=from_stripe(_whole(payout["amount"]), _currency(payout["currency"])),
        paid_on=_day(payout["arrival_date"]),
        mode=_mode(payout["livemode"]),
        lines=tuple(lines),
        is_failed=payout["status"] == "failed",
    )


@_strict
def read_line(transaction: dict[str, Any]) -> PayoutLine | None:
    """A balance transaction, with its source expanded; None for the payout's own."""
    kind = _text(transaction["type"], 60)
    if kind == "payout":
        return None
    currency = _currency(transaction["currency"])
    source = transaction["source"]
    return PayoutLine(
        kind=PayoutLineKind.DISPUTE if _is_of_dispute(source) else LINE_KINDS.get(kind, PayoutLineKind.OTHER),
        external_id=_source_id(source, transaction),
        amount=from_stripe(_whole(transaction["amount"]), currency),
        fee=from_stripe(_whole(transaction["fee"]), currency),
    )


def reference_of(thing: dict[str, Any]) -> str:
    """Our reference on a session, an intent, a charge or a refund; empty for what is none of ours."""
    metadata = thing.get("metadata")
    marked = metadata.get("reference") if isinstance(metadata, dict) else None
    for value in (thing.get("client_reference_id"), marked):
        if isinstance(value, str) and REFERENCE.fullmatch(value):
            return value
    return ""


def id_of(value: object) -> str:
    """The id of something that may be expanded. Raises ValueError where there is none."""
    return _id(value["id"] if isinstance(value, dict) else value)


def _state_of(session: dict[str, Any]) -> PaymentState:
    status, paid = _text(session["status"], 60), _text(session["payment_status"], 60)
    if (status, paid) not in STATES:
        raise ValueError("unknown state")
    if (status, paid) != ("complete", "unpaid"):
        return STATES[status, paid]
    # The payer has done everything: now a bank decides, for days with some ways to pay.
    intent = session.get("payment_intent")
    is_over = isinstance(intent, dict) and intent.get("status") in ("requires_payment_method", "canceled")
    return PaymentState.FAILED if is_over else PaymentState.PENDING


STATES = {
    ("open", "unpaid"): PaymentState.CREATED,
    ("complete", "unpaid"): PaymentState.PENDING,
    ("complete", "paid"): PaymentState.SUCCEEDED,
    # We never ask for nothing: money did not come.
    ("complete", "no_payment_required"): PaymentState.FAILED,
    ("expired", "unpaid"): PaymentState.EXPIRED,
}


def _charge_of(session: dict[str, Any]) -> dict[str, Any]:
    intent = session.get("payment_intent")
    charge = intent.get("latest_charge") if isinstance(intent, dict) else None
    return charge if isinstance(charge, dict) else {}


def _fee_of(charge: dict[str, Any], currency: str) -> Money | None:
    """What Stripe kept, if it can be read: nothing that is wrong with a fee may hold back money."""
    transaction = charge.get("balance_transaction")
    try:
        return _fees([transaction], currency) if isinstance(transaction, dict) else None
    except (KeyError, ValueError):
        return None


def _fees(transactions: list[dict[str, Any]], currency: str) -> Money | None:
    """What was charged in all; None where nothing is booked yet, or in the account's other currency."""
    if not transactions or any(_currency(each["currency"]) != currency for each in transactions):
        return None
    return from_stripe(sum(_whole(each["fee"]) for each in transactions), currency)


def _is_of_dispute(source: object) -> bool:
    return isinstance(source, dict) and source.get("object") == "dispute"


def _source_id(source: object, transaction: dict[str, Any]) -> str:
    """The payment's own id for a charge, since that is what everybody knows it by."""
    if isinstance(source, dict) and source.get("object") == "charge" and source.get("payment_intent"):
        return id_of(source["payment_intent"])
    return id_of(source or transaction)


def _id(value: object) -> str:
    return _text(value, LONGEST_ID)


def _text(value: object, longest: int) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise ValueError("not a text")
    return value


def _whole(value: object) -> int:
    if type(value) is not int or abs(value) > LARGEST:
        raise ValueError("not a whole number")
    return value


def _currency(value: object) -> str:
    if not isinstance(value, str) or not CURRENCY.fullmatch(value):
        raise ValueError("not a currency")
    return value.upper()


def _mode(is_live: object) -> Mode:
    if type(is_live) is not bool:
        raise ValueError("neither test nor live")
    return Mode.LIVE if is_live else Mode.TEST


def _instant(value: object) -> datetime:
    found = datetime.fromtimestamp(_whole(value), UTC)
    # At the ends of the calendar a clock of another place has no such day.
    if not 1970 < found.year < 3000:
        raise ValueError("not a time of ours")
    return found


def _day(value: object) -> date:
    return _instant(value).date()
