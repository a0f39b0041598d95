# SPDX-License-Identifier: Apache-2.0
"""Which invoice bills a session: put one to it, take it off, or keep it for another session."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_http_methods

from aftersession.billing.queries import invoice_for
from aftersession.desk.forms import CommandForm, NameField
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.prepaid.queries import advance_of, invoices_to_link, sessions_to_cover
from aftersession.scheduling.models import Appointment
from aftersession.scheduling.queries import appointment_for, patients_at, rows_for
from aftersession.scheduling.wording import client_names, day_name
from aftersession.workflows.bill_in_advance import link_invoice, unlink_invoice

SHOWN = 50


class LinkForm(CommandForm):
    """Which invoice, by its code."""

    invoice = forms.CharField(max_length=16, widget=forms.HiddenInput)


class UnlinkForm(CommandForm):
    """Why it bills the session no more."""

    reason = NameField(label=_lazy("Reason"), max_length=300)


@require_http_methods(["GET", "POST"])
def appointment_cover(request: DeskRequest, code: str) -> HttpResponse:
    """The client's invoices that bill no session yet; one of them is put to this one."""
    appointment = appointment_for(request.member, code)
    form = LinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        invoice = invoice_for(request.member, form.cleaned_data["invoice"])
        try:
            link_invoice(
                appointment=appointment,
                invoice=invoice,
                actor=request.member,
                key=form.cleaned_data["key"],
            )
        except DomainError as error:
            form.add_error(None, error.message)
        else:
            messages.success(
                request, _("%(number)s bills this session now.") % {"number": invoice.number_label}
            )
            return redirect("desk:appointment_detail", code)
    patient = patients_at(appointment)[0]
    context = _about(appointment) | {
        "form": form,
        "invoices": invoices_to_link(request.member, patient)[:SHOWN],
        "patient": patient,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/prepaid/link.html", context, status=status)


@require_http_methods(["GET", "POST"])
def appointment_uncover(request: DeskRequest, code: str) -> HttpResponse:
    """Take the invoice off: completing the session bills it again."""
    appointment = appointment_for(request.member, code)
    form = UnlinkForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        unlink_invoice(
            appointment=appointment,
            reason=form.cleaned_data["reason"],
            actor=request.member,
            key=form.cleaned_data["key"],
        )
        messages.success(request, _("Taken off. Completing the session bills it."))
        return redirect("desk:appointment_detail", code)
    context = _about(appointment) | {"form": form, "advance": advance_of(appointment)}
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/prepaid/unlink.html", context, status=status)


@require_GET
def appointment_cover_move(request: DeskRequest, code: str) -> HttpResponse:
    """The client's sessions that its invoice could bill in place of this one."""
    appointment = appointment_for(request.member, code)
    advance, patient = advance_of(appointment), patients_at(appointment)[0]
    if advance is None:
        raise Http404
    sessions = list(sessions_to_cover(request.member, patient)[:SHOWN])
    context = _about(appointment) | {
        "advance": advance,
        "patient": patient,
        "rows": rows_for(request.member, sessions),
    }
    return render(request, "desk/prepaid/move.html", context)


def _about(appointment: Appointment) -> dict[str, object]:
    starts = appointment.starts_local
    return {
        "place": "appointments",
        "appointment": appointment,
        "client": client_names(patients_at(appointment)),
        "when": f"{day_name(starts.date())}, {starts:%H:%M}",
        "back": reverse("desk:appointment_detail", args=[appointment.code]),
    }
