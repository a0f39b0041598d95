# SPDX-License-Identifier: Apache-2.0
"""The day as an instrument: boxes on a ruler from its first hour to its last, and counts for the ring."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from aftersession.scheduling.models import AppointmentStatus
from aftersession.scheduling.queries import AppointmentRow

FIRST_HOUR, LAST_HOUR = 8, 17
"""The ruler shows at least these hours, and more where sessions lie outside."""

DONE, OPEN, MISSED, NOW, NEXT = "done", "open", "missed", "now", "next"


@dataclass(frozen=True)
class Box:
    """One session on the ruler; minutes count from midnight at the practice."""

    row: AppointmentRow
    kind: str
    label: str
    from_minute: int
    to_minute: int


@dataclass(frozen=True)
class Day:
    """What happens today: lanes of boxes that do not overlap, one lane a practitioner at most."""

    lanes: list[list[Box]]
    first_hour: int
    last_hour: int
    now_minute: int
    counts: dict[str, int]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def read_day(rows: Sequence[AppointmentRow], now: datetime) -> Day:
    """The day of these rows at this local time."""
    boxes = [_box(row, now) for row in rows]
    now_minute = now.hour * 60 + now.minute
    first = min([FIRST_HOUR * 60, *(box.from_minute for box in boxes)]) // 60
    last = -(-max([LAST_HOUR * 60, *(box.to_minute for box in boxes)]) // 60)
    counts = Counter(box.kind for box in boxes)
    return Day(
        lanes=_lanes(boxes),
        first_hour=min(first, now.hour),
        last_hour=max(last, now.hour + 1),
        now_minute=now_minute,
        counts={kind: counts[kind] for kind in (DONE, OPEN, MISSED, NOW, NEXT)},
    )


def _box(row: AppointmentRow, now: datetime) -> Box:
    kind = _kind(row, now)
    label = {DONE: _("Done"), OPEN: _("Open"), MISSED: _("Missed"), NOW: _("Now")}.get(
        kind, f"{row.starts:%H:%M}"
    )
    begins = row.starts.hour * 60 + row.starts.minute
    # A session past midnight ends on the ruler with the day.
    ends = min(24 * 60, begins + int((row.ends - row.starts).total_seconds()) // 60)
    return Box(row, kind, label, begins, ends)


def _kind(row: AppointmentRow, now: datetime) -> str:
    if row.status == AppointmentStatus.FULFILLED:
        return DONE
    if row.status == AppointmentStatus.NO_SHOW:
        return MISSED
    if row.is_open:
        return OPEN
    return NOW if row.starts <= now else NEXT


def _lanes(boxes: Sequence[Box]) -> list[list[Box]]:
    """Each box in the first lane that is free by then."""
    lanes: list[list[Box]] = []
    for box in sorted(boxes, key=lambda each: (each.from_minute, each.to_minute)):
        free = next((lane for lane in lanes if lane[-1].to_minute <= box.from_minute), None)
        if free is None:
            lanes.append([box])
        else:
            free.append(box)
    return lanes
