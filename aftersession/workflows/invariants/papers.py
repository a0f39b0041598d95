# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from typing import Any

from django.db.models import Count, Max, Min, QuerySet

from aftersession.billing.models import CreditNote, CreditNoteShare, Invoice, InvoiceState, NumberSequence
from aftersession.billing.numbers import CREDIT_NOTES, RECEIPTS, REFUNDS
from aftersession.documents import store
from aftersession.documents.contexts import INSURER_ACCOUNT, INVOICE, RECEIPT, TAX_INVOICE
from aftersession.documents.models import Document, DocumentState
from aftersession.payments.models import Receipt, Refund
from aftersession.practices.models import Practice
from aftersession.workflows.invariants.breach import Breach

ORIGINALS = (INVOICE, TAX_INVOICE, INSURER_ACCOUNT)
SERIES: dict[str, tuple[Any, str]] = {
    RECEIPTS: (Receipt, "issued_at"),
    CREDIT_NOTES: (CreditNote, "issued_at"),
    REFUNDS: (Refund, "recorded_at"),
}
NUMBERED = (InvoiceState.ISSUED, InvoiceState.VOID)


def numbers_without_gap(practice: Practice) -> Iterator[Breach]:
    """I-06: each series is 1..n without gap or repeat, in the order of issue."""
    for series in NumberSequence.objects.all():
        model, at = SERIES.get(series.series, (Invoice, "issued_at"))
        rows = model.objects.filter(series=series.series, number__isnull=False)
        seen = rows.aggregate(n=Count("number", distinct=True), low=Min("number"), high=Max("number"))
        expected = (series.last_number, 1 if series.last_number else None, series.last_number or None)
        if (seen["n"], seen["low"], seen["high"]) != expected:
            yield Breach("I-06", practice.code, series.series, "has a gap or a repeat")
        times = [each for each in rows.order_by("number").values_list(at, flat=True) if each]
        if times != sorted(times):
            yield Breach("I-06", practice.code, series.series, "is not in the order of issue")


def issued_unchanged(practice: Practice) -> Iterator[Breach]:
    """I-07: an issued invoice says what its frozen paper says."""
    for invoice in _issued():
        frozen = invoice.document.context if invoice.document else {}
        said = (frozen.get("number"), frozen.get("total_minor"), frozen.get("currency"))
        if said != (invoice.number_label, invoice.total_minor, invoice.currency):
            yield Breach("I-07", practice.code, invoice.number_label, "differs from its frozen paper")


def one_original(practice: Practice) -> Iterator[Breach]:
    """I-08: no number stands on two originals."""
    numbers = Document.objects.filter(kind__in=ORIGINALS).values("context__number")
    for row in numbers.annotate(n=Count("id")).filter(n__gt=1):
        yield Breach("I-08", practice.code, row["context__number"], "has several originals")


def figures_on_paper(practice: Practice) -> Iterator[Breach]:
    """I-10: papers carry exactly the stored figures, line by line; receipts the payment's."""
    for invoice in _issued().prefetch_related("lines"):
        printed = (invoice.document.context if invoice.document else {}).get("lines", [])
        stored = [
            (line.description, line.unit_price_minor * line.quantity - line.discount_minor)
            for line in invoice.lines.all()
        ]
        if [(line["description"], line["amount_minor"]) for line in printed] != stored:
            yield Breach("I-10", practice.code, invoice.number_label, "prints other lines than are stored")
    for receipt in Receipt.objects.select_related("document", "payment"):
        frozen = receipt.document.context
        said = (frozen["kind"], frozen["number"], frozen["payment"]["amount_minor"])
        if said != (RECEIPT, receipt.number_label, receipt.payment.amount_minor):
            yield Breach("I-10", practice.code, receipt.number_label, "prints another amount than was paid")
    yield from _sheets(practice)


def _sheets(practice: Practice) -> Iterator[Breach]:
    for note in CreditNote.objects.select_related("document"):
        frozen = note.document.context
        if (frozen["number"], frozen["balance_minor"]) != (note.number_label, note.total_minor):
            yield Breach("I-10", practice.code, note.number_label, "prints another amount than was credited")
    for part in CreditNoteShare.objects.exclude(document=None).select_related("document", "credit_note"):
        frozen = part.document.context if part.document else {}
        if (frozen.get("number"), frozen.get("balance_minor")) != (
            part.credit_note.number_label,
            part.amount_minor,
        ):
            yield Breach(
                "I-10", practice.code, part.credit_note.number_label, "prints another part than it takes"
            )
    for refund in Refund.objects.select_related("document"):
        frozen = refund.document.context
        if (frozen["number"], frozen["balance_minor"]) != (refund.number_label, refund.amount_minor):
            yield Breach("I-10", practice.code, refund.number_label, "prints another amount than was given")


def files_are_there(practice: Practice) -> Iterator[Breach]:
    """The files of I-40: every ready document's file exists and has its hash."""
    for document in Document.objects.filter(state=DocumentState.READY).iterator():
        try:
            content = store.read(document.sha256)
        except store.DamagedFile:
            yield Breach("I-40", practice.code, document.code, "has no file, or one with other bytes")
            continue
        if len(content) != document.size_bytes:
            yield Breach("I-40", practice.code, document.code, "has another size than is stored")


def _issued() -> QuerySet[Invoice]:
    return Invoice.objects.filter(state__in=NUMBERED).select_related("document")
