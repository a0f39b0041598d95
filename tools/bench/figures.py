# SPDX-License-Identifier: Apache-2.0
"""Times, and how they are told."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Times:
    """Measured seconds of one kind of work."""

    seconds: list[float] = field(default_factory=list)

    def measure(self, work: Callable[[], object]) -> None:
        start = time.perf_counter()
        work()
        self.seconds.append(time.perf_counter() - start)

    @property
    def p50(self) -> float:
        """The median in milliseconds."""
        return statistics.median(self.seconds) * 1000

    @property
    def p95(self) -> float:
        """The 95th percentile in milliseconds."""
        return sorted(self.seconds)[int(len(self.seconds) * 0.95)] * 1000


@dataclass(frozen=True)
class Figure:
    """One line of the report: what, how much, and the goal where there is one."""

    goal: str
    what: str
    value: str
    bound: str = ""
    is_met: bool | None = None

    def line(self) -> str:
        mark = {True: "met", False: "NOT MET", None: ""}[self.is_met]
        return f"| {self.goal} | {self.what} | {self.value} | {self.bound} | {mark} |"


HEAD = "| goal | what | measured | bound | |\n|---|---|---|---|---|"


def at_most(goal: str, what: str, value: float, bound: float, unit: str = "") -> Figure:
    """A figure that should not be larger than its bound."""
    return Figure(goal, what, f"{value:.2f}{unit}", f"<= {bound:g}{unit}", value <= bound)
