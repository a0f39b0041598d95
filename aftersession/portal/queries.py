# SPDX-License-Identifier: Apache-2.0
"""What of the books one pay link shows: the money of its own share."""

from django.db.models import Q

from aftersession.billing.models import InvoiceShare
from aftersession.lib.money import Money
from aftersession.payments.models import Allocation, Payment, PaymentState, Receipt


def settled_parts(share: InvoiceShare) -> list[tuple[Allocation, str]]:
    """What settles a share now, oldest first, each with the code of its receipt."""
    live = (
        Allocation.objects.filter(share=share, undoes=None, undone_by=None)
        .select_related("payment__receipt")
        .order_by("pk")
    )
    return [(each, _receipt_code(each.payment)) for each in live]


def surplus_of(share: InvoiceShare) -> Money | None:
    """What was paid on this page beyond what was open, and waits for the practice's decision."""
    payments = Payment.objects.filter(
        attempt__share=share, state=PaymentState.RECORDED, currency=share.currency
    )
    rest = sum(payment.unallocated_minor for payment in payments)
    return Money(rest, share.currency) if rest else None


def receipt_of(share: InvoiceShare, code: str) -> Receipt | None:
    """A receipt for money of this share: the one with this code, else the newest."""
    receipts = Receipt.objects.filter(
        Q(payment__allocations__share=share) | Q(payment__attempt__share=share),
        payment__state=PaymentState.RECORDED,
    )
    if code:
        receipts = receipts.filter(code=code)
    newest: Receipt | None = receipts.select_related("document").order_by("-number").first()
    return newest


def _receipt_code(payment: Payment) -> str:
    receipt: Receipt | None = getattr(payment, "receipt", None)
    return receipt.code if receipt else ""
