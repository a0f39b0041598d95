# SPDX-License-Identifier: Apache-2.0
"""Today, put together: a fixed number of queries, whatever the practice's size."""

from datetime import datetime
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.desk.today.day import NEXT, NOW, day_ring, day_ruler, tone_of
from aftersession.desk.today.queries import arrived_money, stuck_things
from aftersession.lib import clock
from aftersession.lib.money import format_money
from aftersession.practices.models import Member
from aftersession.scheduling.queries import (
    AppointmentRow,
    OpenQueue,
    appointments_of_day,
    next_appointments,
    open_queue,
    rows_for,
)
from aftersession.scheduling.wording import in_how_long, time_label

TO_CLOSE = 8


def today_page(member: Member) -> dict[str, Any]:
    """Everything the page shows."""
    practice = member.practice
    now = clock.local(clock.now(), practice.time_zone)
    queue = open_queue(member, size=TO_CLOSE)
    of_day, coming = appointments_of_day(member, now.date()), next_appointments(member)
    # One batch for all three: an appointment may stand in several of them.
    batch = {each.pk: each for each in (*queue.latest, *of_day, *coming)}
    rows = {row.code: row for row in rows_for(member, list(batch.values()))}
    day = [rows[each.code] for each in of_day]
    closing = [rows[each.code] for each in queue.latest]
    return {
        "place": "today",
        "now": now,
        "lead": lead(queue, sum(tone_of(row, now) in (NOW, NEXT) for row in day), practice.locale),
        "open_count": queue.count,
        "to_close": [(time_label(row.ends, now.date()), row) for row in closing],
        "hands": [("↑ ↓", _("move")), ("c", _("complete")), ("m", _("missed"))],
        "first": closing[0] if closing else None,
        "ruler": day_ruler(day, now),
        "ring": day_ring(day, now) if day else None,
        "coming": [(_soon(rows[each.code], now), rows[each.code]) for each in coming],
        "arrived": arrived_money(member),
        "stuck": stuck_things(member),
    }


def lead(queue: OpenQueue, ahead: int, locale: str) -> SafeString:
    """How many sessions wait to be closed, and what that bills."""
    if queue.count:
        text = ngettext(
            "<b>{count} session</b> has ended and is still open. Closing it bills <b>{amount}</b>.",
            "<b>{count} sessions</b> have ended and are still open. Closing them bills <b>{amount}</b>.",
            queue.count,
        )
        return format_html(text, count=queue.count, amount=format_money(queue.total, locale))
    if ahead:
        text = ngettext(
            "<b>Nothing is open.</b> {count} session is still to come today.",
            "<b>Nothing is open.</b> {count} sessions are still to come today.",
            ahead,
        )
        return format_html(text, count=ahead)
    return mark_safe(_("<b>Nothing is open.</b> The day is closed."))


def _soon(row: AppointmentRow, now: datetime) -> str:
    return in_how_long(int((row.starts - now).total_seconds()) // 60)
