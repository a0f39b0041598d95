# SPDX-License-Identifier: Apache-2.0
from datetime import datetime

import pytest

from aftersession.lib.money import Money
from aftersession.ui.instruments import (
    Block,
    Part,
    Ring,
    Ruler,
    Scale,
    Share,
    draw_ring,
    draw_ruler,
    draw_scale,
)


def at(hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, 23, hour, minute)  # noqa: DTZ001 - wall time has no zone


def block(start: datetime, end: datetime) -> Block:
    return Block(start, end, "Naledi", "Open", "open")


def test_a_ruler_grows_for_what_is_early_or_late() -> None:
    drawn = draw_ruler(Ruler([block(at(6, 45), at(7, 30)), block(at(20), at(20, 50))]))
    assert [hour.label for hour in drawn.hours][:: len(drawn.hours) - 1] == ["06", "21"]
    assert drawn.lanes[0][0].left == "5.000%"


def test_a_session_past_midnight_ends_beyond_the_day() -> None:
    drawn = draw_ruler(Ruler([block(at(23), datetime(2026, 11, 24, 0, 30))]))  # noqa: DTZ001
    assert drawn.hours[-1].label == "01"


def test_sessions_at_the_same_time_stand_in_lanes() -> None:
    drawn = draw_ruler(Ruler([block(at(9), at(10)), block(at(9, 30), at(11)), block(at(10), at(11))]))
    assert [len(lane) for lane in drawn.lanes] == [2, 1]


def test_the_needle_is_drawn_within_the_day_only() -> None:
    assert draw_ruler(Ruler([], now=at(13))).now == "50.000%"
    assert draw_ruler(Ruler([], now=at(22))).now == ""


def test_a_ruler_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="needs"):
        draw_ruler(Ruler([]))


def test_a_ring_has_a_segment_a_session() -> None:
    drawn = draw_ring(Ring([Share("Open", 4, "open"), Share("Missed", 0, "missed")], "4", "", ""))
    assert [segment.tone for segment in drawn.segments] == ["open"] * 4


def test_a_very_full_ring_is_drawn_in_proportion() -> None:
    drawn = draw_ring(Ring([Share("Open", 900, "open"), Share("Missed", 1, "missed")], "900", "", ""))
    assert len(drawn.segments) <= 50
    assert drawn.segments[-1].tone == "missed"


def test_a_ring_of_one_is_nearly_a_circle() -> None:
    assert " 0 1 1 " in draw_ring(Ring([Share("Open", 1, "open")], "1", "", "")).segments[0].path


def test_a_scale_draws_what_is_more_than_nothing() -> None:
    parts = [Part("Paid", Money(0, "XTS"), "ok"), Part("Owed", Money(500, "XTS"), "owed")]
    drawn = draw_scale(Scale(parts, "Settlement"))
    assert [(bar.left, bar.width) for bar in drawn.bars] == [("0.000%", "100.000%")]


def test_a_scale_of_nothing_has_no_bars() -> None:
    assert draw_scale(Scale([], "Settlement")).bars == []
