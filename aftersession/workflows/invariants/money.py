# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from aftersession.billing.models import CreditNote, Invoice, InvoiceLine, InvoiceShare
from aftersession.lib import clock
from aftersession.payments.disputes import taken_by
from aftersession.payments.models import (
    Allocation,
    AttemptState,
    Dispute,
    DisputeState,
    Payment,
    PaymentAttempt,
    Refund,
    RefundState,
)
from aftersession.practices.models import Practice
from aftersession.workflows.invariants.breach import Breach

DOUBT_WINDOW = timedelta(hours=24)


def one_currency(practice: Practice) -> Iterator[Breach]:
    """I-11: no sum mixes currencies. (Integers are kept by the columns themselves.)"""
    for share in InvoiceShare.objects.exclude(currency=F("invoice__currency")):
        yield Breach("I-11", practice.code, share.code, "has another currency than its invoice")
    for row in Allocation.objects.exclude(payment__currency=F("share__currency")):
        yield Breach("I-11", practice.code, f"allocation {row.pk}", "joins two currencies")


def payments_not_overused(practice: Practice) -> Iterator[Breach]:
    """I-13: what a payment settles and what was refunded is at most what came in."""
    used = Payment.objects.annotate(used=Coalesce(Sum("allocations__amount_minor"), 0))
    spoken_for = F("used") + F("refunded_minor") + F("refunding_minor") + F("disputed_minor")
    for payment in used.filter(Q(amount_minor__lt=spoken_for) | Q(used__lt=0)):
        yield Breach("I-13", practice.code, payment.code, "is used for more than came in")


def shares_not_oversettled(practice: Practice) -> Iterator[Breach]:
    """I-14: no share, and so no invoice, is settled past what it comes to."""
    settled = F("allocated_minor") + F("credited_minor") + F("written_off_minor")
    for share in InvoiceShare.objects.filter(amount_minor__lt=settled - F("transferred_minor")):
        yield Breach("I-14", practice.code, share.code, "is settled past its amount")


def parts_make_the_whole(practice: Practice) -> Iterator[Breach]:
    """I-18: lines, discounts and shares partition the total exactly."""
    for invoice in Invoice.objects.prefetch_related("lines", "shares"):
        lines, shares = invoice.lines.all(), invoice.shares.all()
        totals = (
            sum(line.net_minor for line in lines),
            sum(line.tax_minor for line in lines),
            sum(line.gross_minor for line in lines),
            sum(share.amount_minor for share in shares),
            sum(share.transferred_minor for share in shares),
        )
        whole = (invoice.net_minor, invoice.tax_minor, invoice.total_minor, invoice.total_minor, 0)
        if totals != whole:
            yield Breach("I-18", practice.code, invoice.code, "is not the sum of its parts")
        for line in lines:
            full = line.unit_price_minor * line.quantity - line.discount_minor - line.invoice_discount_minor
            if full != (line.gross_minor if invoice.prices_include_tax else line.net_minor):
                yield Breach("I-18", practice.code, invoice.code, f"line {line.position} loses a cent")


def credits_within_invoice(practice: Practice) -> Iterator[Breach]:
    """I-09: credit notes take back no more than the invoice had, by line and so by tax rate."""
    for line in InvoiceLine.objects.filter(credits__isnull=False).annotate(
        back=Sum("credits__gross_minor"),
        net_back=Sum("credits__net_minor"),
        tax_back=Sum("credits__tax_minor"),
    ):
        if line.back > line.gross_minor or line.net_back > line.net_minor or line.tax_back > line.tax_minor:
            yield Breach("I-09", practice.code, f"line {line.pk}", "is credited past what was billed")
    for note in CreditNote.objects.prefetch_related("lines", "shares"):
        lines = sum(line.gross_minor for line in note.lines.all())
        shares = sum(share.amount_minor for share in note.shares.all())
        if lines != note.total_minor or shares != note.total_minor:
            yield Breach("I-09", practice.code, note.number_label, "is not the sum of its parts")


def refunds_within_payment(practice: Practice) -> Iterator[Breach]:
    """I-16: no more is given back than came in, and each refund of a partner is recorded once."""
    live = Refund.objects.exclude(state=RefundState.FAILED)
    for row in (
        live.values("payment__code", "payment__amount_minor").annotate(back=Sum("amount_minor")).order_by()
    ):
        if row["back"] > row["payment__amount_minor"]:
            yield Breach("I-16", practice.code, row["payment__code"], "is given back past what came in")
    for refund in Refund.objects.exclude(currency=F("payment__currency")):
        yield Breach("I-16", practice.code, refund.number_label, "is of another currency than its payment")


def disputes_within_payment(practice: Practice) -> Iterator[Breach]:
    """I-44: a dispute takes no more than came in, off shares no more than that, and nothing it lacks is unused."""
    for row in Dispute.objects.annotate(off=Coalesce(Sum("parts__amount_minor"), 0)).filter(
        Q(amount_minor__gt=F("payment__amount_minor")) | Q(off__gt=F("taken_minor"))
    ):
        yield Breach("I-44", practice.code, row.code, "takes more than there was")
    for dispute in Dispute.objects.select_related("payment"):
        lacks_minor = dispute.amount_minor - taken_by(dispute)
        if not 0 <= lacks_minor <= dispute.amount_minor:
            yield Breach(
                "I-44", practice.code, dispute.code, "takes more than its amount, or less than nothing"
            )
        if dispute.state != DisputeState.WON and lacks_minor and dispute.payment.unallocated_minor:
            yield Breach("I-44", practice.code, dispute.code, "leaves unused what the bank has taken")
    for dispute in Dispute.objects.exclude(currency=F("payment__currency")):
        yield Breach("I-44", practice.code, dispute.code, "is of another currency than its payment")


def attempts_before_money(practice: Practice) -> Iterator[Breach]:
    """I-22: whatever a partner knows was committed here first, with its reference."""
    # Money found at a partner has none: somebody decided that it is ours.
    began = Q(attempt=None, stray=None)
    for payment in Payment.objects.exclude(provider="").filter(
        began | Q(attempt__created_at__gt=F("recorded_at")) | Q(external_id="")
    ):
        yield Breach("I-22", practice.code, payment.code, "came from a partner without an attempt before it")
    whole = PaymentAttempt.objects.annotate(meant=Coalesce(Sum("parts__amount_minor"), 0))
    for each in whole.exclude(meant=F("amount_minor")):
        yield Breach("I-22", practice.code, each.code, "is not the sum of what it is meant to settle")
    for attempt in PaymentAttempt.objects.filter(Q(reference="") | ~Q(external_id=""), reference=""):
        yield Breach("I-22", practice.code, attempt.code, "has no reference")


def no_silent_doubt(practice: Practice) -> Iterator[Breach]:
    """I-23: an attempt in doubt is watched, or has been for a day and is shown to staff."""
    doubtful = PaymentAttempt.objects.filter(state=AttemptState.UNKNOWN, next_check_at=None)
    for attempt in doubtful.filter(created_at__gt=clock.now() - DOUBT_WINDOW):
        yield Breach("I-23", practice.code, attempt.code, "is in doubt and nobody looks")
    asked = [RefundState.REQUESTED, RefundState.PENDING]
    for refund in Refund.objects.filter(state__in=asked, next_check_at=None):
        yield Breach("I-23", practice.code, refund.number_label, "is in doubt and nobody looks")
