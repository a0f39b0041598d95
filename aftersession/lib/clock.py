# SPDX-License-Identifier: Apache-2.0
"""The one clock. Tests and the demo may move it; production reads the machine's."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

_offset = timedelta(0)
_frozen: datetime | None = None


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return _frozen if _frozen is not None else datetime.now(UTC) + _offset


def today(time_zone: str) -> date:
    """The calendar day at this instant in an IANA time zone."""
    return local(now(), time_zone).date()


def local(instant: datetime, time_zone: str) -> datetime:
    """The same instant as wall time in an IANA time zone."""
    return instant.astimezone(ZoneInfo(time_zone))


def freeze(instant: datetime | None) -> None:
    """Stop the clock at an aware instant, or let it run again with None. For tests."""
    global _frozen
    _frozen = None if instant is None else instant.astimezone(UTC)


def start_at(instant: datetime) -> None:
    """Let the clock run on from an aware instant. For a demo that must look the same every day."""
    global _offset
    _offset = instant.astimezone(UTC) - datetime.now(UTC)
