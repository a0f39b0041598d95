# SPDX-License-Identifier: Apache-2.0
"""Reads of billing. `invoice_for` is the only door from a public code to an invoice."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet, Sum
from django.http import Http404

from aftersession.billing.actions import Bill, tax_shares
from aftersession.billing.debtors import Debtor, debtor_of
from aftersession.billing.labels import Delivery
from aftersession.billing.models import (
    CreditNote,
    CreditNoteShare,
    Invoice,
    InvoiceLine,
    InvoiceShare,
    InvoiceState,
    ShareTransfer,
    WriteOff,
)
from aftersession.billing.models.shares import OPEN, OPEN_MINOR
from aftersession.billing.pricing import Discount, DiscountKind, LineInput, Priced, PricedLine, TaxTotal
from aftersession.documents.models import Document
from aftersession.lib.money import Money
from aftersession.messaging.models import Message, MessageState
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practice

DELIVERIES = {
    MessageState.WAITING: Delivery.WAITING,
    MessageState.HELD: Delivery.FAILED,
    MessageState.SENDING: Delivery.SENDING,
    MessageState.SENT: Delivery.SENT,
    MessageState.FAILED: Delivery.FAILED,
}


def visible_invoices(member: Member) -> QuerySet[Invoice]:
    """Every invoice this person may see: a practitioner's own, everyone else's the whole practice's."""
    invoices = Invoice.objects.for_practice(member.practice)
    return invoices if member.sees_everyone else invoices.filter(practitioner=member.practitioner_id or 0)


def invoice_for(member: Member, code: str) -> Invoice:
    """The invoice with everybody it names, or Http404 alike for none and for another's."""
    invoice = (
        visible_invoices(member)
        .select_related(
            "patient__guarantor",
            "practitioner",
            "coverage__payer",
            "document",
            "paid_document",
            "corrects",
            "encounter__appointment",
        )
        .filter(code=code)
        .first()
    )
    if invoice is None:
        raise Http404
    return invoice


def bill_of(invoice: Invoice) -> Bill:
    """An invoice in hand with its lines and its shares."""
    rows = InvoiceShare.objects.filter(invoice=invoice).select_related("patient", "guarantor", "payer")
    shares = list(rows.order_by("position"))
    for share in shares:
        share.invoice = invoice
        share.account = invoice.patient
    return Bill(invoice, list(invoice.lines.all()), shares)


@dataclass(frozen=True)
class Corrections:
    """What changed an issued invoice since, in order: credit notes by share, what was given up, what moved."""

    credits: list[CreditNoteShare]
    write_offs: list[WriteOff]
    transfers: list[ShareTransfer]

    @property
    def notes(self) -> list[CreditNote]:
        """The credit notes, once each."""
        return list({row.credit_note_id: row.credit_note for row in self.credits}.values())


def corrections_of(bill: Bill) -> Corrections:
    """Everything that changed what is owed on an invoice but money. Three queries at most, none for a draft."""
    invoice = bill.invoice
    if invoice.number is None:
        return Corrections([], [], [])
    credits = CreditNoteShare.objects.filter(credit_note__invoice=invoice)
    write_offs = WriteOff.objects.filter(share__invoice=invoice)
    transfers = ShareTransfer.objects.filter(from_share__invoice=invoice)
    is_credited = any(share.credited_minor for share in bill.shares)
    return Corrections(
        list(credits.select_related("credit_note__document").order_by("pk")) if is_credited else [],
        list(write_offs.select_related("share").order_by("pk")),
        # One debtor alone can have moved nothing to anybody.
        list(transfers.select_related("from_share", "to_share").order_by("pk"))
        if len(bill.shares) > 1
        else [],
    )


def successor_of(invoice: Invoice) -> Invoice | None:
    """The invoice that stands in the place of a corrected one."""
    return Invoice.objects.filter(corrects=invoice).first()


def share_for(member: Member, code: str) -> InvoiceShare:
    """A debtor's share of an invoice that the member may see, or Http404. Its invoice comes with everybody."""
    visible = visible_invoices(member)
    share = InvoiceShare.objects.for_practice(member.practice).filter(code=code, invoice__in=visible).first()
    if share is None:
        raise Http404
    share.invoice = invoice_for(member, share.invoice.code)
    return share


def write_off_for(member: Member, code: str) -> WriteOff:
    """What was given up of an invoice that the member may see, or Http404."""
    visible = visible_invoices(member)
    rows = WriteOff.objects.for_practice(member.practice).filter(share__invoice__in=visible, undoes=None)
    write_off = rows.select_related("share").filter(code=code).first()
    if write_off is None:
        raise Http404
    write_off.share.invoice = invoice_for(member, write_off.share.invoice.code)
    return write_off


