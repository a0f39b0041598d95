# SPDX-License-Identifier: Apache-2.0
"""What the list page says and links to, put together from counts and rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.practices.models import Member
from aftersession.scheduling.lists import Choice, Page, Period, Tab, TabCounts
from aftersession.scheduling.queries import AppointmentRow
from aftersession.scheduling.wording import day_heading, how_long_ago


@dataclass(frozen=True)
class TabLink:
    """One tab with its count."""

    label: str
    url: str
    count: int
    is_current: bool
    is_pressing: bool


@dataclass(frozen=True)
class DayGroup:
    """The rows of one day under its heading."""

    heading: str
    rows: list[AppointmentRow]


def list_url(choice: Choice, **other: str) -> str:
    """The address of the list with some parameters changed; always its first page unless told."""
    query = urlencode(choice.parameters(**other))
    return reverse("desk:appointment_list") + (f"?{query}" if query else "")


def tab_links(choice: Choice, counts: TabCounts) -> list[TabLink]:
    """The tabs; Requested only once somebody has asked for an appointment."""
    labels = {
        Tab.REQUESTED: _("Requested"),
        Tab.UPCOMING: _("Upcoming"),
        Tab.OPEN: _("Open"),
        Tab.COMPLETED: _("Completed"),
        Tab.MISSED: _("Missed"),
        Tab.CANCELLED: _("Cancelled"),
    }
    links = []
    for tab, label in labels.items():
        count, is_current = counts.by_tab[tab], tab == choice.tab
        if tab == Tab.REQUESTED and not count and not is_current:
            continue
        is_pressing = tab == Tab.OPEN and count > 0
        links.append(TabLink(label, list_url(choice, tab=tab), count, is_current, is_pressing))
    return links


def by_day(rows: Iterable[AppointmentRow], today: date) -> list[DayGroup]:
    """Rows in their order, a heading for each day."""
    return [
        DayGroup(day_heading(day, today), list(group)) for day, group in groupby(rows, lambda row: row.day)
    ]


def at_no_charge(rows: Iterable[AppointmentRow], reasons: Mapping[str, str]) -> list[AppointmentRow]:
    """The same rows; those that were completed at no charge say so, and come to nothing."""
    return [
        replace(
            row,
            amount=Money(0, row.amount.currency),
            reason=_("No charge: %(reason)s") % {"reason": reasons[row.code]},
        )
        if row.code in reasons
        else row
        for row in rows
    ]


def page_links(choice: Choice, page: Page) -> dict[str, str]:
    """Where the neighbouring pages are; empty where there is none."""
    return {
        "next": list_url(choice, after=page.after) if page.after else "",
        "previous": list_url(choice, before=page.before) if page.before else "",
    }


def lead(choice: Choice, counts: TabCounts, member: Member) -> SafeString:
    """The sentence that answers the page: how many there are, and the one fact that matters about them."""
    count = counts.by_tab[choice.tab]
    if choice.tab == Tab.OPEN:
        return _open_lead(count, counts.oldest_open_at, member.practice.time_zone)
    if choice.tab == Tab.UPCOMING:
        text = ngettext(
            "<b>{count} appointment</b> is coming up.", "<b>{count} appointments</b> are coming up.", count
        )
        return format_html(text if count else _("<b>No appointment</b> is coming up."), count=count)
    if choice.tab == Tab.REQUESTED:
        text = ngettext("<b>{count} request</b> waits.", "<b>{count} requests</b> wait.", count)
        return format_html(text if count else _("<b>No request</b> waits."), count=count)
    return format_html(_past_text(choice.tab, count), count=count, period=_period_phrase(choice.period))


def _open_lead(count: int, oldest: datetime | None, time_zone: str) -> SafeString:
    if oldest is None:
        return mark_safe(_("<b>No session</b> is open. All that ended is dealt with."))
    text = ngettext(
        "<b>{count} session</b> is open. It ended <b>{ago}</b>.",
        "<b>{count} sessions</b> are open. The oldest ended <b>{ago}</b>.",
        count,
    )
    ago = how_long_ago(clock.local(oldest, time_zone).date(), clock.today(time_zone))
    return format_html(text, count=count, ago=ago)


def _past_text(tab: Tab, count: int) -> str:
    if tab == Tab.COMPLETED:
        return ngettext(
            "<b>{count} session</b> was completed {period}.",
            "<b>{count} sessions</b> were completed {period}.",
            count,
        )
    if tab == Tab.MISSED:
        return ngettext(
            "<b>{count} session</b> was missed {period}.",
            "<b>{count} sessions</b> were missed {period}.",
            count,
        )
    return ngettext(
        "<b>{count} appointment</b> {period} was cancelled.",
        "<b>{count} appointments</b> {period} were cancelled.",
        count,
    )


def _period_phrase(period: Period) -> str:
    return {
        Period.WEEK: _("in the last 7 days"),
        Period.MONTH: _("in the last 30 days"),
        Period.QUARTER: _("in the last 90 days"),
        Period.THIS_MONTH: _("this month"),
        Period.LAST_MONTH: _("last month"),
    }[period]
