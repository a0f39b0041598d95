# SPDX-License-Identifier: Apache-2.0
"""Papers of an account as it is now: drawn when asked for, kept nowhere."""

from django.http import HttpResponse

from aftersession.desk.accounts.pages import file_response
from aftersession.desk.billing.paper import PDF_POLICY
from aftersession.documents.freezing import link_codes
from aftersession.documents.render import render_pdf
from aftersession.documents.sheets import Sheet
from aftersession.lib import clock
from aftersession.workflows.produce_documents import link_address


def sheet_response(sheet: Sheet, filename: str) -> HttpResponse:
    """A sheet as a PDF to download."""
    links = {code: link_address(code) for code in link_codes(sheet)}
    drawn = render_pdf(sheet, links=links, created_at=clock.now())
    response = file_response(drawn.content, filename, "application/pdf")
    response["Content-Security-Policy"] = PDF_POLICY
    return response
