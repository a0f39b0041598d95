# SPDX-License-Identifier: Apache-2.0
"""Reads of money that came in. `payment_for` and `receipt_for` are the only doors from a public code."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypeVar

from django.db.models import Count, F, Model, Q, QuerySet, Sum
from django.http import Http404

from aftersession.billing.lists import NUMBER, Period, bounds
from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState
from aftersession.billing.models.shares import OPEN
from aftersession.billing.queries import visible_invoices
from aftersession.lib.money import Money
from aftersession.lib.paging import PAGE_SIZE, Page, code_in, cut, known_in, parameters_of, search_in
from aftersession.patients.search import named, typed_words
from aftersession.payments.models import (
    UNUSED,
    USED,
    Allocation,
    AttemptPart,
    Payment,
    PaymentLink,
    PaymentMethod,
    PaymentState,
    Receipt,
    Refund,
)
from aftersession.practices.models import Member, Practice

Row = TypeVar("Row", bound=Model)

UNUSED_MINOR = F("amount_minor") - USED


class Tab(StrEnum):
    ALL = "all"
    TRAY = "tray"
    REVERSED = "reversed"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the reader of payments or receipts asked for, after unknown values fell back to the usual."""

    tab: Tab = Tab.ALL
    method: str = ""
    period: str = ""
    search: str = ""
    after: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the parameters of an address; never raises."""
        return cls(
            tab=Tab(known_in(query, "tab", Tab, Tab.ALL)),
            method=known_in(query, "method", PaymentMethod.values),
            period=known_in(query, "period", Period),
            search=search_in(query),
            after=code_in(query, "after"),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.method or self.period or self.search)

    @property
    def usual_period(self) -> Period:
        """The tray is always whole, and so is what somebody searches for."""
        return Period.ANY if self.tab == Tab.TRAY or self.search else Period.QUARTER

    @property
    def shown_period(self) -> Period:
        return Period(self.period) if self.period else self.usual_period

    def parameters(self, **other: str) -> dict[str, str]:
        """The parameters of an address that asks for this, with some of them changed. No page."""
        chosen = {
            "tab": self.tab,
            "method": self.method,
            "period": self.period,
            "q": self.search,
            **other,
        }
        return parameters_of(chosen, {"tab": Tab.ALL})


@dataclass(frozen=True)
class Received:
    """Money of a period by method, and what settles nothing yet, whenever it came."""

    by_method: Mapping[str, Money]
    total: Money
    unused: Money
    unused_count: int
    counts: Mapping[Tab, int]


def visible_payments(member: Member) -> "QuerySet[Payment]":
    """Every payment this person may see: for a practitioner, what came for their own invoices."""
    payments: QuerySet[Payment] = Payment.objects.for_practice(member.practice)
    if member.sees_everyone:
        return payments
    own = InvoiceShare.objects.for_practice(member.practice).filter(
        invoice__practitioner=member.practitioner_id or 0
    )
    settling = Allocation.objects.for_practice(member.practice).filter(share__in=own)
    meant = AttemptPart.objects.for_practice(member.practice).filter(share__in=own)
    return payments.filter(Q(pk__in=settling.values("payment")) | Q(attempt__in=meant.values("attempt")))


def payment_for(member: Member, code: str) -> Payment:
    """The payment with whose it is, or Http404 alike for none and for another's."""
    payments = visible_payments(member).select_related(
        "patient", "payer", "guarantor", "attempt__share__invoice", "connection", "practice"
    )
    payment = payments.filter(code=code).first()
    if payment is None:
        raise Http404
    return payment


def receipt_for(member: Member, code: str) -> Receipt:
    """The receipt with its payment and document, or Http404 alike for none and for another's."""
    receipts = Receipt.objects.for_practice(member.practice).select_related("payment", "document")
    receipt = receipts.filter(code=code, payment__in=visible_payments(member)).first()
    if receipt is None:
        raise Http404
    return receipt


def allocations_of(payment: Payment) -> list[Allocation]:
    """What a payment settles and settled, with the rows that undid it, in order."""
    rows = Allocation.objects.filter(payment=payment).select_related("share__invoice__patient", "undone_by")
    return list(rows.order_by("pk"))


@dataclass(frozen=True)
class SettledShare:
    """A share that a payment settles now, and how much of it (minor units)."""

    share: InvoiceShare
    amount_minor: int

    @property
    def amount(self) -> Money:
        return Money(self.amount_minor, self.share.currency)


