# SPDX-License-Identifier: Apache-2.0
"""The credit note: its rows and its number, with its papers. Inside the caller's transaction."""

from collections.abc import Sequence

from django.db.models import Sum

from aftersession.billing.actions import Bill
from aftersession.billing.credit_papers import credit_part_sheet, credit_sheet
from aftersession.billing.credits import Credited, Left
from aftersession.billing.documents import People
from aftersession.billing.models import CreditNote, CreditNoteLine, CreditNoteShare, InvoiceShare
from aftersession.billing.numbers import CREDIT_NOTES, take_number
from aftersession.billing.part_paper import is_split
from aftersession.billing.shares import receivable_side
from aftersession.documents.actions import create_document
from aftersession.documents.models import Document
from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.practices.actors import Actor

OnShares = Sequence[tuple[InvoiceShare, int]]
"""Shares, and how much a credit takes off each (minor units)."""


def left_of(bill: Bill) -> list[Left]:
    """What of each line has not been credited yet, in order. One query."""
    rows = CreditNoteLine.objects.filter(credit_note__invoice=bill.invoice).values_list("invoice_line_id")
    credited = {
        line: (net, tax)
        for line, net, tax in rows.annotate(net=Sum("net_minor"), tax=Sum("tax_minor")).order_by()
    }
    left = []
    for line in bill.lines:
        net_minor, tax_minor = credited.get(line.pk, (0, 0))
        line.invoice = bill.invoice
        left.append(Left(line, line.net_minor - net_minor, line.tax_minor - tax_minor))
    return left


def credit_posting(
    credited: Sequence[Credited], on_shares: OnShares, bill: Bill, *, note_code: str, reason: str
) -> Posting:
    """What taking back means in the books: less earned, less tax due, and the debtors owe less."""
    patient, share = bill.invoice.patient, bill.share
    net_minor = sum(each.net_minor for each in credited)
    tax_minor = sum(each.tax_minor for each in credited)
    return Posting(
        "credit_note",
        bill.invoice.currency,
        (
            Side(Account.INCOME, net_minor, share.code, patient_code=patient.code),
            Side(Account.TAX_OUTPUT, tax_minor, share.code, patient_code=patient.code),
            *(receivable_side(each, -minor, patient) for each, minor in on_shares),
        ),
        reason,
        note_code,
    )


def issue_credit_note(
    bill: Bill,
    people: People,
    credited: Sequence[Credited],
    on_shares: OnShares,
    *,
    code: str,
    reason: str,
    actor: Actor,
) -> CreditNote:
    """Number it and write it with its paper, under the code that the books have of it.

    Where several owe, each whose part it lowers gets a paper of that part. Locks the series: take it after
    invoices and receipts.
    """
    number = take_number(actor.practice, CREDIT_NOTES)
    label = f"{CREDIT_NOTES}-{number:06d}"
    today = clock.today(actor.practice.time_zone)
    document = create_document(
        practice=actor.practice,
        context=credit_sheet(bill, people, credited, label, reason),
        filename=f"{label}.pdf",
    )
    note = CreditNote.objects.create(
        practice=actor.practice,
        code=code,
        number=number,
        invoice=bill.invoice,
        currency=bill.invoice.currency,
        net_minor=sum(each.net_minor for each in credited),
        tax_minor=sum(each.tax_minor for each in credited),
        total_minor=sum(each.gross_minor for each in credited),
        reason=reason,
        document=document,
        issued_on=today,
        issued_at=clock.now(),
        issued_by=actor.label,
    )
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(
            practice=actor.practice,
            credit_note=note,
            invoice_line=each.line,
            tax_rate_bp=each.line.tax_rate_bp,
            net_minor=each.net_minor,
            tax_minor=each.tax_minor,
            gross_minor=each.gross_minor,
        )
        for each in credited
    )
    CreditNoteShare.objects.bulk_create(
        CreditNoteShare(
            practice=actor.practice,
            credit_note=note,
            share=share,
            amount_minor=minor,
            document=_paper_of_part(bill, people, share, minor, label) if is_split(bill) else None,
        )
        for share, minor in on_shares
    )
    return note


def _paper_of_part(
    bill: Bill, people: People, share: InvoiceShare, amount_minor: int, label: str
) -> Document:
    return create_document(
        practice=people.practice,
        context=credit_part_sheet(bill, people, share, amount_minor, label),
        filename=f"{label}-{share.position}.pdf",
    )
