# SPDX-License-Identifier: Apache-2.0
"""Reads of billing. `invoice_for` is the only door from a public code to an invoice."""

from collections.abc import Iterable

from django.db.models import QuerySet, Sum
from django.http import Http404

from aftersession.billing.actions import Bill, tax_shares
from aftersession.billing.debtors import Debtor, debtor_of
from aftersession.billing.labels import Delivery
from aftersession.billing.models import Invoice, InvoiceLine, InvoiceShare, InvoiceState
from aftersession.billing.models.shares import OPEN, OPEN_MINOR
from aftersession.billing.pricing import Discount, DiscountKind, LineInput, Priced, PricedLine, TaxTotal
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
            "patient__guarantor", "practitioner", "coverage__payer", "document", "paid_document", "encounter"
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
    rows = InvoiceShare.objects.filter(OPEN, invoice__state=InvoiceState.ISSUED)
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
