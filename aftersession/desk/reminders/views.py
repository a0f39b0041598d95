# SPDX-License-Identifier: Apache-2.0
"""Remind somebody now, hold reminders back, let them go on. Each asks once, then does it once."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersession.billing.models import InvoiceShare
from aftersession.desk.forms import CommandForm
from aftersession.desk.reminders.cards import card_of
from aftersession.desk.reminders.forms import DisputeForm, PauseForm, PromiseForm, RemindForm
from aftersession.desk.reminders.preview import preview_of
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.patients.models import Patient
from aftersession.patients.queries import patient_for
from aftersession.reminders.queries import chase, chased_share_for
from aftersession.workflows.hold_reminders import (
    mark_disputed,
    pause_patient,
    pause_share,
    record_promise,
    resume_patient,
    resume_share,
)
from aftersession.workflows.remind import remind_now

Act = Callable[..., object]


@require_http_methods(["GET", "POST"])
def share_remind(request: DeskRequest, code: str) -> HttpResponse:
    """Send a reminder now, in the words of the next step."""
    share = chased_share_for(request.member, code)
    (chased,) = chase([share], request.member.practice)
    form = RemindForm(request.POST or None, initial={"send_to": chased.debtor.email})
    context = {
        "card": card_of(chased, request.member.practice),
        "letter": preview_of(chased, request.member.practice),
    }
    done = _("The reminder waits to be sent to %(address)s.") % {"address": chased.debtor.email}
    return _ask_of_share(request, share, form, remind_now, "remind", done, **context)


@require_http_methods(["GET", "POST"])
def share_promise(request: DeskRequest, code: str) -> HttpResponse:
    """Write down by when somebody promised to pay."""
    share, form = chased_share_for(request.member, code), PromiseForm(request.POST or None)
    done = _("The promise is recorded. Nobody is reminded before its day has passed.")
    return _ask_of_share(request, share, form, record_promise, "promise", done)


@require_http_methods(["GET", "POST"])
def share_dispute(request: DeskRequest, code: str) -> HttpResponse:
    """Write down that somebody disputes what they owe."""
    share, form = chased_share_for(request.member, code), DisputeForm(request.POST or None)
    done = _("Marked as disputed. Nobody is reminded until you resume the reminders.")
    return _ask_of_share(request, share, form, mark_disputed, "dispute", done)


@require_http_methods(["GET", "POST"])
def share_pause(request: DeskRequest, code: str) -> HttpResponse:
    """Pause the reminders of one bill."""
    share, form = chased_share_for(request.member, code), PauseForm(request.POST or None)
    return _ask_of_share(request, share, form, pause_share, "pause", _("The reminders are paused."))


@require_http_methods(["GET", "POST"])
def share_resume(request: DeskRequest, code: str) -> HttpResponse:
    """Let the reminders of one bill go on."""
    share, form = chased_share_for(request.member, code), CommandForm(request.POST or None)
    return _ask_of_share(request, share, form, resume_share, "resume", _("The reminders go on."))


@require_http_methods(["GET", "POST"])
def patient_pause(request: DeskRequest, code: str) -> HttpResponse:
    """Pause every reminder about a client."""
    patient, form = patient_for(request.member, code), PauseForm(request.POST or None)
    return _ask_of_patient(request, patient, form, pause_patient, "pause", _("The reminders are paused."))


@require_http_methods(["GET", "POST"])
def patient_resume(request: DeskRequest, code: str) -> HttpResponse:
    """Let the reminders about a client go on."""
    patient, form = patient_for(request.member, code), CommandForm(request.POST or None)
    return _ask_of_patient(request, patient, form, resume_patient, "resume", _("The reminders go on."))


def _ask_of_share(
    request: DeskRequest,
    share: InvoiceShare,
    form: CommandForm,
    act: Act,
    template: str,
    done: str,
    **context: Any,
) -> HttpResponse:
    back = reverse("desk:invoice_detail", args=[share.invoice.code])
    return _ask(request, form, partial(act, share=share), template, back, done, share=share, **context)


def _ask_of_patient(
    request: DeskRequest, patient: Patient, form: CommandForm, act: Act, template: str, done: str
) -> HttpResponse:
    back = reverse("desk:patient_detail", args=[patient.code])
    return _ask(request, form, partial(act, patient=patient), template, back, done, patient=patient)


def _ask(
    request: DeskRequest, form: CommandForm, act: Act, template: str, back: str, done: str, **context: Any
) -> HttpResponse:
    """Ask on GET; on POST do it, or show the form again with what was typed and why not."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            values = {name: form.cleaned_data[name] for name in form.fields if name != "seen"}
            try:
                act(**values, actor=request.member)
                messages.success(request, done)
                return redirect(back)
            except DomainError as error:
                form.add_refusal(error)
    context |= {"form": form, "back": back, "place": "clients" if "patient" in context else "billing"}
    return render(request, f"desk/reminders/{template}.html", context, status=status)
