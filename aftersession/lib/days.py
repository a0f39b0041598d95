# SPDX-License-Identifier: Apache-2.0
"""Days as people read them in letters: 4 November 2026."""

from datetime import date

from babel import Locale
from babel.dates import format_date


def format_day(day: date | None, locale: str) -> str:
    """The day with its year, in the words of a locale; empty for no day.

    CLDR pads the day in some kinds of English ("04 November"); a letter does not.
    """
    if day is None:
        return ""
    parsed = Locale.parse(locale)
    writes_day_first = parsed.language == "en" and not parsed.date_formats["long"].pattern.startswith("M")
    return format_date(day, "d MMMM y" if writes_day_first else "long", locale=locale)
