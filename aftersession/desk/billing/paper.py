# SPDX-License-Identifier: Apache-2.0
"""The document of an invoice as a piece of a page, and as a file to download."""

from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersession.billing.documents import invoice_context
from aftersession.billing.models import Invoice
from aftersession.documents.actions import open_file
from aftersession.documents.freezing import link_codes, thaw
from aftersession.documents.html import render_html
from aftersession.documents.models import Document, DocumentState
from aftersession.lib.errors import PartnerUnavailable
from aftersession.practices.models import Practice
from aftersession.workflows.invoices import take_up
from aftersession.workflows.produce_documents import link_address, produce_now

# A file is shown by itself: nothing in it may run, load or be framed by others.
PDF_POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


def paper_of(invoice: Invoice, practice: Practice) -> SafeString:
    """An issued invoice as it was frozen, a draft as it would be."""
    if invoice.document is not None:
        context = thaw(invoice.document.context)
    else:
        bill, people = take_up(invoice, practice)
        context = invoice_context(bill, people)
    return render_html(context, {code: link_address(code) for code in link_codes(context)})


def ready_document(document: Document | None, practice: Practice) -> Document:
    """A document whose file is there, drawn now if nobody has yet.

    Raises Http404 where there is none, PartnerUnavailable while it cannot be made.
    """
    if document is None:
        raise Http404
    if document.state != DocumentState.READY:
        produce_now(practice, [document.code])
        document.refresh_from_db()
    if document.state != DocumentState.READY:
        raise PartnerUnavailable(
            _("The document could not be made just now. It will be tried again by itself: look in a minute."),
            code="document_not_ready",
        )
    return document


def pdf_response(document: Document) -> HttpResponse:
    """The stored file under its own name (RFC 6266), always as a download, in a sandbox of its own."""
    response = HttpResponse(open_file(document), content_type="application/pdf")
    plain = document.filename.encode("ascii", "ignore").decode().replace('"', "").replace("\\", "")
    response["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(document.filename, safe='')}"
    )
    response["Content-Security-Policy"] = PDF_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response
