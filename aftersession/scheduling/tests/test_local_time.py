# SPDX-License-Identifier: Apache-2.0
"""Wall times around the change of clocks."""

from datetime import UTC, date, datetime, time

import pytest

from aftersession.lib.errors import BadInput
from aftersession.scheduling.local_time import AmbiguousTime, to_instant

NEW_YORK = "America/New_York"


def test_a_plain_time_is_the_zones_own() -> None:
    assert to_instant(date(2026, 3, 11), time(10), time_zone="Africa/Johannesburg") == datetime(
        2026, 3, 11, 8, tzinfo=UTC
    )


def test_ten_o_clock_stays_ten_o_clock_over_the_change() -> None:
    before, after = (to_instant(date(2026, 3, day), time(10), time_zone=NEW_YORK) for day in (7, 8))
    assert (before.hour, after.hour) == (15, 14)


@pytest.mark.parametrize("fold", [None, 0, 1])
def test_a_time_the_clocks_skip_is_refused(fold: int | None) -> None:
    with pytest.raises(BadInput, match="02:30 does not exist") as caught:
        to_instant(date(2026, 3, 8), time(2, 30), time_zone=NEW_YORK, fold=fold, field="starts")
    assert (caught.value.code, caught.value.field) == ("skipped_time", "starts")


def test_a_time_that_comes_twice_asks_which() -> None:
    with pytest.raises(AmbiguousTime, match="comes twice") as caught:
        to_instant(date(2026, 11, 1), time(1, 30), time_zone=NEW_YORK)
    first, second = caught.value.instants
    assert (first.hour, second.hour) == (5, 6)


@pytest.mark.parametrize(("fold", "hour"), [(0, 5), (1, 6)])
def test_a_time_that_comes_twice_takes_the_answer(fold: int, hour: int) -> None:
    assert to_instant(date(2026, 11, 1), time(1, 30), time_zone=NEW_YORK, fold=fold).hour == hour
