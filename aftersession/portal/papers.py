# SPDX-License-Identifier: Apache-2.0
"""The papers behind a pay link: the invoice and the receipts of its own share, nobody else's."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from aftersession.documents.actions import open_file
from aftersession.documents.models import Document, DocumentState
from aftersession.payments.models import PaymentLink
from aftersession.portal.gates import with_link
from aftersession.portal.pages import shown_invoice
from aftersession.portal.queries import receipt_of
from aftersession.workflows.produce_documents import produce_now

RETRY_SECONDS = 5


@require_safe
@with_link
def pay_invoice(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """The invoice as it was issued."""
    document = shown_invoice(link.share) if link.share else None
    if document is None:
        raise Http404
    return _download(request, document)


@require_safe
@with_link
def pay_receipt(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """The receipt that `of` names, else the newest."""
    receipt = receipt_of(link, request.GET.get("of", "")[:16].replace("\x00", ""))
    if receipt is None:
        raise Http404
    return _download(request, receipt.document)


def _download(request: HttpRequest, document: Document) -> HttpResponse:
    if document.state != DocumentState.READY:
        produce_now(document.practice, [document.code])
        document.refresh_from_db()
    if document.state != DocumentState.READY:
        response = render(request, "503.html", status=503)
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
    response = HttpResponse(open_file(document), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{document.filename}"'
    return response
