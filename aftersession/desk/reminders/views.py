# SPDX-License-Identifier: Apache-2.0
"""Remind somebody now, hold reminders back, let them go on. Each asks once, then does it once."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersession.desk.forms import CommandForm
from aftersession.desk.reminders.cards import card_of
from aftersession.desk.reminders.forms import DisputeForm, PauseForm, PromiseForm, RemindForm
from aftersession.desk.reminders.preview import preview_of
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
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

Act = Callable[[dict[str, Any]], object]


@require_http_methods(["GET", "POST"])
def share_remind(request: DeskRequest, code: str) -> HttpResponse:
    """Send a reminder now, in the words of the next step."""
    share = chased_share_for(request.member, code)
    (chased,) = chase([share], request.member.practice)
    form = RemindForm(request.POST or None, initial={"send_to": chased.debtor.email})

    def act(values: dict[str, Any]) -> object:
        return remind_now(share=share, **values)

    context = {
        "card": card_of(chased, request.member.practice),
        "letter": preview_of(chased, request.member.practice),
    }
    done = _("The reminder waits to be sent to %(address)s.") % {"address": chased.debtor.email}
    return _ask(request, form, act, "remind", _invoice(share.invoice.code), done, share=share, **context)


@require_http_methods(["GET", "POST"])
def share_promise(request: DeskRequest, code: str) -> HttpResponse:
    """Write down by when somebody promised to pay."""
    share = chased_share_for(request.member, code)
    form = PromiseForm(request.POST or None)
    done = _("The promise is recorded. Nobody is reminded before its day has passed.")

    def act(values: dict[str, Any]) -> object:
        return record_promise(share=share, **values)

    return _ask(request, form, act, "promise", _invoice(share.invoice.code), done, share=share)


@require_http_methods(["GET", "POST"])
def share_dispute(request: DeskRequest, code: str) -> HttpResponse:
    """Write down that somebody disputes what they owe."""
    share = chased_share_for(request.member, code)
    form = DisputeForm(request.POST or None)
    done = _("Marked as disputed. Nobody is reminded until you resume the reminders.")

    def act(values: dict[str, Any]) -> object:
        return mark_disputed(share=share, **values)

    return _ask(request, form, act, "dispute", _invoice(share.invoice.code), done, share=share)


@require_http_methods(["GET", "POST"])
def share_pause(request: DeskRequest, code: str) -> HttpResponse:
    """Pause the reminders of one bill."""
    share = chased_share_for(request.member, code)
    form = PauseForm(request.POST or None)

    def act(values: dict[str, Any]) -> object:
        return pause_share(share=share, **values)

    done = _("The reminders are paused.")
    return _ask(request, form, act, "pause", _invoice(share.invoice.code), done, share=share)


@require_http_methods(["GET", "POST"])
def share_resume(request: DeskRequest, code: str) -> HttpResponse:
    """Let the reminders of one bill go on."""
    share = chased_share_for(request.member, code)
    form = CommandForm(request.POST or None)

    def act(values: dict[str, Any]) -> object:
        return resume_share(share=share, **values)

    done = _("The reminders go on.")
    return _ask(request, form, act, "resume", _invoice(share.invoice.code), done, share=share)


@require_http_methods(["GET", "POST"])
def patient_pause(request: DeskRequest, code: str) -> HttpResponse:
    """Pause every reminder about a client."""
    patient = patient_for(request.member, code)
    form = PauseForm(request.POST or None)

    def act(values: dict[str, Any]) -> object:
        return pause_patient(patient=patient, **values)

    back = reverse("desk:patient_detail", args=[patient.code])
    return _ask(request, form, act, "pause", back, _("The reminders are paused."), patient=patient)


@require_http_methods(["GET", "POST"])
def patient_resume(request: DeskRequest, code: str) -> HttpResponse:
    """Let the reminders about a client go on."""
    patient = patient_for(request.member, code)
    form = CommandForm(request.POST or None)

    def act(values: dict[str, Any]) -> object:
        return resume_patient(patient=patient, **values)

    back = reverse("desk:patient_detail", args=[patient.code])
    return _ask(request, form, act, "resume", back, _("The reminders go on."), patient=patient)


def _invoice(code: str) -> str:
    return reverse("desk:invoice_detail", args=[code])


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
                act({**values, "actor": request.member})
                messages.success(request, done)
                return redirect(back)
            except DomainError as error:
                form.add_refusal(error)
    context |= {"form": form, "back": back, "place": "clients" if "patient" in context else "billing"}
    return render(request, f"desk/reminders/{template}.html", context, status=status)
