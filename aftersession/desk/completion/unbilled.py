# SPDX-License-Identifier: Apache-2.0
"""Completing a session that costs nothing, and what is told of one for which no bill was made."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods

from aftersession.desk.completion.closed import closed_page
from aftersession.desk.completion.form import attendee_of, begin, can_complete, facts_of, read
from aftersession.desk.forms import CommandForm, NameField
from aftersession.desk.requests import DeskRequest
from aftersession.encounters.models import Encounter
from aftersession.lib.errors import DomainError
from aftersession.prepaid.models import PackageUse
from aftersession.prepaid.queries import Advance, advance_of, use_of
from aftersession.scheduling.models import Appointment
from aftersession.scheduling.queries import appointment_for, next_open_after
from aftersession.workflows.complete_unbilled import complete_at_no_charge


class NoChargeForm(CommandForm):
    """Why nothing is charged."""

    reason = NameField(
        label=_lazy("Why nothing is charged"),
        max_length=300,
        error_messages={"required": _lazy("Say why nothing is charged.")},
        help_text=_lazy("Kept with the session. The client does not see it."),
    )


@require_http_methods(["GET", "POST"])
def completion_no_charge(request: DeskRequest, code: str) -> HttpResponse:
    """Complete a session at no charge: asks for the reason, then does it once."""
    appointment = appointment_for(request.member, code)
    form = NoChargeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            sheet = read(appointment, begin(appointment, request.member).typed)
            facts = facts_of(appointment, sheet, no_charge_reason=form.cleaned_data["reason"])
            complete_at_no_charge(
                appointment=appointment, facts=facts, actor=request.member, key=form.cleaned_data["key"]
            )
        except DomainError as error:
            if error.field is None:
                raise
            form.add_refusal(error)
        else:
            return redirect("desk:completion_result", code)
    if appointment.is_prepaid and can_complete(appointment):
        return redirect("desk:completion", code)
    if not can_complete(appointment):
        return closed_page(request, appointment, status=409 if request.method == "POST" else 200)
    context = {
        "place": "appointments",
        "form": form,
        "client": attendee_of(appointment).patient.full_name,
        "back": reverse("desk:completion", args=[code]),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/completion/no_charge.html", context, status=status)


def unbilled_page(request: DeskRequest, appointment: Appointment, encounter: Encounter) -> HttpResponse:
    """What was done where no bill was made, and the way back."""
    advance, use = advance_of(appointment), use_of(appointment)
    context = {
        "place": "appointments",
        "appointment": appointment,
        "advance": advance,
        "package": use.package if use else None,
        "client": encounter.patient,
        "encounter": encounter,
        "lead": _lead(encounter, advance, use),
        "next": next_open_after(request.member, appointment),
    }
    return render(request, "desk/completion/unbilled.html", context)


def _lead(encounter: Encounter, advance: Advance | None, use: PackageUse | None) -> SafeString:
    text = _("<b>{client}</b>’s session is completed <b>at no charge</b>. Nobody owes anything for it.")
    if advance is not None:
        text = _("<b>{client}</b>’s session is completed. <b>{number}</b> bills it already.")
    if use is not None:
        text = _("<b>{client}</b>’s session is completed and paid from <b>{package}</b>.")
    return format_html(
        text,
        client=encounter.patient.full_name,
        number=advance.invoice.number_label if advance else "",
        package=use.package.name if use else "",
    )
