# SPDX-License-Identifier: Apache-2.0
from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import Manager, Q, QuerySet, Sum

from aftersession.billing.models import (
    CreditNoteShare,
    InvoiceShare,
    InvoiceState,
    ShareTransfer,
    WriteOff,
)
from aftersession.ledger.models import Account, Entry, Line
from aftersession.payments.models import (
    Allocation,
    Dispute,
    DisputeState,
    DisputeTaking,
    Payment,
    PaymentState,
    Refund,
    RefundState,
)
from aftersession.practices.models import Practice
from aftersession.workflows.invariants.breach import Breach

RECEIVABLES = (Account.CLIENT_RECEIVABLE, Account.PAYER_RECEIVABLE)
MONEY = (Account.BANK, Account.CASH, Account.CARD_CLEARING, Account.PARTNER_CLEARING)


def entries_balance(practice: Practice) -> Iterator[Breach]:
    """I-12: every entry sums to zero in each currency, and has lines."""
    sums = Line.objects.values("entry_id", "currency").annotate(total=Sum("amount_minor"))
    for row in sums.exclude(total=0):
        yield Breach("I-12", practice.code, f"entry {row['entry_id']}", "does not balance")
    for entry in Entry.objects.filter(lines=None):
        yield Breach("I-12", practice.code, f"entry {entry.pk}", "has no lines")


def columns_equal_recomputation(practice: Practice) -> Iterator[Breach]:
    """I-15: kept balances are what the rows and the books come to, for shares, payments, clients, payers."""
    by_rows = {
        "allocated": _sums(Allocation.objects, "share_id", "amount_minor"),
        "credited": _sums(CreditNoteShare.objects, "share_id", "amount_minor"),
        "written_off": _sums(WriteOff.objects, "share_id", "amount_minor"),
        "moved_in": _sums(ShareTransfer.objects, "to_share_id", "amount_minor"),
        "moved_out": _sums(ShareTransfer.objects, "from_share_id", "amount_minor"),
    }
    by_books = _sums(Line.objects.filter(account__in=RECEIVABLES), "share_code", "amount_minor")
    expected: dict[tuple[str, str], int] = defaultdict(int)
    for share in InvoiceShare.objects.select_related("invoice__patient", "payer"):
        rows = {name: sums.get(share.pk, 0) for name, sums in by_rows.items()}
        kept = (
            share.allocated_minor, share.credited_minor, share.written_off_minor, share.transferred_minor
        )  # fmt: skip
        moved = rows["moved_in"] - rows["moved_out"]
        if kept != (rows["allocated"], rows["credited"], rows["written_off"], moved):
            yield Breach("I-15", practice.code, f"share {share.code}", "differs from its rows")
        open_minor = share.open_minor if share.invoice.state == InvoiceState.ISSUED else 0
        if open_minor != by_books.get(share.code, 0):
            yield Breach("I-15", practice.code, f"share {share.code}", "differs from the books")
        expected["patient_code", share.invoice.patient.code] += open_minor
        if share.payer is not None:
            expected["payer_code", share.payer.code] += open_minor
    yield from _parties(practice, expected)
    yield from _payments(practice)


def money_is_conserved(practice: Practice) -> Iterator[Breach]:
    """I-19: money in equals what it settled, what went back and what is left, by day, and the books agree."""
    gave: dict[str, int] = defaultdict(int)
    came: dict[tuple[date, str], int] = defaultdict(int)
    used: dict[tuple[date, str], int] = defaultdict(int)
    for payment in Payment.objects.filter(state=PaymentState.RECORDED):
        day = (payment.received_on, payment.currency)
        came[day] += payment.amount_minor
        used[day] += payment.allocated_minor + payment.refunded_minor + payment.refunding_minor
        used[day] += payment.disputed_minor + payment.unallocated_minor
        gave[payment.currency] += payment.refunded_minor
    for dispute in Dispute.objects.exclude(state=DisputeState.WON):
        gave[dispute.currency] += dispute.amount_minor
    fees = Line.objects.filter(account=Account.PARTNER_FEES)
    for currency, kept in _sums(fees, "currency", "amount_minor").items():
        gave[str(currency)] += kept
    for day in came:
        if came[day] != used[day]:
            yield Breach("I-19", practice.code, str(day[0]), "money came that is nowhere")
    for currency, total in _sums(Line.objects.filter(account__in=MONEY), "currency", "amount_minor").items():
        held = sum(amount for (_day, each), amount in came.items() if each == currency)
        if total != held - gave[str(currency)]:
            yield Breach("I-19", practice.code, str(currency), "the books hold another sum than came in")


def _parties(practice: Practice, expected: dict[tuple[str, str], int]) -> Iterator[Breach]:
    for column in ("patient_code", "payer_code"):
        accounts = RECEIVABLES if column == "patient_code" else (Account.PAYER_RECEIVABLE,)
        lines = Line.objects.filter(~Q(**{column: ""}), account__in=accounts)
        kept = _sums(lines, column, "amount_minor")
        for code in {*kept, *(code for name, code in expected if name == column)}:
            if kept.get(code, 0) != expected[column, str(code)]:
                yield Breach("I-15", practice.code, f"{column} {code}", "differs from the books")


def _payments(practice: Practice) -> Iterator[Breach]:
    by_rows = _sums(Allocation.objects, "payment_id", "amount_minor")
    lines = Line.objects.filter(account=Account.UNALLOCATED)
    by_books = _sums(lines, "payment_code", "amount_minor")
    done = _sums(Refund.objects.filter(state=RefundState.DONE), "payment_id", "amount_minor")
    asked_states = [RefundState.REQUESTED, RefundState.PENDING]
    asked = _sums(Refund.objects.filter(state__in=asked_states), "payment_id", "amount_minor")
    disputes = Dispute.objects.exclude(state=DisputeState.WON)
    disputed = _sums(disputes, "payment_id", "taken_minor")
    further = _sums(DisputeTaking.objects.filter(dispute__in=disputes), "dispute__payment_id", "amount_minor")
    open_ones = set(disputes.filter(state=DisputeState.OPEN).values_list("payment_id", flat=True))
    for payment in Payment.objects.all():
        if payment.allocated_minor != by_rows.get(payment.pk, 0):
            yield Breach("I-15", practice.code, f"payment {payment.code}", "differs from its allocations")
        if (payment.refunded_minor, payment.refunding_minor) != (
            done.get(payment.pk, 0),
            asked.get(payment.pk, 0),
        ):
            yield Breach("I-15", practice.code, f"payment {payment.code}", "differs from its refunds")
        taken_minor = disputed.get(payment.pk, 0) + further.get(payment.pk, 0)
        if payment.disputed_minor != taken_minor or payment.is_disputed != (payment.pk in open_ones):
            yield Breach("I-15", practice.code, f"payment {payment.code}", "differs from its disputes")
        if payment.unallocated_minor + payment.refunding_minor != -by_books.get(payment.code, 0):
            yield Breach("I-15", practice.code, f"payment {payment.code}", "differs from the books")


def _sums(rows: QuerySet[Any] | Manager[Any], key: str, amount: str) -> dict[object, int]:
    return dict(rows.values_list(key).annotate(total=Sum(amount)).values_list(key, "total"))
