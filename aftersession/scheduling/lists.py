# SPDX-License-Identifier: Apache-2.0
"""The tabs of the appointments page: which rows, in which order, how many, page by page.

Whatever comes from an address is held against a list of what is known; the rest falls back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Self
from zoneinfo import ZoneInfo

from django.db.models import Count, Min, Q, QuerySet, Sum

from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.lib.paging import PAGE_SIZE, code_in, known_in, parameters_of, search_in
from aftersession.practices.models import Member
from aftersession.scheduling.actions import LONGEST
from aftersession.scheduling.choices import attended_by
from aftersession.scheduling.models import Appointment, AppointmentStatus, PaymentType


class Tab(StrEnum):
    REQUESTED = "requested"
    UPCOMING = "upcoming"
    OPEN = "open"
    COMPLETED = "completed"
    MISSED = "missed"
    CANCELLED = "cancelled"


class Period(StrEnum):
    WEEK = "7"
    MONTH = "30"
    QUARTER = "90"
    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"


PAST_STATUS = {
    Tab.COMPLETED: AppointmentStatus.FULFILLED,
    Tab.MISSED: AppointmentStatus.NO_SHOW,
    Tab.CANCELLED: AppointmentStatus.CANCELLED,
}
"""The tabs that only grow: shown and counted for a period, never whole."""

ORDER: dict[Tab, tuple[str, ...]] = {
    Tab.REQUESTED: ("starts_at", "id"),
    Tab.UPCOMING: ("starts_at", "id"),
    Tab.OPEN: ("-ends_at", "-id"),
    Tab.COMPLETED: ("-starts_at", "-id"),
    Tab.MISSED: ("-starts_at", "-id"),
    Tab.CANCELLED: ("-starts_at", "-id"),
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What the reader asked for, after unknown values fell back to the usual."""

    tab: Tab = Tab.OPEN
    period: Period = Period.MONTH
    practitioner: str = ""
    bills_to: str = ""
    search: str = ""
    after: str = ""
    before: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Self:
        """From the parameters of an address; never raises."""
        return cls(
            tab=Tab(known_in(query, "tab", Tab, Tab.OPEN)),
            period=Period(known_in(query, "period", Period, Period.MONTH)),
            practitioner=code_in(query, "practitioner"),
            bills_to=known_in(query, "bills_to", PaymentType.values),
            search=search_in(query),
            after=code_in(query, "after"),
            before=code_in(query, "before"),
        )

    @property
    def is_filtered(self) -> bool:
        return bool(self.practitioner or self.bills_to or self.search)

    def parameters(self, **other: str) -> dict[str, str]:
        """The parameters of an address that asks for this, with some of them changed. No page."""
        chosen = {
            "tab": self.tab,
            "period": self.period,
            "practitioner": self.practitioner,
            "bills_to": self.bills_to,
            "q": self.search,
            **other,
        }
        return parameters_of(chosen, {"period": Period.MONTH})


@dataclass(frozen=True)
class TabCounts:
    """Requested, upcoming and open exactly, the others of the period; what the open ones come to."""

    by_tab: Mapping[Tab, int]
    open_total: Money
    oldest_open_at: datetime | None


@dataclass(frozen=True)
class Page:
    """One page of appointments with the codes that its neighbours begin after or end before."""

    appointments: list[Appointment]
    after: str
    before: str


def visible_appointments(member: Member) -> "QuerySet[Appointment]":
    """All that this member may see: a practitioner's own, everybody's for the others."""
    rows: QuerySet[Appointment] = Appointment.objects.for_practice(member.practice)
    if not member.sees_everyone:
        # Somebody with the role but no entry as practitioner treats nobody: no rows.
        rows = rows.filter(practitioner_id=member.practitioner_id or 0)
    return rows


