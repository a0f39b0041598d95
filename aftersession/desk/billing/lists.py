# SPDX-License-Identifier: Apache-2.0
"""The three lists of billing: invoices, payments, receipts."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from aftersession.billing.lists import Choice, count_invoices, count_owed
from aftersession.claims.queries import late_share
from aftersession.desk.billing.filters import InvoiceFilter, PaymentFilter
from aftersession.desk.billing.pages import (
    address,
    invoice_tabs,
    owed_lead,
    owed_scale,
    page_links,
    payment_tabs,
    received_lead,
    received_scale,
    sections,
)
from aftersession.desk.billing.receipts import payment_rows, receipt_rows, receipts_lead
from aftersession.desk.billing.rows import page_of_rows
from aftersession.desk.requests import DeskRequest
from aftersession.payments import queries as payments
from aftersession.scheduling.choices import practitioners_of


@require_GET
def invoice_list(request: DeskRequest) -> HttpResponse:
    """Who owes what: one tab of invoices, filtered and searched, newest first."""
    member, choice = request.member, Choice.read(request.GET.dict())
    owed = count_owed(member, late=late_share(member.practice))
    counts = {} if choice.is_narrowed else {**owed.counts, **count_invoices(member, choice.counted_period)}
    page = page_of_rows(member, choice)
    clear = choice.parameters(q="", period="", owes="", practitioner="")
    context = {
        "place": "billing",
        "choice": choice,
        "lead": owed_lead(owed, member.practice),
        "scale": owed_scale(owed, member.practice),
        "sections": sections("desk:invoice_list"),
        "tabs": invoice_tabs(choice, counts),
        "filter_form": InvoiceFilter(choice, practitioners_of(member)),
        "kept": [("tab", str(choice.tab))],
        "clear_url": address("desk:invoice_list", clear) if choice.is_filtered else "",
        "rows": page.rows,
        "links": page_links(choice, page),
    }
    return render(request, "desk/billing/invoices.html", context)


@require_GET
def payment_list(request: DeskRequest) -> HttpResponse:
    """Money that came in by every method, and what of it settles nothing yet."""
    member, choice = request.member, payments.Choice.read(request.GET.dict())
    received, page = payments.count_received(member, choice), payments.list_payments(member, choice)
    clear = {"tab": str(choice.tab)}
    context = {
        "place": "billing",
        "choice": choice,
        "lead": received_lead(received, choice, member.practice),
        "scale": received_scale(received),
        "sections": sections("desk:payment_list"),
        "tabs": payment_tabs(choice, received.counts),
        "filter_form": PaymentFilter(choice),
        "kept": [("tab", str(choice.tab))],
        "clear_url": address("desk:payment_list", clear) if choice.is_filtered else "",
        "rows": payment_rows(page.rows),
        "next_url": address("desk:payment_list", choice.parameters(after=page.after)) if page.after else "",
        "first_url": address("desk:payment_list", choice.parameters()) if choice.after else "",
    }
    return render(request, "desk/billing/payments.html", context)


@require_GET
def receipt_list(request: DeskRequest) -> HttpResponse:
    """Receipts by number."""
    member, choice = request.member, payments.Choice.read(request.GET.dict())
    page = payments.list_receipts(member, choice)
    context = {
        "place": "billing",
        "choice": choice,
        "lead": receipts_lead(page.rows, choice),
        "sections": sections("desk:receipt_list"),
        "filter_form": PaymentFilter(choice, has_method=False),
        "clear_url": reverse("desk:receipt_list") if choice.is_filtered else "",
        "rows": receipt_rows(page.rows),
        "next_url": address("desk:receipt_list", choice.parameters(after=page.after)) if page.after else "",
        "first_url": address("desk:receipt_list", choice.parameters()) if choice.after else "",
    }
    return render(request, "desk/billing/receipts.html", context)
