# SPDX-License-Identifier: Apache-2.0
"""Writing clients down: each page asks, then does it once and says what was done."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from aftersession.desk.clients.diagnoses import is_final, present_draft, read_draft
from aftersession.desk.clients.forms import GuarantorForm, NewGuarantorForm, PatientForm
from aftersession.desk.forms import CommandForm
from aftersession.desk.requests import DeskRequest
from aftersession.desk.way_back import asked_way_back
from aftersession.lib import clock
from aftersession.lib.errors import DomainError, KeyReused
from aftersession.patients.actions import (
    PatientSaved,
    change_patient,
    register_patient,
    remove_guarantor,
    set_diagnoses,
    set_guarantor,
)
from aftersession.patients.models import Patient
from aftersession.patients.queries import patient_for, wards_of


@require_http_methods(["GET", "POST"])
def patient_new(request: DeskRequest) -> HttpResponse:
    """Take somebody new into the practice."""
    form = PatientForm(request.POST or None, member=request.member)
    person = NewGuarantorForm(request.POST or None, member=request.member)
    status = 200
    if request.method == "POST":
        status = 422
        # Both are looked at, so that everything wrong is told at once.
        if all([form.is_valid(), person.is_valid()]):
            saved = _try(
                form,
                lambda: register_patient(
                    details=form.details(), guarantor=person.named(), **_command(request, form)
                ),
            )
            if saved is not None:
                return _welcome(request, saved)
    context = {"form": form, "person": person, "next": asked_way_back(request)}
    return render(request, "desk/clients/new.html", context, status=status)


@require_http_methods(["GET", "POST"])
def patient_edit(request: DeskRequest, code: str) -> HttpResponse:
    """Names, numbers and ways to reach a client."""
    patient = patient_for(request.member, code)
    form = PatientForm(request.POST or None, member=request.member, patient=patient)

    def act() -> PatientSaved:
        return change_patient(
            patient=patient,
            details=form.details(),
            seen=form.cleaned_data["seen"],
            **_command(request, form),
        )

    return _change(request, patient, form, act, template="edit")


@require_http_methods(["GET", "POST"])
def patient_guarantor(request: DeskRequest, code: str) -> HttpResponse:
    """Who answers for the bills: somebody new, other details, or nobody any more."""
    patient = patient_for(request.member, code)
    if request.method == "POST" and "remove" in request.POST:
        removal = CommandForm(request.POST)
        if removal.is_valid():
            remove_guarantor(patient=patient, **_command(request, removal))
            messages.success(request, _("Bills now go to %(name)s.") % {"name": patient.full_name})
            return redirect("desk:patient_detail", patient.code)
    form = GuarantorForm(request.POST or None, member=request.member, guarantor=patient.guarantor)

    def act() -> PatientSaved:
        return set_guarantor(
            patient=patient,
            details=form.details(),
            seen=form.cleaned_data["seen"],
            **_command(request, form),
        )

    wards = wards_of(patient.guarantor, besides=patient) if patient.guarantor else []
    return _change(request, patient, form, act, template="guarantor", wards=wards)


@require_http_methods(["GET", "POST"])
def patient_diagnoses(request: DeskRequest, code: str) -> HttpResponse:
    """The diagnoses that a completed session starts with, in order."""
    patient = patient_for(request.member, code)
    draft = present_draft(patient)
    form = CommandForm(request.POST or None)
    status = 200
    if request.method == "POST":
        draft = read_draft(patient, request.POST)
        status = 422 if draft.error or "save" in request.POST else 200
        if form.is_valid() and is_final(request.POST, draft):
            try:
                set_diagnoses(patient=patient, diagnoses=draft.chosen, **_command(request, form))
                return _done(request, patient, held=0)
            except DomainError as error:
                draft.error = error.message
    context = {
        "patient": patient,
        "draft": draft,
        "chips": [{"value": each.code, "code": each.code, "label": each.title} for each in draft.chosen],
        "options": [{"value": each.code, "code": each.code, "label": each.title} for each in draft.options],
        "next": asked_way_back(request),
    }
    return render(request, "desk/clients/diagnoses.html", context, status=status)


def _change(
    request: DeskRequest,
    patient: Patient,
    form: CommandForm,
    act: Callable[[], PatientSaved],
    *,
    template: str,
    **context: Any,
) -> HttpResponse:
    """Ask on GET; on POST do it, or show the form again with what was typed and why not."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (saved := _try(form, act)) is not None:
            return _done(request, patient, held=saved.held)
    context |= {
        "form": form,
        "patient": patient,
        "is_minor": patient.is_minor_on(clock.today(request.member.practice.time_zone)),
        "next": asked_way_back(request),
    }
    return render(request, f"desk/clients/{template}.html", context, status=status)


def _try(form: CommandForm, act: Callable[[], PatientSaved]) -> PatientSaved | None:
    try:
        return act()
    except KeyReused:
        raise
    except DomainError as error:
        form.add_refusal(error)
        return None


def _welcome(request: DeskRequest, saved: PatientSaved) -> HttpResponse:
    """To the new client's page; first to the responsible person where one is needed and missing."""
    patient = patient_for(request.member, saved.patient_code)
    is_minor = patient.is_minor_on(clock.today(request.member.practice.time_zone))
    if is_minor and patient.guarantor is None:
        text = _("%(name)s is on file. Under 18, so say who gets the bills.")
        messages.warning(request, text % {"name": patient.full_name})
        return redirect("desk:patient_guarantor", patient.code)
    messages.success(request, _("%(name)s is on file.") % {"name": patient.full_name})
    return redirect(asked_way_back(request) or reverse("desk:patient_detail", args=[patient.code]))


def _done(request: DeskRequest, patient: Patient, *, held: int) -> HttpResponse:
    messages.success(request, _("Saved."))
    if held:
        text = ngettext(
            "The address changed, so %(count)d waiting message is held: look at it under Messages.",
            "The address changed, so %(count)d waiting messages are held: look at them under Messages.",
            held,
        )
        messages.warning(request, text % {"count": held})
    return redirect(asked_way_back(request) or reverse("desk:patient_detail", args=[patient.code]))


def _command(request: DeskRequest, form: CommandForm) -> dict[str, Any]:
    return {"actor": request.member, "key": form.cleaned_data["key"]}
