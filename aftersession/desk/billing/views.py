# SPDX-License-Identifier: Apache-2.0
"""One invoice and its papers."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_safe

from aftersession.billing.models import Invoice
from aftersession.billing.queries import invoice_for, share_for
from aftersession.desk.billing.details import details_of
from aftersession.desk.billing.finish import finals_of
from aftersession.desk.billing.forms import DraftForm
from aftersession.desk.billing.paper import paper_of, part_of_invoice, pdf_now, pdf_response, ready_document
from aftersession.desk.reminders.cards import cards_of
from aftersession.desk.requests import DeskRequest
from aftersession.payments.queries import receipt_for


@require_GET
def invoice_detail(request: DeskRequest, code: str) -> HttpResponse:
    """Who owes what of it and why, its document, its history, and what can be done."""
    return show_invoice(request, invoice_for(request.member, code))


def show_invoice(
    request: DeskRequest, invoice: Invoice, *, form: DraftForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of an invoice; of a draft with its final buttons, and a refused form as it was typed."""
    details = details_of(request.member, invoice)
    finals = finals_of(details) if details.is_draft else None
    if finals is not None and form is None:
        form = DraftForm(
            payment_type=invoice.payment_type,
            practice=details.practice,
            open_amount=details.owed,
            email=finals.send_to,
        )
    context = {
        "place": "billing",
        "details": details,
        "invoice": invoice,
        "finals": finals,
        "form": form,
        "paper": paper_of(invoice, details.practice),
        "reminders": cards_of(details.bill, details.practice),
    }
    return render(request, "desk/billing/invoice.html", context, status=status)


@require_safe
def invoice_pdf(request: DeskRequest, code: str) -> HttpResponse:
    """The document as it was issued, drawn now if it has not been yet."""
    invoice = invoice_for(request.member, code)
    return pdf_response(ready_document(invoice.document, request.member.practice))


@require_safe
def invoice_paid_pdf(request: DeskRequest, code: str) -> HttpResponse:
    """The paid invoice for the client's own claim, while it is true."""
    invoice = invoice_for(request.member, code)
    if not details_of(request.member, invoice).has_paid_document:
        raise Http404
    return pdf_response(ready_document(invoice.paid_document, request.member.practice))


@require_safe
def share_pdf(request: DeskRequest, code: str) -> HttpResponse:
    """What one debtor owes of an invoice, as it stands now."""
    share = share_for(request.member, code)
    return pdf_now(*part_of_invoice(share, request.member.practice))


@require_safe
def receipt_pdf(request: DeskRequest, code: str) -> HttpResponse:
    """A receipt as it was issued."""
    receipt = receipt_for(request.member, code)
    return pdf_response(ready_document(receipt.document, request.member.practice))
