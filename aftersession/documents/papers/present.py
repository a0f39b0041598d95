# SPDX-License-Identifier: Apache-2.0
"""From a frozen context to the words and figures on the paper, in the practice's language."""

from collections.abc import Mapping

from django.utils import translation

from aftersession.documents.contexts import ReceiptContext
from aftersession.documents.freezing import Context
from aftersession.documents.papers.invoice import lay_out_invoice, reads_as_account
from aftersession.documents.papers.receipt import lay_out_receipt
from aftersession.documents.papers.shape import (
    ACCOUNT_LAYOUT,
    INVOICE_LAYOUT,
    RECEIPT_LAYOUT,
    SHEET_LAYOUT,
    Paper,
)
from aftersession.documents.papers.sheet import lay_out_sheet
from aftersession.documents.sheets import Sheet


def present(context: Context, links: Mapping[str, str]) -> Paper:
    """What the document says. `links` maps the code of a payment link to its address.

    Raises BadContext when an issued document names a payment link that is not among `links`.
    """
    with translation.override(translation.to_language(context.locale)):
        if isinstance(context, ReceiptContext):
            return lay_out_receipt(context)
        if isinstance(context, Sheet):
            return lay_out_sheet(context, links)
        return lay_out_invoice(context, links)


def layout_of(context: Context) -> str:
    """The template that draws it."""
    if isinstance(context, ReceiptContext):
        return RECEIPT_LAYOUT
    if isinstance(context, Sheet):
        return SHEET_LAYOUT
    return ACCOUNT_LAYOUT if reads_as_account(context) else INVOICE_LAYOUT
