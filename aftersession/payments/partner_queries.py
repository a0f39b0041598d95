# SPDX-License-Identifier: Apache-2.0
"""Reads of what partners paid out, took back and hold, with the doors from a public code."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.http import Http404

from aftersession.billing.lists import NUMBER
from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState
from aftersession.billing.numbers import INVOICES
from aftersession.billing.queries import visible_invoices
from aftersession.lib.money import Money
from aftersession.lib.paging import PAGE_SIZE
from aftersession.lib.references import normalise
from aftersession.payments.models import (
    Dispute,
    DisputeState,
    Inquiry,
    InquiryState,
    LineKind,
    Payment,
    Payout,
    PayoutLine,
    StrayPayment,
    StrayState,
)
from aftersession.payments.queries import visible_payments
from aftersession.practices.models import Member

NEEDS_A_LOOK = Q(state=DisputeState.OPEN) | Q(seen_at=None)
"""Disputes that staff have something to do about."""


@dataclass(frozen=True)
class PayoutPage:
    """One page of payouts, and the code that the next one begins after."""

    rows: list[Payout]
    after: str


@dataclass(frozen=True)
class PayoutDetails:
    """A payout with what it is made of. Amounts are of its currency.

    `unexplained` is what reached the bank beyond what the lines come to; `strange` are lines of money that
    is not in the books here.
    """

    payout: Payout
    lines: Sequence[PayoutLine]
    gross: Money
    kept: Money
    unexplained: Money
    strange: Sequence[PayoutLine]

    @property
    def adds_up(self) -> bool:
        return bool(self.lines) and self.unexplained.is_zero and not self.strange


def list_payouts(member: Member, *, after: str = "", size: int = PAGE_SIZE) -> PayoutPage:
    """A page of payouts, the latest day first, by keyset."""
    rows: QuerySet[Payout] = Payout.objects.for_practice(member.practice)
    anchor = rows.filter(code=after).first() if after else None
    if anchor is not None:
        day = anchor.paid_on
        rows = rows.filter(Q(paid_on__lt=day) | Q(paid_on=day, pk__lt=anchor.pk))
    found = list(rows.select_related("connection").order_by("-paid_on", "-pk")[: size + 1])
    return PayoutPage(found[:size], found[size - 1].code if len(found) > size else "")


def payout_for(member: Member, code: str) -> PayoutDetails:
    """A payout with its lines, or Http404 alike for none and for another's."""
    rows: QuerySet[Payout] = Payout.objects.for_practice(member.practice)
    payout = rows.select_related("connection").filter(code=code).first()
    if payout is None:
        raise Http404
    lines = list(
        payout.lines.select_related("payment", "refund__payment", "dispute__payment", "returned").order_by(
            "pk"
        )
    )
    gross_minor = sum(line.amount_minor for line in lines)
    kept_minor = sum(line.fee_minor for line in lines)
    unexplained_minor = payout.amount_minor - gross_minor + kept_minor if lines else 0
    return PayoutDetails(
        payout=payout,
        lines=lines,
        gross=Money(gross_minor, payout.currency),
        kept=Money(kept_minor, payout.currency),
        unexplained=Money(unexplained_minor, payout.currency),
        strange=[
            line
            for line in lines
            if line.kind != LineKind.FEE and line.returned is None and payment_of_line(line) is None
        ],
    )


def payment_of_line(line: PayoutLine) -> Payment | None:
    """The payment that a line of a payout is about, if it is in the books."""
    if line.refund is not None:
        return line.refund.payment
    if line.dispute is not None:
        return line.dispute.payment
    return line.payment


def disputes_of(payment: Payment) -> list[Dispute]:
    """Every dispute over a payment, in order."""
    return list(Dispute.objects.filter(payment=payment).prefetch_related("takings__dispute").order_by("pk"))


def inquiries_about(payment: Payment) -> list[Inquiry]:
    """What banks ask about a payment and have not let be yet, in order."""
    return list(Inquiry.objects.filter(payment=payment).exclude(state=InquiryState.CLOSED).order_by("pk"))


def disputes_about(invoice: Invoice) -> list[Dispute]:
    """The disputes that took money off an invoice and that staff have something to do about."""
    rows = Dispute.objects.filter(NEEDS_A_LOOK, parts__share__invoice=invoice).distinct()
    return list(rows.select_related("payment").order_by("pk"))


def dispute_for(member: Member, code: str) -> Dispute:
    """The dispute with its payment, or Http404 alike for none and for another's."""
    rows = Dispute.objects.for_practice(member.practice).select_related("payment")
    dispute: Dispute | None = rows.filter(code=code, payment__in=visible_payments(member)).first()
    if dispute is None:
        raise Http404
    return dispute


def list_strays(member: Member) -> list[StrayPayment]:
    """Money found at partners that somebody has to decide about, and what was set aside lately."""
    rows: QuerySet[StrayPayment] = StrayPayment.objects.for_practice(member.practice)
    rows = rows.exclude(state=StrayState.TAKEN_IN).select_related("connection")
    return list(rows.order_by("-state", "-paid_on", "-pk")[:PAGE_SIZE])


def stray_for(member: Member, code: str) -> StrayPayment:
    """The money found at a partner, or Http404 alike for none and for another's."""
    rows = StrayPayment.objects.for_practice(member.practice).select_related("connection")
    stray: StrayPayment | None = rows.filter(code=code).first()
    if stray is None:
        raise Http404
    return stray


def share_of_number(member: Member, text: str) -> InvoiceShare | None:
    """What a client or a responsible person was billed by the invoice of this number or payment reference."""
    sought = Q(pk__in=[])
    if number := NUMBER.fullmatch(text.strip()):
        sought |= Q(series=INVOICES, number=int(number[1]))
    if reference := normalise(text):
        sought |= Q(payment_reference=reference)
    invoices = visible_invoices(member).filter(sought, state=InvoiceState.ISSUED)
    rows = InvoiceShare.objects.for_practice(member.practice).filter(invoice__in=invoices, payer=None)
    found: InvoiceShare | None = (
        rows.select_related("account", "guarantor", "patient", "invoice__patient").order_by("pk").first()
    )
    return found
