# SPDX-License-Identifier: Apache-2.0
"""The document of an invoice as a piece of a page, and as a file to download."""

from dataclasses import replace
from urllib.parse import quote

from django.http import Http404, HttpResponse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersession.billing.debtors import debtor_of
from aftersession.billing.documents import invoice_context
from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState
from aftersession.billing.part_paper import part_sheet
from aftersession.documents.actions import open_file
from aftersession.documents.freezing import Context, link_codes, thaw
from aftersession.documents.html import render_html
from aftersession.documents.models import Document, DocumentState
from aftersession.documents.render import render_pdf
from aftersession.documents.sheets import Sheet
from aftersession.lib import clock
from aftersession.lib.errors import PartnerUnavailable
from aftersession.payments.links import live_link
from aftersession.practices.models import Practice
from aftersession.workflows.invoices import share_in, take_up
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


def part_of_invoice(share: InvoiceShare, practice: Practice) -> tuple[Sheet, str]:
    """The paper of one debtor's part, and how its file is called. Raises Http404 for an insurer's: that is a claim's."""
    if share.payer_id is not None or share.invoice.state != InvoiceState.ISSUED:
        raise Http404
    bill, people = take_up(share.invoice, practice)
    held = share_in(bill, share)
    people = replace(people, debtor=debtor_of(held, practice))
    link = live_link(held)
    sheet = part_sheet(bill, people, held, pay_link=link.code if link else "")
    return sheet, f"{share.invoice.number_label}-{held.position}.pdf"


def pdf_now(context: Context, filename: str) -> HttpResponse:
    """A paper that is nobody's original, drawn for whoever asks."""
    links = {code: link_address(code) for code in link_codes(context)}
    return _file(render_pdf(context, links=links, created_at=clock.now()).content, filename)


def pdf_response(document: Document) -> HttpResponse:
    """The stored file under its own name (RFC 6266), always as a download, in a sandbox of its own."""
    return _file(open_file(document), document.filename)


def _file(content: bytes, filename: str) -> HttpResponse:
    response = HttpResponse(content, content_type="application/pdf")
    plain = filename.encode("ascii", "ignore").decode().replace('"', "").replace("\\", "")
    response["Content-Disposition"] = (
        f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
    )
    response["Content-Security-Policy"] = PDF_POLICY
    response["X-Content-Type-Options"] = "nosniff"
    return response
