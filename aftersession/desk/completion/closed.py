# SPDX-License-Identifier: Apache-2.0
"""What is said, calmly, where a session cannot be completed: who dealt with it and when, or why not yet."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersession.desk.completion.form import attendee_of
from aftersession.desk.requests import DeskRequest
from aftersession.scheduling.models import Appointment, AppointmentStatus
from aftersession.scheduling.queries import next_open_after
from aftersession.ui.formats import near_day, wall_time


def closed_page(
    request: DeskRequest, appointment: Appointment, *, status: int = 200, is_note: bool = False
) -> HttpResponse:
    """The page; as a note, only what stands in the place of the final buttons."""
    context = {
        "place": "appointments",
        "appointment": appointment,
        "client": attendee_of(appointment).patient.full_name,
        "lead": closed_lead(appointment),
        "is_completed": appointment.status == AppointmentStatus.FULFILLED,
        "next": None if is_note else next_open_after(request.member, appointment),
    }
    template = "desk/completion/closed.html" + ("#note" if is_note else "")
    return render(request, template, context, status=status)


def closed_lead(appointment: Appointment) -> SafeString:
    """Where the session stands, by whom and since when."""
    practice = appointment.practice
    at = appointment.starts_at if appointment.status == AppointmentStatus.BOOKED else appointment.status_at
    facts = {
        "name": attendee_of(appointment).patient.full_name,
        "who": appointment.status_by or _("somebody"),
        "day": near_day(at, practice.locale, practice.time_zone),
        "time": wall_time(at, practice.locale, practice.time_zone),
    }
    text = {
        AppointmentStatus.FULFILLED: _(
            "This session of <b>{name}</b> was completed by <b>{who}</b>, {day} at {time}. It is completed once."
        ),
        AppointmentStatus.CANCELLED: _(
            "This appointment of <b>{name}</b> was cancelled by <b>{who}</b>, {day} at {time}. Nothing is billed."
        ),
        AppointmentStatus.NO_SHOW: _(
            "This session of <b>{name}</b> was marked as missed by <b>{who}</b>, {day} at {time}. Nothing is billed."
        ),
        AppointmentStatus.REQUESTED: _(
            "This appointment of <b>{name}</b> was only requested. Book it before you complete it."
        ),
    }.get(
        AppointmentStatus(appointment.status),
        _("This session of <b>{name}</b> has not begun: it starts {day} at {time}."),
    )
    return format_html(text, **facts)
