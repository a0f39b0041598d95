# SPDX-License-Identifier: Apache-2.0
"""Who is that client, who pays for them, and what is owed? The list and one client's page."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aftersession.desk.clients.pages import ClientChoice, lead, page_links
from aftersession.desk.clients.profile import profile_of
from aftersession.desk.reminders.cards import client_card_of
from aftersession.desk.requests import DeskRequest
from aftersession.patients.queries import list_patients, patient_for

SUGGESTED = 8


@require_GET
def patient_list(request: DeskRequest) -> HttpResponse:
    """Clients by family name, found as one types."""
    choice = ClientChoice.read(request.GET.dict())
    page = list_patients(request.member, words=choice.search, after=choice.after, before=choice.before)
    shown = request.member.practice.profile.format_phone
    context = {
        "choice": choice,
        "rows": [(each, shown(each.phone)) for each in page.patients],
        "lead": lead(choice, page, request.member),
        "links": page_links(choice, page),
    }
    return render(request, "desk/clients/list.html", context)


@require_GET
def patient_suggest(request: DeskRequest) -> HttpResponse:
    """What a combobox offers for a few letters."""
    choice = ClientChoice.read(request.GET.dict())
    found = (
        list_patients(request.member, words=choice.search, size=SUGGESTED).patients if choice.search else []
    )
    options = [{"value": each.code, "label": each.full_name, "note": each.email} for each in found]
    return render(request, "ui/parts/options.html", {"options": options})


@require_GET
def patient_detail(request: DeskRequest, code: str) -> HttpResponse:
    """One client: details, who pays, diagnoses, appointments, invoices, and what is owed."""
    patient = patient_for(request.member, code)
    context = {
        "profile": profile_of(patient, request.member),
        "reminders": client_card_of(patient, request.member),
    }
    return render(request, "desk/clients/detail.html", context)
