# SPDX-License-Identifier: Apache-2.0
"""Amounts, days, times and lengths as a practice's people read them."""

from datetime import date, datetime, timedelta

from babel.dates import format_date, format_skeleton, format_time
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.lib import clock

NEAR_DAYS = 6


def day_of(value: date | datetime, zone: str) -> date:
    """The calendar day of an instant in a time zone; a date is a day already."""
    return clock.local(value, zone).date() if isinstance(value, datetime) else value


def short_day(value: date | datetime, locale: str, zone: str) -> str:
    """23 Nov in this year, 23 Nov 2025 in another."""
    day = day_of(value, zone)
    same_year = day.year == clock.today(zone).year
    return format_skeleton("MMMd" if same_year else "yMMMd", day, locale=locale)


def long_day(value: date | datetime, locale: str, zone: str) -> str:
    """Monday 23 November, with the year where it is another."""
    day = day_of(value, zone)
    same_year = day.year == clock.today(zone).year
    text = format_skeleton("MMMMEEEEd" if same_year else "yMMMMEEEEd", day, locale=locale)
    return text.replace(",", "")


def full_day(value: date | datetime, locale: str, zone: str) -> str:
    """23 November 2026: for documents and fields, where the year always matters."""
    return format_date(day_of(value, zone), "long", locale=locale)


def wall_time(value: datetime, locale: str, zone: str) -> str:
    """11:50, or 11:50 AM where a locale writes so."""
    return format_time(clock.local(value, zone).timetz(), "short", locale=locale)


def near_day(value: date | datetime, locale: str, zone: str) -> str:
    """Today, tomorrow, yesterday, a weekday within the week, else a short date."""
    day = day_of(value, zone)
    away = (day - clock.today(zone)).days
    named = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    if away in named:
        return named[away]
    if abs(away) <= NEAR_DAYS:
        return format_date(day, "EEEE", locale=locale)
    return short_day(day, locale, zone)


def length(value: timedelta | int) -> str:
    """How long: 50 min, 1 h 20 min, 3 days. A number counts minutes."""
    minutes = value if isinstance(value, int) else round(value.total_seconds() / 60)
    if minutes < 60:
        return _("%(minutes)s min") % {"minutes": minutes}
    hours, rest = divmod(minutes, 60)
    if hours < 24:
        shape = _("%(hours)s h %(minutes)s min") if rest else _("%(hours)s h")
        return shape % {"hours": hours, "minutes": rest}
    days = round(minutes / (24 * 60))
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}