def settled_shares(payment: Payment) -> list[SettledShare]:
    """What a payment settles now, the oldest invoice first. One query."""
    live = Allocation.objects.filter(payment=payment, undoes=None, undone_by=None)
    rows = live.select_related("share__invoice__patient", "share__account").order_by("share_id", "pk")
    found: dict[int, SettledShare] = {}
    for each in rows:
        before = found[each.share_id].amount_minor if each.share_id in found else 0
        found[each.share_id] = SettledShare(each.share, before + each.amount_minor)
    return list(found.values())


def shares_it_may_settle(member: Member, payment: Payment, *, most: int = 50) -> list[InvoiceShare]:
    """The open shares that what is unused of a payment may settle, the oldest invoice first.

    The other way round of `credit.usable_for`, as far as this person sees invoices.
    """
    rows = InvoiceShare.objects.filter(
        OPEN, invoice__state=InvoiceState.ISSUED, invoice__in=visible_invoices(member)
    ).filter(currency=payment.currency)
    if payment.payer_id is not None:
        rows = rows.filter(payer=payment.payer_id)
    elif payment.guarantor_id is not None:
        rows = rows.filter(guarantor=payment.guarantor_id)
    else:
        rows = rows.filter(account=payment.patient_id, payer=None)
    return list(
        rows.select_related("invoice__patient", "account", "payer").order_by("invoice__number", "position")[
            :most
        ]
    )


def refunds_of(payment: Payment) -> list[Refund]:
    """What of a payment was given back, or is on its way, in order."""
    return list(Refund.objects.filter(payment=payment).select_related("document").order_by("pk"))


def refund_for(member: Member, code: str) -> Refund:
    """The refund with its payment and paper, or Http404 alike for none and for another's."""
    refunds = Refund.objects.for_practice(member.practice).select_related("payment", "document")
    refund = refunds.filter(code=code, payment__in=visible_payments(member)).first()
    if refund is None:
        raise Http404
    return refund


@dataclass(frozen=True)
class RefundPage:
    """One page of refunds, and the code that the next one begins after."""

    rows: list[Refund]
    after: str


def list_refunds(member: Member, *, after: str = "", size: int = PAGE_SIZE) -> RefundPage:
    """A page of refunds, the highest number first, by keyset."""
    rows = Refund.objects.for_practice(member.practice)
    if not member.sees_everyone:
        rows = rows.filter(payment__in=visible_payments(member))
    anchor = _anchor(rows, after)
    if anchor is not None:
        rows = rows.filter(number__lt=anchor.number)
    found = list(rows.select_related("payment__patient", "document").order_by("-number")[: size + 1])
    return RefundPage(found[:size], found[size - 1].code if len(found) > size else "")


def settlements_of(invoice: Invoice) -> list[Allocation]:
    """Every payment that settled a part of an invoice and every undoing, in order."""
    rows = Allocation.objects.filter(share__invoice=invoice)
    return list(rows.select_related("payment__receipt__document", "undone_by").order_by("pk"))


def unused_for(invoice: Invoice) -> list[Payment]:
    """Money that a partner took for this invoice and that settles nothing yet."""
    return list(Payment.objects.filter(UNUSED, attempt__share__invoice=invoice).order_by("pk"))


def loose_for(invoice: Invoice) -> list[Payment]:
    """Payments that came for this invoice, or were taken off it again, and have something unused now."""
    taken_off = Allocation.objects.filter(share__invoice=invoice).exclude(undoes=None).values("payment")
    rows = Payment.objects.filter(UNUSED).filter(Q(attempt__share__invoice=invoice) | Q(pk__in=taken_off))
    return list(rows.select_related("connection").order_by("pk"))


def unused_by_invoice(practice: Practice, invoices: Iterable[Invoice]) -> dict[int, int]:
    """How much money taken for each of these invoices settles nothing yet, by invoice key. One query."""
    rows = Payment.objects.for_practice(practice).filter(UNUSED, attempt__share__invoice__in=list(invoices))
    sums = rows.order_by().values("attempt__share__invoice").annotate(unused=Sum(UNUSED_MINOR))
    return dict(sums.values_list("attempt__share__invoice", "unused"))


def links_of(invoice: Invoice) -> list[PaymentLink]:
    """The pay pages an invoice has had."""
    return list(PaymentLink.objects.filter(share__invoice=invoice).order_by("pk"))


