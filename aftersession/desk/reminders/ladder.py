# SPDX-License-Identifier: Apache-2.0
"""Settings, Reminders: the steps of the practice's ladder, each with a letter to look at before it is kept."""

from collections.abc import Callable
from typing import Any

from babel.lists import format_list
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aftersession.desk.forms import CommandForm
from aftersession.desk.reminders.forms import StepForm
from aftersession.desk.reminders.preview import preview_words
from aftersession.desk.requests import DeskRequest
from aftersession.lib.changes import digest_of
from aftersession.lib.errors import DomainError
from aftersession.reminders.actions import (
    MOST_STEPS,
    StepDetails,
    add_step,
    change_step,
    remove_step,
)
from aftersession.reminders.letters import NAMES, Words, check_words, own_words, words_of
from aftersession.reminders.models import LONGEST_DAYS, ReminderStep
from aftersession.reminders.queries import ladder_of, step_for

DAYS_BETWEEN = 5


@require_GET
def reminder_ladder(request: DeskRequest) -> HttpResponse:
    """The steps in order, and what reminders keep to."""
    practice = request.member.practice
    ladder = ladder_of(practice)
    with translation.override(practice.language):
        rows = [(step, words_of(step, ladder).subject) for step in ladder]
    days = [str(step.days) for step in ladder if step.is_on]
    context = {
        "rows": rows,
        "count": len(days),
        "days": format_list(days, locale=practice.locale) if days else "",
        "may_add": len(ladder) < MOST_STEPS,
        "most": MOST_STEPS,
    }
    return render(request, "desk/reminders/ladder.html", context)


@require_http_methods(["GET", "POST"])
def reminder_step_new(request: DeskRequest) -> HttpResponse:
    """Another step."""
    ladder = ladder_of(request.member.practice)
    days = min(ladder[-1].days + DAYS_BETWEEN, LONGEST_DAYS) if ladder else DAYS_BETWEEN
    with translation.override(request.member.practice.language):
        own = own_words(len(ladder))
    form = StepForm(request.POST or None, details=StepDetails(days=days, subject=own.subject, body=own.body))

    def act() -> object:
        return add_step(details=form.details(), actor=request.member, key=form.cleaned_data["key"])

    return _page(request, form, act, own)


@require_http_methods(["GET", "POST"])
def reminder_step_edit(request: DeskRequest, code: str) -> HttpResponse:
    """Another day or other words; or take the step away."""
    step = step_for(request.member, code)
    if request.method == "POST" and "remove" in request.POST:
        return _remove(request, step)
    practice = request.member.practice
    with translation.override(practice.language):
        words = words_of(step, ladder_of(practice))
    details = StepDetails(days=step.days, is_on=step.is_on, subject=words.subject, body=words.body)
    seen = digest_of(step, StepDetails.names())
    form = StepForm(request.POST or None, details=details, seen=seen)

    def act() -> object:
        values = form.cleaned_data
        return change_step(
            step=step, details=form.details(), seen=values["seen"], actor=request.member, key=values["key"]
        )

    return _page(request, form, act, words, step=step)


def _remove(request: DeskRequest, step: ReminderStep) -> HttpResponse:
    form = CommandForm(request.POST)
    if form.is_valid():
        remove_step(step=step, actor=request.member, key=form.cleaned_data["key"])
        messages.success(request, _("The step is removed."))
    return redirect("desk:reminder_ladder")


def _page(
    request: DeskRequest,
    form: StepForm,
    act: Callable[[], object],
    words: Words,
    step: ReminderStep | None = None,
) -> HttpResponse:
    """Ask on GET; on POST show how it reads, or keep it, or say why not."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            words = form.words
            try:
                check_words(words)
                if "preview" not in request.POST:
                    act()
                    messages.success(request, _("Saved."))
                    return redirect("desk:reminder_ladder")
                status = 200
            except DomainError as error:
                form.add_refusal(error)
    context: dict[str, Any] = {
        "form": form,
        "step": step,
        "names": [f"{{{name}}}" for name in NAMES],
        "letter": preview_words(words, request.member.practice),
    }
    return render(request, "desk/reminders/step.html", context, status=status)