def credit_note_for(member: Member, code: str) -> CreditNote:
    """A credit note on an invoice that the member may see, with its document, or Http404."""
    note = visible_credit_notes(member).filter(code=code).first()
    if note is None:
        raise Http404
    return note


def paper_of_share(note: CreditNote, share_code: str) -> Document | None:
    """The paper of one debtor's part of a credit note, if they have one of their own."""
    row = note.shares.filter(share__code=share_code).select_related("document").first()
    return row.document if row is not None else None


def visible_credit_notes(member: Member) -> QuerySet[CreditNote]:
    """Every credit note this person may see, with its invoice and document."""
    notes: QuerySet[CreditNote] = CreditNote.objects.for_practice(member.practice)
    notes = notes.select_related("invoice__patient", "document")
    return notes if member.sees_everyone else notes.filter(invoice__practitioner=member.practitioner_id or 0)


def debtor_of_bill(bill: Bill) -> Debtor:
    """Who was billed first, as reachable today."""
    return debtor_of(bill.share, bill.invoice.practice)


def shares_of(invoices: Iterable[Invoice]) -> dict[int, list[InvoiceShare]]:
    """The shares of these invoices in order, by invoice key. One query."""
    found: dict[int, list[InvoiceShare]] = {}
    for share in InvoiceShare.objects.filter(invoice__in=list(invoices)).order_by("invoice_id", "position"):
        found.setdefault(share.invoice_id, []).append(share)
    return found


def deliveries_of(invoices: Iterable[Invoice]) -> dict[str, Delivery]:
    """What became of the newest letter with each of these invoices, by invoice code. One query."""
    letters = Message.objects.filter(
        about_kind="invoice", about_code__in=[each.code for each in invoices], kind="invoice"
    ).exclude(state=MessageState.CANCELLED)
    return {
        code: DELIVERIES[MessageState(state)]
        for code, state in letters.order_by("pk").values_list("about_code", "state")
    }


def balance_of_patient(practice: Practice, patient: Patient) -> Money:
    """What is still owed on this patient's issued invoices, by whomever."""
    shares = InvoiceShare.objects.for_practice(practice).filter(
        OPEN, account=patient, invoice__state=InvoiceState.ISSUED, currency=practice.currency
    )
    return Money(shares.aggregate(owed=Sum(OPEN_MINOR))["owed"] or 0, practice.currency)


def open_shares_of(debtor: Debtor) -> QuerySet[InvoiceShare]:
    """What this debtor still owes, the oldest invoice first, with the invoices.

    A responsible person's shares of every client they answer for; a client's own shares; an insurer's.
    """
    return _owed_by(debtor).filter(OPEN, invoice__state=InvoiceState.ISSUED)


def shares_of_debtor(debtor: Debtor, codes: Iterable[str]) -> list[InvoiceShare]:
    """Those of these shares that are this debtor's, open or not."""
    wanted = list(codes)
    return list(_owed_by(debtor).filter(code__in=wanted)) if wanted else []


def _owed_by(debtor: Debtor) -> QuerySet[InvoiceShare]:
    rows: QuerySet[InvoiceShare] = InvoiceShare.objects.all()
    if debtor.payer is not None:
        rows = rows.filter(payer=debtor.payer)
    elif debtor.guarantor is not None:
        rows = rows.filter(guarantor=debtor.guarantor)
    else:
        rows = rows.filter(account=debtor.patient, patient=debtor.patient)
    return rows.select_related("invoice__patient", "account").order_by("invoice__number", "position")


def priced_of(bill: Bill) -> Priced:
    """The stored figures of an invoice as the arithmetic gave them."""
    taxes = tuple(TaxTotal(rate, net, tax) for rate, (net, tax) in tax_shares(bill.lines).items())
    return Priced(
        lines=tuple(_priced_line(line) for line in bill.lines),
        discount_minor=sum(line.invoice_discount_minor for line in bill.lines),
        taxes=taxes,
    )


def _priced_line(line: InvoiceLine) -> PricedLine:
    discount = None
    if line.discount_kind:
        discount = Discount(DiscountKind(line.discount_kind), line.discount_value, line.discount_reason)
    return PricedLine(
        given=LineInput(
            line.description,
            line.unit_price_minor,
            line.quantity,
            line.tax_treatment,
            line.procedure_code,
            discount,
        ),
        full_minor=line.unit_price_minor * line.quantity,
        discount_minor=line.discount_minor,
        invoice_discount_minor=line.invoice_discount_minor,
        tax_rate_bp=line.tax_rate_bp,
        net_minor=line.net_minor,
        tax_minor=line.tax_minor,
    )
