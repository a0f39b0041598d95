# SPDX-License-Identifier: Apache-2.0
"""Days as a document writes them: 4 November 2026; Friday 27 November."""

from datetime import date
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton


def long_date(day: date, locale: str) -> str:
    """The day with its year: "4 November 2026"."""
    if _is_plain_english(locale):
        return format_date(day, "d\u00a0MMMM y", locale=locale)
    return format_date(day, "long", locale=locale)


def short_date(day: date, locale: str) -> str:
    """The day as a column has room for it: "4 Nov 2026"."""
    if _is_plain_english(locale):
        return format_date(day, "d\u00a0MMM\u00a0y", locale=locale)
    return format_date(day, "medium", locale=locale)


def near_date(day: date, locale: str, *, year: int | None) -> str:
    """The day with its weekday, and with its year unless that is the given one: "Friday 27 November"."""
    with_year = day.year != year
    if _is_plain_english(locale):
        return format_date(day, "EEEE d\u00a0MMMM y" if with_year else "EEEE d\u00a0MMMM", locale=locale)
    return format_skeleton("yMMMMEEEEd" if with_year else "MMMMEEEEd", day, locale=locale)


@lru_cache
def _is_plain_english(locale: str) -> bool:
    """English that writes the day first. CLDR pads or shortens some of these dates; a letter does not."""
    parsed = Locale.parse(locale)
    return parsed.language == "en" and not parsed.date_formats["long"].pattern.startswith("M")
