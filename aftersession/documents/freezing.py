# SPDX-License-Identifier: Apache-2.0
"""Every kind of context, to and from the JSON that is stored with its document."""

from collections.abc import Mapping
from typing import Any

from aftersession.documents.contexts import RECEIPT, InvoiceContext, ReceiptContext
from aftersession.documents.frozen import from_json, to_json
from aftersession.documents.sheets import SHEET_KINDS, Sheet

Context = InvoiceContext | ReceiptContext | Sheet


def freeze(context: Context) -> dict[str, Any]:
    """The context as JSON, to be stored with its document."""
    frozen: dict[str, Any] = to_json(context)
    return frozen


def thaw(frozen: Mapping[str, Any]) -> Context:
    """The context of a stored document. Raises BadContext."""
    kind = frozen.get("kind")
    if kind == RECEIPT:
        return from_json(ReceiptContext, frozen)
    if kind in SHEET_KINDS:
        return from_json(Sheet, frozen)
    return from_json(InvoiceContext, frozen)


def link_codes(context: Context) -> tuple[str, ...]:
    """The payment links whose addresses a document needs."""
    link = "" if isinstance(context, ReceiptContext) else context.pay_link
    return (link,) if link else ()
