# SPDX-License-Identifier: Apache-2.0
"""What of the books one pay link shows: the money of its own share or account."""

from django.db.models import Q

from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.lib.money import Money
from aftersession.payments.models import (
    Allocation,
    AttemptPart,
    Payment,
    PaymentLink,
    PaymentState,
    Receipt,
)


def settled_parts(share: InvoiceShare) -> list[tuple[Allocation, str]]:
    """What settles a share now, oldest first, each with the code of its receipt."""
    live = (
        Allocation.objects.filter(share=share, undoes=None, undone_by=None)
        .select_related("payment__receipt")
        .order_by("pk")
    )
    return [(each, _receipt_code(each.payment)) for each in live]


def surplus_of(link: PaymentLink) -> Money | None:
    """What was paid on this page beyond what was open, and waits for the practice's decision."""
    currency = link.share.currency if link.share else link.practice.currency
    payments = Payment.objects.filter(_paid_by(link), state=PaymentState.RECORDED, currency=currency)
    rest = sum(payment.unallocated_minor for payment in payments)
    return Money(rest, currency) if rest else None


def receipt_of(link: PaymentLink, code: str) -> Receipt | None:
    """A receipt for money of this page: the one with this code, else the newest."""
    mine = Q(payment__in=Payment.objects.filter(_paid_by(link)).values("pk"))
    if link.share is not None:
        mine |= Q(payment__in=Allocation.objects.filter(share=link.share).values("payment"))
    receipts = Receipt.objects.filter(mine, payment__state=PaymentState.RECORDED)
    if code:
        receipts = receipts.filter(code=code)
    newest: Receipt | None = receipts.select_related("document").order_by("-number").first()
    return newest


def number_of_successor(invoice: Invoice) -> str:
    """The number of the invoice that took another's place, once it has one."""
    successor = Invoice.objects.filter(corrects=invoice, number__isnull=False).order_by("-pk").first()
    return successor.number_label if successor else ""


def _paid_by(link: PaymentLink) -> Q:
    """Payments that came through a page: for its share, or by the account's own link."""
    if link.share is None:
        return Q(attempt__link=link)
    return Q(attempt__in=AttemptPart.objects.filter(share=link.share).values("attempt"))


def _receipt_code(payment: Payment) -> str:
    receipt: Receipt | None = getattr(payment, "receipt", None)
    return receipt.code if receipt else ""
