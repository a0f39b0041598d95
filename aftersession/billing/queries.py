# SPDX-License-Identifier: Apache-2.0
"""Reads of billing. `invoice_for` is the only door from a public code to an invoice."""

from django.db.models import QuerySet
from django.http import Http404

from aftersession.billing.actions import Bill
from aftersession.billing.debtors import Debtor, debtor_of
from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.practices.models import Member


def visible_invoices(member: Member) -> QuerySet[Invoice]:
    """Every invoice this person may see: a practitioner's own, everyone else's the whole practice's."""
    invoices = Invoice.objects.for_practice(member.practice)
    return invoices if member.sees_everyone else invoices.filter(practitioner=member.practitioner)


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
    """An invoice in hand with its lines and its (one) share."""
    share = InvoiceShare.objects.filter(invoice=invoice).select_related("patient", "guarantor", "payer").get()
    share.invoice = invoice
    return Bill(invoice, list(invoice.lines.all()), share)


def debtor_of_bill(bill: Bill) -> Debtor:
    """Who owes it, as reachable today."""
    return debtor_of(bill.share, bill.invoice.practice)
