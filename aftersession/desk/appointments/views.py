# SPDX-License-Identifier: Apache-2.0
"""Where is that session? The tabs, and one appointment with what can be done to it."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aftersession.desk.appointments.details import details_of
from aftersession.desk.appointments.forms import FilterForm
from aftersession.desk.appointments.pages import at_no_charge, by_day, lead, list_url, page_links, tab_links
from aftersession.desk.requests import DeskRequest
from aftersession.encounters.queries import reasons_for_no_charge
from aftersession.lib import clock
from aftersession.scheduling.choices import practitioners_of
from aftersession.scheduling.lists import Choice, Tab, count_tabs, list_appointments
from aftersession.scheduling.queries import appointment_for, rows_for


@require_GET
def appointment_list(request: DeskRequest) -> HttpResponse:
    """One tab of appointments, filtered and searched, by day."""
    member, choice = request.member, Choice.read(request.GET.dict())
    counts, page = count_tabs(member, choice), list_appointments(member, choice)
    rows = rows_for(member, page.appointments)
    if choice.tab == Tab.COMPLETED:
        rows = at_no_charge(rows, reasons_for_no_charge(page.appointments))
    context = {
        "place": "appointments",
        "choice": choice,
        "counts": counts,
        "lead": lead(choice, counts, member),
        "tabs": tab_links(choice, counts),
        "filter_form": FilterForm(choice, practitioners_of(member)),
        "kept": [("tab", choice.tab)],
        "clear_url": list_url(Choice(tab=choice.tab)) if choice.is_filtered else "",
        "groups": by_day(rows, clock.today(member.practice.time_zone)),
        "first": rows[0] if rows else None,
        "links": page_links(choice, page),
    }
    return render(request, "desk/appointments/list.html", context)


@require_GET
def appointment_detail(request: DeskRequest, code: str) -> HttpResponse:
    """Client, service, who pays, what happened so far, and what is next."""
    appointment = appointment_for(request.member, code)
    return render(
        request, "desk/appointments/detail.html", {"details": details_of(appointment, request.member)}
    )
