# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import F, Q, Sum
from django.db.models.functions import Coalesce

from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.lib import clock
from aftersession.payments.models import Allocation, AttemptState, Payment, PaymentAttempt
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
    for payment in used.filter(Q(amount_minor__lt=F("used") + F("refunded_minor")) | Q(used__lt=0)):
        yield Breach("I-13", practice.code, payment.code, "is used for more than came in")


def shares_not_oversettled(practice: Practice) -> Iterator[Breach]:
    """I-14: no share, and so no invoice, is settled past what it comes to."""
    settled = F("allocated_minor") + F("credited_minor") + F("written_off_minor")
    for share in InvoiceShare.objects.filter(amount_minor__lt=settled):
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
        )
        if totals != (invoice.net_minor, invoice.tax_minor, invoice.total_minor, invoice.total_minor):
            yield Breach("I-18", practice.code, invoice.code, "is not the sum of its parts")
        for line in lines:
            full = line.unit_price_minor * line.quantity - line.discount_minor - line.invoice_discount_minor
            if full != (line.gross_minor if invoice.prices_include_tax else line.net_minor):
                yield Breach("I-18", practice.code, invoice.code, f"line {line.position} loses a cent")


def attempts_before_money(practice: Practice) -> Iterator[Breach]:
    """I-22: whatever a partner knows was committed here first, with its reference."""
    for payment in Payment.objects.exclude(provider="").filter(
        Q(attempt=None) | Q(attempt__created_at__gt=F("recorded_at")) | Q(external_id="")
    ):
        yield Breach("I-22", practice.code, payment.code, "came from a partner without an attempt before it")
    for attempt in PaymentAttempt.objects.filter(Q(reference="") | ~Q(external_id=""), reference=""):
        yield Breach("I-22", practice.code, attempt.code, "has no reference")


def no_silent_doubt(practice: Practice) -> Iterator[Breach]:
    """I-23: an attempt in doubt is watched, or has been for a day and is shown to staff."""
    doubtful = PaymentAttempt.objects.filter(state=AttemptState.UNKNOWN, next_check_at=None)
    for attempt in doubtful.filter(created_at__gt=clock.now() - DOUBT_WINDOW):
        yield Breach("I-23", practice.code, attempt.code, "is in doubt and nobody looks")