def receipts_of(invoice: Invoice) -> list[Receipt]:
    """The receipts of the payments that settled an invoice, newest first."""
    rows = Receipt.objects.filter(payment__allocations__share__invoice=invoice).distinct()
    return list(rows.select_related("payment", "document").order_by("-number"))


def list_payments(member: Member, choice: Choice, *, size: int = PAGE_SIZE) -> Page[Payment]:
    """A page of payments, the latest day first, by keyset."""
    rows = _filtered(visible_payments(member), member.practice, choice)
    if choice.tab == Tab.TRAY:
        rows = rows.filter(UNUSED)
    elif choice.tab == Tab.REVERSED:
        rows = rows.filter(state=PaymentState.REVERSED)
    anchor = _anchor(visible_payments(member), choice.after)
    if anchor is not None:
        day = anchor.received_on
        rows = rows.filter(Q(received_on__lt=day) | Q(received_on=day, pk__lt=anchor.pk))
    rows = rows.select_related("patient", "payer", "receipt").order_by("-received_on", "-pk")
    found = list(rows.prefetch_related("allocations__share__invoice")[: size + 1])
    return cut(found, size)


def count_received(member: Member, choice: Choice) -> Received:
    """What came in a period, by method, and what lies in the tray. Two queries."""
    practice, tray = member.practice, visible_payments(member).filter(UNUSED)
    rows = _in_period(visible_payments(member), practice, choice.shown_period)
    sums = rows.order_by().values("method", "state", "currency")
    by_method: dict[str, int] = {}
    counted = dict.fromkeys(PaymentState.values, 0)
    for row in sums.annotate(count=Count("pk"), total=Sum("amount_minor")):
        counted[row["state"]] += row["count"]
        if row["state"] == PaymentState.RECORDED and row["currency"] == practice.currency:
            by_method[row["method"]] = by_method.get(row["method"], 0) + row["total"]
    unused = tray.aggregate(count=Count("pk"), total=Sum(UNUSED_MINOR, filter=Q(currency=practice.currency)))
    return Received(
        by_method={method: Money(minor, practice.currency) for method, minor in by_method.items()},
        total=Money(sum(by_method.values()), practice.currency),
        unused=Money(unused["total"] or 0, practice.currency),
        unused_count=unused["count"],
        counts={
            Tab.ALL: sum(counted.values()),
            Tab.TRAY: unused["count"],
            Tab.REVERSED: counted[PaymentState.REVERSED],
        },
    )


def list_receipts(member: Member, choice: Choice, *, size: int = PAGE_SIZE) -> Page[Receipt]:
    """A page of receipts, the highest number first, by keyset."""
    rows = Receipt.objects.for_practice(member.practice)
    if not member.sees_everyone:
        rows = rows.filter(payment__in=visible_payments(member))
    anchor = _anchor(rows, choice.after)
    if choice.search:
        rows = rows.filter(_sought_receipt(choice.search))
    elif choice.shown_period != Period.ANY:
        first, last = bounds(choice.shown_period, member.practice.time_zone)
        rows = rows.filter(payment__received_on__gte=first, payment__received_on__lte=last)
    if anchor is not None:
        rows = rows.filter(number__lt=anchor.number)
    rows = rows.select_related("payment", "document").prefetch_related("payment__allocations__share__invoice")
    found = list(rows.order_by("-number")[: size + 1])
    return cut(found, size)


def _sought_receipt(text: str) -> Q:
    number = NUMBER.fullmatch(text.upper().removeprefix("RCT-"))
    sought = Q(number=int(number[1])) if number else Q(pk__in=[])
    return sought | Q(*named(text, patient="payment__patient")) if typed_words(text) else sought


def _filtered(rows: "QuerySet[Payment]", practice: Practice, choice: Choice) -> "QuerySet[Payment]":
    rows = _in_period(rows, practice, choice.shown_period)
    if choice.method:
        rows = rows.filter(method=choice.method)
    if not choice.search:
        return rows
    words = Q(*named(choice.search, patient="patient")) if typed_words(choice.search) else Q(pk__in=[])
    return rows.filter(words | Q(reference=choice.search))


def _in_period(rows: "QuerySet[Payment]", practice: Practice, period: Period) -> "QuerySet[Payment]":
    if period == Period.ANY:
        return rows
    first, last = bounds(period, practice.time_zone)
    return rows.filter(received_on__gte=first, received_on__lte=last)


def _anchor(rows: "QuerySet[Row]", code: str) -> "Row | None":
    return rows.filter(code=code).first() if code else None
