# SPDX-License-Identifier: Apache-2.0
"""Mark session complete: the form, its steps, and the button that finishes it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from aftersession.catalog.queries import active_services
from aftersession.desk.billing_form.page import COMPLETE, COMPLETE_AND_TELL
from aftersession.desk.billing_form.sheet import Sheet
from aftersession.desk.billing_form.steps import (
    DIAGNOSIS_STEPS,
    asks_afresh,
    final_step,
    package_step,
    take_step,
)
from aftersession.desk.billing_form.typed import check_envelope, read_posted
from aftersession.desk.completion.closed import closed_page
from aftersession.desk.completion.form import (
    begin,
    can_complete,
    choose_package,
    facts_of,
    is_as_shown,
    keep,
    page_of,
    read,
    show_form,
    start_again,
)
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError, InvalidTransition, KeyReused
from aftersession.scheduling.actions import PREPAID_CHANGED, prepaid_changed
from aftersession.scheduling.models import Appointment
from aftersession.scheduling.queries import appointment_for
from aftersession.workflows.complete_session import complete_session
from aftersession.workflows.complete_unbilled import complete_as_billed, complete_with_package
from aftersession.workflows.finalise import Step
from aftersession.workflows.produce_documents import produce_now


@require_http_methods(["GET", "POST"])
def completion(request: DeskRequest, code: str) -> HttpResponse:
    """The form on GET; on POST a step of it, or the final button."""
    appointment = appointment_for(request.member, code)
    if request.method == "POST":
        check_envelope(request)
        if can_complete(appointment) and not is_as_shown(appointment, request.POST):
            return look_again(request, appointment)
        if request.POST.get("do") in (COMPLETE, COMPLETE_AND_TELL):
            return close(request, appointment)
        step = final_step(request.POST)
        return finish(request, appointment, step) if step else change(request, appointment)
    if not can_complete(appointment):
        return closed_page(request, appointment)
    beginning = begin(appointment, request.member)
    sheet = read(appointment, beginning.typed)
    return show_form(request, appointment, page_of(request, appointment, sheet), origin=beginning.origin)


def change(request: DeskRequest, appointment: Appointment) -> HttpResponse:
    """A step that finishes nothing: a line more or less, another order, a look at the total."""
    if not can_complete(appointment):
        return closed_page(request, appointment, status=409)
    if asks_afresh(request.POST):
        start_again(appointment, request.member)
        return redirect("desk:completion", appointment.code)
    typed = read_posted(request.POST)
    if package_step(request.POST) is not None:
        choose_package(typed, appointment, package_step(request.POST) or "")
    fresh_line = take_step(typed, request.POST, active_services(request.member.practice))
    keep(appointment, request.member, typed)
    sheet = read(appointment, typed, finds=DIAGNOSIS_STEPS[0] in request.POST)
    return show_form(request, appointment, page_of(request, appointment, sheet, fresh_line=fresh_line))


def finish(request: DeskRequest, appointment: Appointment, step: Step) -> HttpResponse:
    """Do what the final button said, once; else the form again with what is in the way and all that was typed."""
    sheet = read(appointment, read_posted(request.POST), step=step)
    sheet.check_button(
        shown_total=request.POST.get("shown_total", ""), send_to=request.POST.get("send_to", "")
    )
    if not sheet.problems:
        try:
            return complete(request, appointment, sheet, step)
        except DomainError as error:
            # What was tried is undone: the row says where the session stands, and not this object.
            appointment.refresh_from_db(fields=["status", "status_at", "status_by"])
            if error.code == PREPAID_CHANGED:
                return look_again(request, appointment)
            if isinstance(error, InvalidTransition | KeyReused):
                if can_complete(appointment):
                    raise
                return closed_page(request, appointment, status=422 if isinstance(error, KeyReused) else 409)
            sheet.refuse(error)
    if not can_complete(appointment):
        return closed_page(request, appointment, status=409)
    keep(appointment, request.member, sheet.typed)
    page = page_of(request, appointment, sheet, shows_problems=True)
    return show_form(request, appointment, page, status=422)


def complete(request: DeskRequest, appointment: Appointment, sheet: Sheet, step: Step) -> HttpResponse:
    """One command; then its paper is drawn, and the page tells what was done."""
    outcome = complete_session(
        appointment=appointment,
        billing=sheet.billing(),
        finish=sheet.finish(step, request.POST.get("send_to", "")),
        is_prepaid=appointment.is_prepaid,
        package=sheet.parties.covered.package if sheet.parties.covered else None,
        actor=request.member,
        key=request.POST["key"],
    )
    produce_now(request.member.practice, [outcome.document_code])
    if step is Step.SAVE:
        return redirect("desk:invoice_detail", outcome.invoice_code)
    return redirect("desk:completion_result", appointment.code)


def close(request: DeskRequest, appointment: Appointment) -> HttpResponse:
    """Complete a session that is paid apart, once: nothing is billed."""
    sheet = read(appointment, read_posted(request.POST))
    if not can_complete(appointment):
        return closed_page(request, appointment, status=409)
    if sheet.problems or not sheet.bills_nothing:
        page = page_of(request, appointment, sheet, shows_problems=True)
        return show_form(request, appointment, page, status=422)
    covered, facts = sheet.parties.covered, facts_of(appointment, sheet)
    command: dict[str, Any] = {"actor": request.member, "key": request.POST["key"]}
    try:
        if covered is not None and covered.package is not None:
            tells = request.POST.get("do") == COMPLETE_AND_TELL
            send_to = request.POST.get("send_to", "") if tells else ""
            complete_with_package(
                appointment=appointment, facts=facts, package=covered.package, send_to=send_to, **command
            )
        else:
            complete_as_billed(appointment=appointment, facts=facts, **command)
    except InvalidTransition as error:
        if error.code == PREPAID_CHANGED:
            return look_again(request, appointment)
        appointment.refresh_from_db(fields=["status", "status_at", "status_by"])
        if can_complete(appointment):
            raise
        return closed_page(request, appointment, status=409)
    return redirect("desk:completion_result", appointment.code)


def look_again(request: DeskRequest, appointment: Appointment) -> HttpResponse:
    """The session has been billed meanwhile, or is billed no more: the form begins anew."""
    start_again(appointment, request.member)
    messages.warning(request, prepaid_changed().message)
    return redirect("desk:completion", appointment.code)


@require_POST
def completion_copy(request: DeskRequest, code: str) -> HttpResponse:
    """Keep what is typed so far, and answer what it comes to and what each button would do."""
    appointment = appointment_for(request.member, code)
    check_envelope(request)
    if not can_complete(appointment):
        return closed_page(request, appointment, is_note=True)
    typed = read_posted(request.POST)
    if is_as_shown(appointment, request.POST):
        keep(appointment, request.member, typed)
    sheet = read(appointment, typed)
    page = page_of(request, appointment, sheet)
    return render(request, "desk/billing_form/finals.html", {"page": page, "is_live": True})
