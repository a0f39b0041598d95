# SPDX-License-Identifier: Apache-2.0
"""From the time on the practice's wall to an instant, without guessing where clocks change."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from aftersession.lib.errors import BadInput

FIRST, SECOND = 0, 1
"""Which of two: the earlier or the later of a wall time that comes twice (PEP 495's fold)."""


class AmbiguousTime(BadInput):
    """The clocks go back over this wall time: it comes twice, and somebody must say which is meant.

    `instants` are both, in order.
    """

    code = "ambiguous_time"

    def __init__(
        self, message: str, *, instants: tuple[datetime, datetime], field: str | None = None
    ) -> None:
        super().__init__(message, field=field)
        self.instants = instants


def to_instant(
    day: date, wall: time, *, time_zone: str, fold: int | None = None, field: str | None = None
) -> datetime:
    """The instant, in UTC, of a wall time in an IANA zone.

    Raises BadInput for a time the clocks skip, and AmbiguousTime for one that comes twice while
    `fold` (0 the first, 1 the second) is not given. `field` is where a form shows the sentence.
    """
    zone = ZoneInfo(time_zone)
    first, second = (
        datetime.combine(day, wall, tzinfo=zone).replace(fold=which).astimezone(UTC)
        for which in (FIRST, SECOND)
    )
    if first == second:
        return first
    # Where clocks go forward neither reading comes back to the wall time it began with.
    if first.astimezone(zone).replace(tzinfo=None) != datetime.combine(day, wall):
        raise BadInput(
            _("The clocks go forward: %(time)s does not exist on this day.") % {"time": f"{wall:%H:%M}"},
            code="skipped_time",
            field=field,
        )
    if fold is None:
        raise AmbiguousTime(
            _("The clocks go back: %(time)s comes twice on this day. Say which one is meant.")
            % {"time": f"{wall:%H:%M}"},
            instants=(first, second),
            field=field,
        )
    return second if fold else first
