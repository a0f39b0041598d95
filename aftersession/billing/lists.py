# SPDX-License-Identifier: Apache-2.0
"""The tabs of the invoices page: which invoices, how many, and what the practice is owed.

Whatever comes from an address is held against a list of what is known; the rest falls back.
Which insurers are late is known further up, from the claims: callers pass it in as a condition.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Self

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, When
from django.db.models.functions import Coalesce

from aftersession.billing.models import CreditNote, DebtorKind, Invoice, InvoiceShare, InvoiceState
from aftersession.billing.models.shares import OPEN, OPEN_MINOR, due_before
from aftersession.billing.numbers import CREDIT_NOTES, INVOICES
from aftersession.billing.queries import visible_credit_notes, visible_invoices
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.lib.paging import PAGE_SIZE, code_in, known_in, parameters_of, search_in
from aftersession.lib.references import normalise
from aftersession.patients.search import named, typed_words
from aftersession.practices.models import Member, Practice

NUMBER = re.compile(rf"(?:{INVOICES}[\s-]*)?0*(\d{{1,9}})", re.IGNORECASE)


class Tab(StrEnum):
    ALL = "all"
    DRAFT = "draft"
    CLIENT = "client"
    INSURER = "insurer"
    OVERDUE = "overdue"
    PAID = "paid"
    VOID = "void"


GROWING = (Tab.ALL, Tab.PAID, Tab.VOID)
"""The tabs that only grow: shown and counted for a period, never whole."""


class Period(StrEnum):
    MONTH = "30"
    QUARTER = "90"
    YEAR = "365"
    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"
    ANY = "any"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the reader asked for, after unknown values fell back to the usual."""

    tab: Tab = Tab.ALL
    period: str = ""
    owes: str = ""
    practitioner: str = ""
    search: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the parameters of an address; never raises."""
        return cls(
            tab=Tab(known_in(query, "tab", Tab, Tab.ALL)),
            period=known_in(query, "period", Period),
            owes=known_in(query, "owes", DebtorKind.values),
            practitioner=code_in(query, "practitioner"),
            search=search_in(query),
            after=code_in(query, "after"),
            before=code_in(query, "before"),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.period) or self.is_narrowed

    @property
    def usual_period(self) -> Period:
        """What a tab shows unless asked: worklists are whole, and so is a search."""
        return Period.QUARTER if self.tab in GROWING and not self.search else Period.ANY

    @property
    def shown_period(self) -> Period:
        return Period(self.period) if self.period else self.usual_period

    @property
    def counted_period(self) -> Period | None:
        """What the growing tabs are counted for, whichever is shown; nothing where that would read them whole."""
        period = Period(self.period) if self.period else Period.QUARTER
        return None if period == Period.ANY or self.is_narrowed else period

    @property
    def is_narrowed(self) -> bool:
        """Whether rows are left out that the counts of the tabs know of."""
        return bool(self.owes or self.practitioner or self.search)

    def parameters(self, **other: str) -> dict[str, str]:
        """The parameters of an address that asks for this, with some of them changed. No page."""
        chosen = {
            "tab": self.tab,
            "period": self.period,
            "owes": self.owes,
            "practitioner": self.practitioner,
            "q": self.search,
            **other,
        }
        return parameters_of(chosen, {"tab": Tab.ALL})


@dataclass(frozen=True)
class Page:
    """One page of invoices with the codes that its neighbours begin after or end before."""

    invoices: list[Invoice]
    after: str
    before: str


@dataclass(frozen=True)
class Owed:
    """What the practice is owed, by whom and how urgently, and how many invoices each tab holds."""

    insurers: Money
    clients: Money
    overdue: Money
    counts: Mapping[Tab, int]

    @property
    def total(self) -> Money:
        return self.insurers + self.clients + self.overdue


def list_invoices(member: Member, choice: Choice, *, late: Q, size: int = PAGE_SIZE) -> Page:
    """A page of the chosen tab, newest first, by keyset: as quick on the last page as on the first.

    `late` is the condition on a share whose insurer is past its time. An anchor that is not the
    member's to see leads to the first page.
    """
    rows = _of_tab(_filtered(visible_invoices(member), member, choice), member.practice, choice.tab, late)
    rows = rows.select_related("patient", "practitioner")
    edge, backwards = choice.after or choice.before, bool(choice.before) and not choice.after
    beyond = _beyond(member, edge, backwards=backwards) if edge else Q()
    found = list(rows.filter(beyond).order_by("pk" if backwards else "-pk")[: size + 1])
    if edge and not found:
        edge, backwards = "", False
        found = list(rows.order_by("-pk")[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next = bool(found) and (backwards or more)
    has_previous = bool(found) and (more if backwards else bool(edge))
    return Page(
        found,
        after=found[-1].code if has_next else "",
        before=found[0].code if has_previous else "",
    )


def count_owed(member: Member, *, late: Q) -> Owed:
    """Every open amount the member may see, exactly, by one read of the open shares."""
    today, currency = clock.today(member.practice.time_zone), member.practice.currency
    is_payer = Q(debtor_kind=DebtorKind.PAYER)
    is_late = (is_payer & late) | (~is_payer & due_before(today))
    # The condition asks the claims once a row, not once a sum.
    marked = _shares(member).annotate(
        late=Case(When(is_late, then=1), default=0, output_field=IntegerField()),
        insured=Case(When(is_payer, then=1), default=0, output_field=IntegerField()),
    )
    rows = marked.filter(OPEN, invoice__state=InvoiceState.ISSUED, currency=currency)
    counts = dict.fromkeys((Tab.CLIENT, Tab.INSURER, Tab.OVERDUE), 0)
    owed = {"insurers": 0, "clients": 0, "overdue": 0}
    grouped = rows.order_by().values("late", "insured")
    for row in grouped.annotate(count=Count("invoice", distinct=True), owed=Sum(OPEN_MINOR)):
        counts[Tab.INSURER if row["insured"] else Tab.CLIENT] += row["count"]
        counts[Tab.OVERDUE] += row["count"] * row["late"]
        owed["overdue" if row["late"] else "insurers" if row["insured"] else "clients"] += row["owed"]
    return Owed(**{name: Money(minor, currency) for name, minor in owed.items()}, counts=counts)


def count_invoices(member: Member, period: Period | None) -> Mapping[Tab, int]:
    """The drafts exactly, and how many invoices of a period the growing tabs hold. One query, whatever is counted."""
    rows = visible_invoices(member)
    counted = {Tab.DRAFT: rows.filter(state=InvoiceState.DRAFT)}
    if period is not None:
        of_period = _in_period(rows, member.practice, period)
        issued = of_period.filter(state=InvoiceState.ISSUED)
        counted |= {
            Tab.ALL: of_period.exclude(state=InvoiceState.DISCARDED),
            Tab.PAID: issued.filter(superseded_at=None).exclude(Exists(_open_shares())),
            Tab.VOID: of_period.filter(state=InvoiceState.VOID),
        }
    found = Practice.objects.filter(pk=member.practice_id).values_list(*map(_how_many, counted.values()))
    return dict(zip(counted, found.get(), strict=True))


def bounds(period: Period, time_zone: str) -> tuple[date, date]:
    """The first and last day of a period; today belongs to it."""
    today = clock.today(time_zone)
    first = today.replace(day=1)
    if period == Period.LAST_MONTH:
        last = first - timedelta(days=1)
        return last.replace(day=1), last
    # A session may be billed ahead of its day: what is recent has no end.
    return (first if period == Period.THIS_MONTH else today - timedelta(days=int(period) - 1)), date.max


def _of_tab(rows: "QuerySet[Invoice]", practice: Practice, tab: Tab, late: Q) -> "QuerySet[Invoice]":
    states = {Tab.DRAFT: InvoiceState.DRAFT, Tab.VOID: InvoiceState.VOID}
    if tab == Tab.ALL:
        return rows.exclude(state=InvoiceState.DISCARDED)
    if tab in states:
        return rows.filter(state=states[tab])
    rows = rows.filter(state=InvoiceState.ISSUED)
    is_payer = Q(debtor_kind=DebtorKind.PAYER)
    if tab == Tab.PAID:
        return rows.filter(superseded_at=None).exclude(Exists(_open_shares()))
    if tab == Tab.CLIENT:
        return rows.filter(Exists(_open_shares().exclude(is_payer)))
    if tab == Tab.INSURER:
        return rows.filter(Exists(_open_shares().filter(is_payer)))
    today = clock.today(practice.time_zone)
    people = _open_shares().exclude(is_payer)
    late_people = Q(due_on__lt=today) & Exists(people.filter(due_on=None)) | Exists(
        people.filter(due_on__lt=today)
    )
    late_payer = Exists(_open_shares().filter(is_payer & late))
    return rows.filter(late_people | late_payer)


def _filtered(rows: "QuerySet[Invoice]", member: Member, choice: Choice) -> "QuerySet[Invoice]":
    rows = _in_period(rows, member.practice, choice.shown_period)
    if choice.practitioner:
        rows = rows.filter(practitioner__code=choice.practitioner)
    if choice.owes:
        rows = rows.filter(Exists(_open_shares().filter(debtor_kind=choice.owes)))
    return rows.filter(_sought(choice.search)) if choice.search else rows


def _sought(text: str) -> Q:
    """By number, by payment reference, or by the beginnings of the client's names."""
    sought = Q(pk__in=[])
    if number := NUMBER.fullmatch(text):
        sought |= Q(series=INVOICES, number=int(number[1]))
    if reference := normalise(text):
        sought |= Q(payment_reference=reference)
    if typed_words(text):
        sought |= Q(*named(text, patient="patient"))
    return sought