def count_tabs(member: Member, choice: Choice) -> TabCounts:
    """How many appointments each tab holds under the chosen filters. Two queries."""
    now, practice = clock.now(), member.practice
    rows = _filtered(visible_appointments(member), choice)
    is_open = Q(status=AppointmentStatus.BOOKED, ends_at__lte=now)
    live = rows.filter(status__in=[AppointmentStatus.REQUESTED, AppointmentStatus.BOOKED]).aggregate(
        requested=Count("id", filter=Q(status=AppointmentStatus.REQUESTED)),
        upcoming=Count("id", filter=Q(status=AppointmentStatus.BOOKED, ends_at__gt=now)),
        open=Count("id", filter=is_open),
        total=Sum("price_minor", filter=is_open & Q(currency=practice.currency, is_prepaid=False)),
        oldest=Min("ends_at", filter=is_open),
    )
    since, until = bounds(choice.period, practice.time_zone)
    past = dict(
        rows.filter(status__in=list(PAST_STATUS.values()), starts_at__gte=since, starts_at__lt=until)
        .values_list("status")
        .annotate(count=Count("id"))
    )
    return TabCounts(
        by_tab={
            Tab.REQUESTED: live["requested"],
            Tab.UPCOMING: live["upcoming"],
            Tab.OPEN: live["open"],
            **{tab: past.get(status, 0) for tab, status in PAST_STATUS.items()},
        },
        open_total=Money(live["total"] or 0, practice.currency),
        oldest_open_at=live["oldest"],
    )


def list_appointments(member: Member, choice: Choice, *, size: int = PAGE_SIZE) -> Page:
    """A page of the chosen tab, by keyset: as quick on the last page as on the first.

    An anchor that is not the member's to see leads to the first page.
    """
    rows = _filtered(rows_of(member, choice), choice)
    order = ORDER[choice.tab]
    anchor = _anchor(member, choice.after or choice.before)
    backwards = bool(choice.before) and anchor is not None and not choice.after
    if anchor is not None:
        rows = rows.filter(_beyond(anchor, order, backwards=backwards))
    if backwards:
        order = tuple(name.removeprefix("-") if name.startswith("-") else f"-{name}" for name in order)
    found = list(rows.order_by(*order).select_related("practitioner")[: size + 1])
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    has_next = bool(found) and (backwards or more)
    has_previous = bool(found) and (more if backwards else anchor is not None)
    return Page(
        found,
        after=found[-1].code if has_next else "",
        before=found[0].code if has_previous else "",
    )


def rows_of(member: Member, choice: Choice) -> "QuerySet[Appointment]":
    """The appointments of a tab, before filters."""
    rows, now = visible_appointments(member), clock.now()
    if choice.tab == Tab.REQUESTED:
        return rows.filter(status=AppointmentStatus.REQUESTED)
    if choice.tab == Tab.UPCOMING:
        # No session is longer than LONGEST: the first bound lets the index by start do the work.
        return rows.filter(status=AppointmentStatus.BOOKED, starts_at__gt=now - LONGEST, ends_at__gt=now)
    if choice.tab == Tab.OPEN:
        return rows.filter(status=AppointmentStatus.BOOKED, ends_at__lte=now)
    since, until = bounds(choice.period, member.practice.time_zone)
    return rows.filter(status=PAST_STATUS[choice.tab], starts_at__gte=since, starts_at__lt=until)


def bounds(period: Period, time_zone: str) -> tuple[datetime, datetime]:
    """From when until when a period runs, whole days of the practice; today belongs to it."""
    today = clock.today(time_zone)
    first, last = today.replace(day=1), today
    if period == Period.LAST_MONTH:
        last = first - timedelta(days=1)
        first = last.replace(day=1)
    elif period != Period.THIS_MONTH:
        first = today - timedelta(days=int(period) - 1)
    return day_start(first, time_zone), day_start(last + timedelta(days=1), time_zone)


def day_start(day: date, time_zone: str) -> datetime:
    """Midnight at the practice, as an instant."""
    return datetime.combine(day, time(), tzinfo=ZoneInfo(time_zone))


def _filtered(rows: "QuerySet[Appointment]", choice: Choice) -> "QuerySet[Appointment]":
    if choice.practitioner:
        rows = rows.filter(practitioner__code=choice.practitioner)
    if choice.bills_to:
        rows = rows.filter(payment_type=choice.bills_to)
    return rows.filter(*attended_by(choice.search))


def _anchor(member: Member, code: str) -> Appointment | None:
    return visible_appointments(member).filter(code=code).first() if code else None


def _beyond(anchor: Appointment, order: tuple[str, ...], *, backwards: bool) -> Q:
    """The rows behind the anchor in this order (before it, when paging backwards)."""
    column = order[0].removeprefix("-")
    operator = "lt" if order[0].startswith("-") != backwards else "gt"
    value = getattr(anchor, column)
    return Q(**{f"{column}__{operator}": value}) | Q(**{column: value, f"id__{operator}": anchor.pk})
