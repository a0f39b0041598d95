# SPDX-License-Identifier: Apache-2.0
"""Amounts, days, times and lengths as a practice's people read them."""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal

from babel.dates import format_date, format_time, get_date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.lib import clock

NEAR_DAYS = 6
# The year of a CLDR pattern with what ties it to the rest: "d MMMM y", "MMMM d, y", "d 'de' MMMM 'de' y".
YEAR = re.compile(r"(\s*'[^']*')?,?\s*y+[.\u5e74]?")


def day_of(value: date | datetime, zone: str) -> date:
    """The calendar day of an instant in a time zone; a date is a day already."""
    return clock.local(value, zone).date() if isinstance(value, datetime) else value


def short_day(value: date | datetime, locale: str, zone: str) -> str:
    """23 Nov in this year, 23 Nov 2025 in another."""
    day = day_of(value, zone)
    return _written(day, "medium", locale, has_year=_is_another_year(day, zone))


def long_day(value: date | datetime, locale: str, zone: str) -> str:
    """Monday 23 November, with the year where it is another."""
    day = day_of(value, zone)
    rest = _written(day, "long", locale, has_year=_is_another_year(day, zone))
    return f"{_weekday(day, locale)} {rest}"


def full_day(value: date | datetime, locale: str, zone: str) -> str:
    """23 November 2026: for documents and fields, where the year always matters."""
    return _written(day_of(value, zone), "long", locale, has_year=True)


def _is_another_year(day: date, zone: str) -> bool:
    return day.year != clock.today(zone).year


# A list shows the same days and times again and again, and what they look like depends on nothing else.


@lru_cache(maxsize=4096)
def _written(day: date, style: Literal["medium", "long"], locale: str, *, has_year: bool) -> str:
    """A date in the order of its locale, without a zero before the day, and without the year if asked."""
    pattern = get_date_format(style, locale=locale).pattern.replace("dd", "d")
    return format_date(day, pattern if has_year else YEAR.sub("", pattern).strip(), locale=locale)


@lru_cache(maxsize=512)
def _weekday(day: date, locale: str) -> str:
    return format_date(day, "EEEE", locale=locale)


def wall_time(value: datetime, locale: str, zone: str) -> str:
    """11:50, or 11:50 AM where a locale writes so."""
    local = clock.local(value, zone)
    return _clock_face(local.hour, local.minute, locale)


@lru_cache(maxsize=2048)
def _clock_face(hour: int, minute: int, locale: str) -> str:
    return format_time(time(hour, minute), "short", locale=locale)


def near_day(value: date | datetime, locale: str, zone: str) -> str:
    """Today, tomorrow, yesterday, a weekday within the week, else a short date."""
    day = day_of(value, zone)
    away = (day - clock.today(zone)).days
    named = {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}
    if away in named:
        return named[away]
    if abs(away) <= NEAR_DAYS:
        return _weekday(day, locale)
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
