# SPDX-License-Identifier: Apache-2.0
from aftersession.billing.models.corrections import (
    CreditNote,
    CreditNoteLine,
    CreditNoteShare,
    ShareTransfer,
    WriteOff,
)
from aftersession.billing.models.invoices import Invoice, InvoiceLine, InvoiceState, NumberSequence
from aftersession.billing.models.shares import DebtorKind, InvoiceShare

__all__ = [
    "CreditNote",
    "CreditNoteLine",
    "CreditNoteShare",
    "DebtorKind",
    "Invoice",
    "InvoiceLine",
    "InvoiceShare",
    "InvoiceState",
    "NumberSequence",
    "ShareTransfer",
    "WriteOff",
]
