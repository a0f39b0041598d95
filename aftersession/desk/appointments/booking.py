# SPDX-License-Identifier: Apache-2.0
"""Booking ahead and logging a session that is over: one form, two commands."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersession.desk.appointments.forms import BookingForm
from aftersession.desk.billing.advance import advance_address
from aftersession.desk.requests import DeskRequest
from aftersession.lib import clock
from aftersession.lib.errors import DomainError
from aftersession.patients.models import Patient
from aftersession.patients.queries import list_patients, patient_for
from aftersession.practices.models import Member
from aftersession.scheduling.queries import appointment_for
from aftersession.workflows.book_appointment import Booked, book_appointment
from aftersession.workflows.log_past_session import log_past_session

Command = Callable[..., Booked]
MATCHES = 8


@require_http_methods(["GET", "POST"])
def appointment_book(request: DeskRequest) -> HttpResponse:
    """A new appointment, for a client on file or a new one."""
    return _form_page(request, book_appointment, is_past=False)


@require_http_methods(["GET", "POST"])
def appointment_log(request: DeskRequest) -> HttpResponse:
    """A session that took place without an appointment: straight into Open."""
    return _form_page(request, log_past_session, is_past=True)


def _form_page(request: DeskRequest, command: Command, *, is_past: bool) -> HttpResponse:
    if request.method == "GET":
        form = BookingForm(initial=_initial(request), member=request.member)
        return _show(request, form, is_past=is_past)
    if "look" in request.POST:
        # Somebody is still typing: keep what there is, refuse nothing yet.
        form = BookingForm(initial=request.POST.dict(), member=request.member)
        return _show(request, form, is_past=is_past, is_looking=True)
    form = BookingForm(request.POST, member=request.member)
    if not form.is_valid():
        return _show(request, form, is_past=is_past, status=422)
    code = form.cleaned_data["client"]
    patient = patient_for(request.member, code) if code else None
    try:
        booked = command(
            agreement=form.agreement(patient), actor=request.member, key=form.cleaned_data["key"]
        )
    except DomainError as error:
        form.add_refusal(error)
        return _show(request, form, is_past=is_past, status=422)
    messages.success(request, _("Logged: it is open now.") if is_past else _("Booked."))
    if "bill_now" in request.POST:
        return redirect(advance_address(appointment_for(request.member, booked.appointment_code)))
    return redirect("desk:appointment_detail", booked.appointment_code)


def _initial(request: DeskRequest) -> dict[str, Any]:
    """What the form starts with: today, the member's own calendar, the client the link named."""
    initial: dict[str, Any] = {"day": clock.today(request.member.practice.time_zone)}
    if request.member.practitioner is not None:
        initial["practitioner"] = request.member.practitioner.code
    if code := request.GET.get("client", ""):
        patient = patient_for(request.member, _bare(code))
        initial |= {"client": patient.code, "payment_type": patient.payment_type}
    return initial


def _show(
    request: DeskRequest, form: BookingForm, *, is_past: bool, is_looking: bool = False, status: int = 200
) -> HttpResponse:
    words, code = (_bare(form[name].value()) for name in ("find", "client"))
    found = _found(request.member, words)
    if code and code not in {each.code for each in found}:
        found = [patient_for(request.member, code), *found]
    context = {
        "place": "appointments",
        "form": form,
        "is_past": is_past,
        "found": found,
        "words": words,
        "is_looking": is_looking,
    }
    template = "desk/appointments/book.html"
    if is_looking and request.headers.get("HX-Request"):
        template += "#clients"
    return render(request, template, context, status=status)


def _found(member: Member, words: str) -> list[Patient]:
    return list(list_patients(member, words=words, size=MATCHES).patients) if words.strip() else []


def _bare(typed: str | None) -> str:
    # PostgreSQL refuses NUL in any text, even to look for it.
    return (typed or "").replace("\x00", "")
