# SPDX-License-Identifier: Apache-2.0
"""An EXAMPLE tariff table for psychologists, for the demonstration and as a pattern to copy.

There is no government tariff since 2010 and the old schedule is not public: every practice confirms
codes with its medical aids and keeps its own fees. Nothing in the product reads this table but the
demonstration.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TimedCode:
    """A procedure code for sessions of `minutes_from` to `minutes_to`, both included."""

    code: str
    minutes_from: int
    minutes_to: int
    is_confirmed: bool = False


# Individual assessment, consultation, counselling or therapy in steps of ten minutes.
PSYCHOLOGY: Final = tuple(
    TimedCode(code=str(86200 + step), minutes_from=10 * step + 1, minutes_to=10 * step + 10)
    for step in range(12)
)


def propose_code(minutes: int, table: tuple[TimedCode, ...] = PSYCHOLOGY) -> TimedCode | None:
    """The code whose span holds the session's minutes; None where the table has none."""
    return next((entry for entry in table if entry.minutes_from <= minutes <= entry.minutes_to), None)
