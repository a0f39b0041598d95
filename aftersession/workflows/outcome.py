# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from aftersession.billing.models import Invoice, InvoiceState
from aftersession.payments.models import Payment, PaymentState


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a billing command did, in public codes: enough to tell it, now or on a repetition."""

    step: str
    invoice_code: str
    appointment_code: str = ""
    number: str = ""
    document_code: str = ""
    message_code: str = ""
    sent_to: str = ""
    payment_code: str = ""
    receipt_code: str = ""
    claim_code: str = ""
    package_code: str = ""


def still_stands(outcome: Outcome) -> bool:
    """Whether what was billed, and the money recorded with it, has not been taken back since."""
    gone = [InvoiceState.VOID, InvoiceState.DISCARDED]
    is_billed = not Invoice.objects.filter(code=outcome.invoice_code, state__in=gone).exists()
    return (
        is_billed
        and not Payment.objects.filter(code=outcome.payment_code, state=PaymentState.REVERSED).exists()
    )
