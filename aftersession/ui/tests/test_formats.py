# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest

from aftersession.lib import clock
from aftersession.ui import formats

ZONE = "Africa/Johannesburg"


@pytest.fixture(autouse=True)
def monday() -> Iterator[None]:
    """Monday 23 November 2026, 16:10 in the practice's zone."""
    clock.freeze(datetime(2026, 11, 23, 14, 10, tzinfo=UTC))
    yield
    clock.freeze(None)


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (date(2026, 11, 23), "today"),
        (date(2026, 11, 24), "tomorrow"),
        (date(2026, 11, 22), "yesterday"),
        (date(2026, 11, 20), "Friday"),
        (date(2026, 11, 4), "4 Nov"),
        (date(2025, 11, 4), "4 Nov 2025"),
    ],
)
def test_it_names_days_that_are_near(day: date, words: str) -> None:
    assert formats.near_day(day, "en_ZA", ZONE) == words


@pytest.mark.parametrize(
    ("locale", "words"),
    [("en_US", "Monday December 7"), ("de", "Montag 7. Dezember"), ("es", "lunes 7 de diciembre")],
)
def test_a_day_without_its_year_keeps_the_order_of_the_locale(locale: str, words: str) -> None:
    assert formats.long_day(date(2026, 12, 7), locale, ZONE) == words


def test_a_day_is_that_of_the_practice_not_of_utc() -> None:
    late = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)
    assert formats.near_day(late, "en_ZA", ZONE) == "today"
    assert formats.wall_time(late, "en_ZA", ZONE) == "00:30"


def test_a_long_day_has_its_weekday_and_no_comma() -> None:
    assert formats.long_day(date(2026, 12, 7), "en_ZA", ZONE) == "Monday 7 December"
    assert formats.full_day(date(2026, 12, 7), "en_ZA", ZONE) == "7 December 2026"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (50, "50 min"),
        (60, "1 h"),
        (80, "1 h 20 min"),
        (timedelta(days=1), "1 day"),
        (timedelta(days=4, hours=2), "4 days"),
    ],
)
def test_it_says_how_long(value: timedelta | int, words: str) -> None:
    assert formats.length(value) == words
