# SPDX-License-Identifier: Apache-2.0
"""The day as an instrument: what stands on its ruler and in its ring."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from aftersession.scheduling.models import AppointmentStatus
from aftersession.scheduling.queries import AppointmentRow
from aftersession.ui.instruments import Block, Ring, Ruler, Share

DONE, OPEN, MISSED, NOW, NEXT = "done", "open", "missed", "now", "next"


def tone_of(row: AppointmentRow, now: datetime) -> str:
    """Which of five kinds a session is at this local time; also the colour class it is drawn in."""
    if row.status == AppointmentStatus.FULFILLED:
        return DONE
    if row.status == AppointmentStatus.NO_SHOW:
        return MISSED
    if row.is_open:
        return OPEN
    return NOW if row.starts <= now else NEXT


def day_ruler(rows: Sequence[AppointmentRow], now: datetime) -> Ruler:
    """Every session of the day where it lies, with the needle at the present."""
    notes = {DONE: _("Done"), OPEN: _("Open"), MISSED: _("Missed"), NOW: _("Now")}
    blocks = []
    for row in rows:
        tone = tone_of(row, now)
        url = reverse("desk:appointment_detail", args=[row.code])
        note = notes.get(tone, f"{row.starts:%H:%M}")
        blocks.append(Block(row.starts, row.ends, row.short_client, note, tone, url))
    return Ruler(blocks, now=now, title=_("The day"))


def day_ring(rows: Sequence[AppointmentRow], now: datetime) -> Ring:
    """How much of the day is dealt with."""
    counts = Counter(tone_of(row, now) for row in rows)
    labels = {
        DONE: _("Completed"),
        OPEN: _("Open"),
        MISSED: _("Missed"),
        NOW: _("Now"),
        NEXT: _("To come"),
    }
    return Ring(
        shares=[Share(label, counts[tone], tone) for tone, label in labels.items()],
        figure=str(counts[OPEN]),
        caption=_("of %(total)d open") % {"total": len(rows)},
        title=_("Sessions today"),
    )