def _in_period(rows: "QuerySet[Invoice]", practice: Practice, period: Period) -> "QuerySet[Invoice]":
    if period == Period.ANY:
        return rows
    first, last = bounds(period, practice.time_zone)
    return rows.filter(service_on__gte=first, service_on__lte=last)


def _open_shares() -> "QuerySet[InvoiceShare]":
    return InvoiceShare.objects.filter(OPEN, invoice=OuterRef("pk"))


def _how_many(rows: "QuerySet[Invoice]") -> Coalesce:
    counted = rows.order_by().values("practice").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)


def _shares(member: Member) -> "QuerySet[InvoiceShare]":
    shares: QuerySet[InvoiceShare] = InvoiceShare.objects.for_practice(member.practice)
    if member.sees_everyone:
        return shares
    return shares.filter(invoice__practitioner=member.practitioner_id or 0)


def _beyond(member: Member, code: str, *, backwards: bool) -> Q:
    """The invoices behind one in the list, or before it; none where the code is nobody's to see."""
    edge = visible_invoices(member).filter(code=code).values("pk")[:1]
    return Q(pk__gt=Subquery(edge)) if backwards else Q(pk__lt=Subquery(edge))


@dataclass(frozen=True)
class CreditNotePage:
    """One page of credit notes, and the code that the next one begins after."""

    notes: list[CreditNote]
    after: str


