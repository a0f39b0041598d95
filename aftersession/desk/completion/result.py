# SPDX-License-Identifier: Apache-2.0
"""What completing a session did, told with names; the way back while there is one; and the next session."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from aftersession.billing.queries import invoice_for
from aftersession.desk.billing.details import details_of
from aftersession.desk.billing_form.typed import check_envelope
from aftersession.desk.completion.closed import closed_page
from aftersession.desk.completion.done import Done
from aftersession.desk.completion.unbilled import unbilled_page
from aftersession.desk.requests import DeskRequest
from aftersession.encounters.queries import live_encounter
from aftersession.lib.errors import InvalidTransition
from aftersession.scheduling.models import AppointmentStatus
from aftersession.scheduling.queries import appointment_for, next_open_after
from aftersession.workflows.session_bill import bill_standing
from aftersession.workflows.undo_completion import undo_completion


@require_GET
def completion_result(request: DeskRequest, code: str) -> HttpResponse:
    """What was done, as it is now: what was being sent a moment ago may have been sent."""
    appointment = appointment_for(request.member, code)
    if appointment.status == AppointmentStatus.BOOKED:
        return redirect("desk:completion", code)
    bill = bill_standing(appointment)
    if bill is None:
        encounter = live_encounter(appointment)
        if encounter is None:
            return closed_page(request, appointment)
        return unbilled_page(request, appointment, encounter)
    details = details_of(request.member, invoice_for(request.member, bill.code))
    context = {
        "place": "appointments",
        "appointment": appointment,
        "done": Done(details),
        "details": details,
        "invoice": details.invoice,
        "next": next_open_after(request.member, appointment),
    }
    template = "desk/completion/result.html" + ("#told" if request.headers.get("HX-Request") else "")
    return render(request, template, context)


@require_POST
def completion_undo(request: DeskRequest, code: str) -> HttpResponse:
    """Take the completion back, once, as long as nothing of it has left; the form then has what was billed."""
    appointment = appointment_for(request.member, code)
    check_envelope(request)
    encounter = live_encounter(appointment)
    if encounter is not None:
        try:
            undo_completion(encounter=encounter, actor=request.member, key=request.POST["key"])
        except InvalidTransition as error:
            messages.warning(request, error.message)
            return redirect("desk:completion_result", code)
        messages.success(request, _("Undone: the session is open again, and nothing was sent."))
    return redirect(reverse("desk:completion", args=[code]))
