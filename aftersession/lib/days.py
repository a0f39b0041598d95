# SPDX-License-Identifier: Apache-2.0
"""Days as people read them. For papers and letters; pages have tags of their own."""

from datetime import date

from babel.dates import format_date


def format_day(day: date | None, locale: str) -> str:
    """7 December 2026, in the words of a locale; empty for no day."""
    return format_date(day, "long", locale=locale) if day else ""