def list_credit_notes(
    member: Member, *, search: str = "", period: Period = Period.ANY, after: str = "", size: int = PAGE_SIZE
) -> CreditNotePage:
    """A page of credit notes, the highest number first, by keyset."""
    rows = visible_credit_notes(member)
    anchor = rows.filter(code=after).first() if after else None
    if search:
        rows = rows.filter(_sought_note(search))
    elif period != Period.ANY:
        first, last = bounds(period, member.practice.time_zone)
        rows = rows.filter(issued_on__gte=first, issued_on__lte=last)
    if anchor is not None:
        rows = rows.filter(number__lt=anchor.number)
    found = list(rows.order_by("-number")[: size + 1])
    return CreditNotePage(found[:size], found[size - 1].code if len(found) > size else "")


def _sought_note(text: str) -> Q:
    """By its own number, by the invoice's, or by the beginnings of the client's names."""
    sought, plain_text = Q(pk__in=[]), text.upper()
    if number := NUMBER.fullmatch(plain_text.removeprefix(f"{CREDIT_NOTES}-")):
        column = "invoice__number" if plain_text.startswith(INVOICES) else "number"
        sought |= Q(**{column: int(number[1])})
    if typed_words(text):
        names = Q()
        for condition in named(text, patient="invoice__patient"):
            names &= Q(condition)
        sought |= names
    return sought
