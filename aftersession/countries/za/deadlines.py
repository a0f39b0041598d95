# SPDX-License-Identifier: Apache-2.0
"""Claim clocks of the Medical Schemes Act regulations (regulation 6) and section 59."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Final

from aftersession.countries.facts import ClaimDates

MONTHS_TO_CLAIM: Final = 4
DAYS_TO_ANSWER: Final = 30
DAYS_TO_CORRECT: Final = 60


def claim_dates(last_service_on: date) -> ClaimDates:
    """The law allows until the end of the fourth month; some schemes count four months to the day."""
    safe_on = add_months(last_service_on, MONTHS_TO_CLAIM)
    return ClaimDates(safe_on=safe_on, legal_on=_month_end(safe_on))


def resubmit_by(returned_on: date) -> date:
    """Sixty days to correct a claim that came back (regulation 6(3))."""
    return returned_on + timedelta(days=DAYS_TO_CORRECT)


def answer_due(submitted_on: date) -> date:
    """Thirty days for the scheme to pay or to say what is wrong (section 59(2), regulation 6(2))."""
    return submitted_on + timedelta(days=DAYS_TO_ANSWER)


def add_months(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _month_end(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
