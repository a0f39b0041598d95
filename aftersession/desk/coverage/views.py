# SPDX-License-Identifier: Apache-2.0
"""A client's policies: write one down, change it, end it, and go back to where it was missing."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersession.coverage.account_hints import account_hints
from aftersession.coverage.actions import add_coverage, change_coverage, end_coverage
from aftersession.coverage.models import Coverage
from aftersession.coverage.queries import coverage_for
from aftersession.desk.coverage.forms import CoverageForm
from aftersession.desk.forms import CommandForm
from aftersession.desk.requests import DeskRequest
from aftersession.desk.way_back import asked_way_back
from aftersession.lib.errors import DomainError, KeyReused
from aftersession.patients.models import Patient
from aftersession.patients.queries import patient_for


@require_http_methods(["GET", "POST"])
def coverage_new(request: DeskRequest, code: str) -> HttpResponse:
    """A policy of a client's, from the card."""
    patient = patient_for(request.member, code)
    form = CoverageForm(request.POST or None, member=request.member)
    return _page(request, form, patient, None)


@require_http_methods(["GET", "POST"])
def coverage_edit(request: DeskRequest, code: str) -> HttpResponse:
    """Other details of a policy, or its end."""
    coverage = coverage_for(request.member, code)
    if request.method == "POST" and "end" in request.POST:
        ending = CommandForm(request.POST)
        if ending.is_valid():
            end_coverage(coverage=coverage, **_command(request, ending))
            messages.success(request, _("Nothing new is billed to %(policy)s.") % {"policy": coverage})
            return redirect("desk:patient_detail", coverage.patient.code)
    form = CoverageForm(request.POST or None, member=request.member, coverage=coverage)
    return _page(request, form, coverage.patient, coverage)


def _page(
    request: DeskRequest, form: CoverageForm, patient: Patient, coverage: Coverage | None
) -> HttpResponse:
    """Ask on GET; on POST write it down, or show the form again with what was typed and why not."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (saved := _save(request, form, patient, coverage)):
            return _done(request, saved)
    missing = account_hints(request.member.practice, patient, coverage) if coverage else []
    form.hint(missing)
    context = {
        "form": form,
        "patient": patient,
        "coverage": coverage,
        "missing": [each for each in missing if each.owner != "coverage"],
        "words": request.member.practice.profile.words,
        "next": asked_way_back(request),
    }
    return render(request, "desk/coverage/form.html", context, status=status)


def _save(request: DeskRequest, form: CoverageForm, patient: Patient, coverage: Coverage | None) -> str:
    """The code of the policy that was written; nothing if it was refused."""
    command = _command(request, form)
    try:
        if coverage is None:
            return add_coverage(patient=patient, details=form.details(), **command).coverage_code
        seen = form.cleaned_data["seen"]
        return change_coverage(coverage=coverage, details=form.details(), seen=seen, **command).coverage_code
    except KeyReused:
        raise
    except DomainError as error:
        form.add_refusal(error)
        return ""


def _done(request: DeskRequest, code: str) -> HttpResponse:
    coverage = coverage_for(request.member, code)
    missing = account_hints(request.member.practice, coverage.patient, coverage)
    messages.success(request, _("%(policy)s is on file.") % {"policy": coverage})
    for each in missing[:3]:
        messages.warning(request, each.sentence)
    return redirect(asked_way_back(request) or reverse("desk:patient_detail", args=[coverage.patient.code]))


def _command(request: DeskRequest, form: CommandForm) -> dict[str, Any]:
    return {"actor": request.member, "key": form.cleaned_data["key"]}
