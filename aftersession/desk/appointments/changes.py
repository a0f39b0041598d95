# SPDX-License-Identifier: Apache-2.0
"""Moving, cancelling, missing and reopening an appointment: each asks once, then does it once."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersession.desk.appointments.forms import CancelForm, TimeForm
from aftersession.desk.forms import CommandForm
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.scheduling.actions import Changed, cancel, mark_missed, reopen_missed, reschedule
from aftersession.scheduling.models import Appointment
from aftersession.scheduling.queries import appointment_for, patients_at
from aftersession.scheduling.wording import client_names, day_name

Act = Callable[[CommandForm], Changed]


@require_http_methods(["GET", "POST"])
def appointment_reschedule(request: DeskRequest, code: str) -> HttpResponse:
    """Another time for the same appointment."""
    appointment = appointment_for(request.member, code)
    starts = appointment.starts_local
    minutes = (appointment.ends_at - appointment.starts_at).seconds // 60
    initial = {"day": starts.date(), "starts": starts.time(), "minutes": minutes}
    form = TimeForm(request.POST or None, initial=initial, member=request.member)

    def act(form: CommandForm) -> Changed:
        assert isinstance(form, TimeForm) and form.span is not None
        starts_at, ends_at = form.span
        return reschedule(
            appointment=appointment, starts_at=starts_at, ends_at=ends_at, **_command(request, form)
        )

    return _change(request, appointment, form, act, template="reschedule", done=_("Moved."))


@require_http_methods(["GET", "POST"])
def appointment_cancel(request: DeskRequest, code: str) -> HttpResponse:
    """Call it off, with the reason."""
    appointment = appointment_for(request.member, code)
    form = CancelForm(request.POST or None)

    def act(form: CommandForm) -> Changed:
        return cancel(appointment=appointment, reason=form.cleaned_data["reason"], **_command(request, form))

    return _change(request, appointment, form, act, template="cancel", done=_("Cancelled."))


@require_http_methods(["GET", "POST"])
def appointment_missed(request: DeskRequest, code: str) -> HttpResponse:
    """The client did not come."""
    appointment = appointment_for(request.member, code)
    form = CommandForm(request.POST or None)

    def act(form: CommandForm) -> Changed:
        return mark_missed(appointment=appointment, **_command(request, form))

    return _change(request, appointment, form, act, template="missed", done=_("Marked as missed."))


@require_http_methods(["GET", "POST"])
def appointment_reopen(request: DeskRequest, code: str) -> HttpResponse:
    """Take a missed mark back."""
    appointment = appointment_for(request.member, code)
    form = CommandForm(request.POST or None)

    def act(form: CommandForm) -> Changed:
        return reopen_missed(appointment=appointment, **_command(request, form))

    return _change(request, appointment, form, act, template="reopen", done=_("Open again."))


def _command(request: DeskRequest, form: CommandForm) -> dict[str, Any]:
    return {"actor": request.member, "key": form.cleaned_data["key"]}


def _change(
    request: DeskRequest, appointment: Appointment, form: CommandForm, act: Act, *, template: str, done: str
) -> HttpResponse:
    """Ask on GET; on POST do it, or show the form again with what was typed and why not."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                act(form)
            except DomainError as error:
                # What is about no field is about the whole appointment: a page of its own says so.
                if error.field is None:
                    raise
                form.add_refusal(error)
            else:
                messages.success(request, done)
                return redirect("desk:appointment_detail", appointment.code)
    starts = appointment.starts_local
    context = {
        "place": "appointments",
        "form": form,
        "appointment": appointment,
        "when": f"{day_name(starts.date())}, {starts:%H:%M}",
        "back": reverse("desk:appointment_detail", args=[appointment.code]),
        "client": client_names(patients_at(appointment)),
    }
    return render(request, f"desk/appointments/{template}.html", context, status=status)
