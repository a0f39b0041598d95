# SPDX-License-Identifier: Apache-2.0
"""The pictures of the design: day ring, day ruler, ticked bar. Geometry only; templates draw it as SVG.

Positions are percentages, so a picture fits any width without a script, and colours are class names,
so it follows light and dark and needs no inline style.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil, cos, floor, pi, sin

from aftersession.lib.money import Money

# Ring

OUTER, INNER, CENTRE = 54.0, 40.0, 60.0
GAP = 1.2
MAX_SEGMENTS = 48


@dataclass(frozen=True, slots=True)
class Share:
    """So many of one kind. `tone` is a colour class of `scale.css`: done, open, missed, now, next."""

    label: str
    count: int
    tone: str


@dataclass(frozen=True, slots=True)
class Ring:
    """A day's sessions by kind; one segment each."""

    shares: Sequence[Share]
    figure: str
    caption: str
    title: str


@dataclass(frozen=True, slots=True)
class Segment:
    path: str
    tone: str


@dataclass(frozen=True, slots=True)
class DrawnRing:
    ring: Ring
    segments: Sequence[Segment]


def draw_ring(ring: Ring) -> DrawnRing:
    """One segment a session. Very full days are drawn in proportion, so that segments stay visible."""
    total = sum(share.count for share in ring.shares)
    scale = min(1.0, MAX_SEGMENTS / total) if total else 0.0
    tones = [share.tone for share in ring.shares for _ in range(ceil(share.count * scale))]
    turns = len(tones)
    return DrawnRing(ring, [Segment(_segment(i, turns), tone) for i, tone in enumerate(tones)])


def _segment(index: int, turns: int) -> str:
    """A piece of the ring as an SVG path, with a gap of the same width inside and outside."""
    start, end = 2 * pi * index / turns, 2 * pi * (index + 1) / turns
    outer, inner = GAP / OUTER, GAP / INNER
    big = int(end - start > pi)
    return (
        f"M{_at(OUTER, start + outer)}A{OUTER:g} {OUTER:g} 0 {big} 1 {_at(OUTER, end - outer)}"
        f"L{_at(INNER, end - inner)}A{INNER:g} {INNER:g} 0 {big} 0 {_at(INNER, start + inner)}z"
    )


def _at(radius: float, angle: float) -> str:
    return f"{CENTRE + radius * sin(angle):.1f} {CENTRE - radius * cos(angle):.1f}"


# Ruler


@dataclass(frozen=True, slots=True)
class Block:
    """One appointment on the ruler, in wall time. `tone` is done, open, missed, now or next."""

    starts_at: datetime
    ends_at: datetime
    title: str
    note: str
    tone: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Ruler:
    """A day of appointments. `from_hour` and `to_hour` give way to anything earlier or later."""

    blocks: Sequence[Block]
    now: datetime | None = None
    """Wall time of the needle; none for another day than today."""
    from_hour: int = 8
    to_hour: int = 18
    title: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    block: Block
    left: str
    width: str


@dataclass(frozen=True, slots=True)
class HourMark:
    label: str
    left: str


@dataclass(frozen=True, slots=True)
class DrawnRuler:
    ruler: Ruler
    lanes: Sequence[Sequence[Box]]
    hours: Sequence[HourMark]
    ticks: str
    minutes: int
    now: str


def draw_ruler(ruler: Ruler) -> DrawnRuler:
    """Places every appointment; those that overlap stand in lanes below each other."""
    first, last = _bounds(ruler)
    whole = (last - first).total_seconds()

    def percent(span: timedelta) -> str:
        return f"{100 * span.total_seconds() / whole:.3f}%"

    lanes = [
        [
            Box(block, percent(block.starts_at - first), percent(block.ends_at - block.starts_at))
            for block in lane
        ]
        for lane in _lanes(ruler.blocks)
    ]
    hours = round(whole / 3600)
    marks = [HourMark(f"{(first.hour + n) % 24:02d}", percent(timedelta(hours=n))) for n in range(hours + 1)]
    needle = ruler.now if ruler.now is not None and first <= ruler.now <= last else None
    return DrawnRuler(
        ruler=ruler,
        lanes=lanes,
        hours=marks,
        ticks="".join(f"M{n * 15} {0 if n % 4 == 0 else 5}V10" for n in range(4 * hours + 1)),
        minutes=60 * hours,
        now=percent(needle - first) if needle else "",
    )


def _bounds(ruler: Ruler) -> tuple[datetime, datetime]:
    """The first and last whole hour of the ruler."""
    times = [*(b.starts_at for b in ruler.blocks), *(b.ends_at for b in ruler.blocks)]
    anchor = min(times, default=ruler.now)
    if anchor is None:
        raise ValueError("a ruler needs an appointment or the present time")
    midnight = anchor.replace(hour=0, minute=0, second=0, microsecond=0)
    since = [(time - midnight) / timedelta(hours=1) for time in times]
    first = min([ruler.from_hour, *(floor(hour) for hour in since)])
    last = max([ruler.to_hour, *(ceil(hour) for hour in since)])
    return midnight + timedelta(hours=first), midnight + timedelta(hours=last)


def _lanes(blocks: Iterable[Block]) -> list[list[Block]]:
    """As few lanes as hold the blocks without overlap, each in order of time."""
    lanes: list[list[Block]] = []
    for block in sorted(blocks, key=lambda b: (b.starts_at, b.ends_at)):
        free = next((lane for lane in lanes if lane[-1].ends_at <= block.starts_at), None)
        if free is None:
            lanes.append([block])
        else:
            free.append(block)
    return lanes


# Scale


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a whole. `tone` is a colour class of `scale.css`: wait, owed, bad, ok, warn, done."""

    label: str
    amount: Money
    tone: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Parts of one sum of money, and a last word such as the sum itself."""

    parts: Sequence[Part]
    title: str
    total_label: str = ""
    total: Money | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    left: str
    width: str
    tone: str


@dataclass(frozen=True, slots=True)
class DrawnScale:
    scale: Scale
    bars: Sequence[Bar]


def draw_scale(scale: Scale) -> DrawnScale:
    """A bar a part, in proportion. Parts of nothing or less have no bar; their figures still stand."""
    shown = [part for part in scale.parts if part.amount.minor > 0]
    whole = sum(part.amount.minor for part in shown)
    bars: list[Bar] = []
    left = 0
    for part in shown:
        # A sliver of a gap shows where one part ends; the last reaches the edge.
        gap = 0.0 if part is shown[-1] else 0.2
        width = max(100 * part.amount.minor / whole - gap, 0.2)
        bars.append(Bar(f"{100 * left / whole:.3f}%", f"{width:.3f}%", part.tone))
        left += part.amount.minor
    return DrawnScale(scale, bars)
