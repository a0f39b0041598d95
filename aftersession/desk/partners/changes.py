# SPDX-License-Identifier: Apache-2.0
"""What is done with a connected account, each in one press; what cannot be undone asks first."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftersession.desk.forms import CommandForm
from aftersession.desk.partners.cards import PROBLEMS, sheet_of
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import BadInput, DomainError, KeyReused
from aftersession.payments.connections import own_connection, usable_connections
from aftersession.workflows.change_partner import (
    PartnerChanged,
    disconnect_partner,
    finish_key_change,
    pause_partner,
    prefer_partner,
    resume_partner,
    try_partner,
)

Change = Callable[..., PartnerChanged]


@require_POST
def partner_trial(request: DeskRequest, code: str) -> HttpResponse:
    """Ask the partner whether the keys still do."""
    connection = own_connection(request.member, code)
    tried = try_partner(connection=connection, actor=request.member, key=_key(request))
    if tried.problem:
        messages.error(request, str(PROBLEMS[tried.problem]))
    else:
        messages.success(request, _("The partner answered: the keys are right."))
    return redirect("desk:partner_detail", code)


@require_POST
def partner_prefer(request: DeskRequest, code: str) -> HttpResponse:
    """New payments go through it from now on."""
    return _change(request, code, prefer_partner, _("New payments go through this account from now on."))


@require_POST
def partner_pause(request: DeskRequest, code: str) -> HttpResponse:
    """No new payments through it for now."""
    return _change(request, code, pause_partner, _("Paused: this account takes no new payments."))


@require_POST
def partner_resume(request: DeskRequest, code: str) -> HttpResponse:
    """New payments through it again."""
    return _change(request, code, resume_partner, _("This account takes payments again."))


@require_http_methods(["GET", "POST"])
def partner_former_keys(request: DeskRequest, code: str) -> HttpResponse:
    """The change of keys is done: take nothing signed with the former ones."""
    told = _("The change is done: only the new keys count.")
    return _ask(request, code, finish_key_change, "former_keys", told)


@require_http_methods(["GET", "POST"])
def partner_end(request: DeskRequest, code: str) -> HttpResponse:
    """End a connection, after saying what becomes of what is open."""
    return _ask(request, code, disconnect_partner, "end", _("The account is disconnected."))


def _change(request: DeskRequest, code: str, change: Change, told: str) -> HttpResponse:
    connection = own_connection(request.member, code)
    change(connection=connection, actor=request.member, key=_key(request))
    messages.success(request, told)
    return redirect("desk:partner_detail", code)


def _ask(request: DeskRequest, code: str, change: Change, template: str, told: str) -> HttpResponse:
    """Ask on GET; on POST do it, or say why not."""
    connection = own_connection(request.member, code)
    form = CommandForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            change(connection=connection, actor=request.member, key=form.cleaned_data["key"])
            messages.success(request, told)
            return redirect("desk:partner_detail", code)
        except KeyReused:
            raise
        except DomainError as error:
            form.add_refusal(error)
    others = [each for each in usable_connections(request.member.practice) if each.pk != connection.pk]
    context = {
        "sheet": sheet_of(connection),
        "connection": connection,
        "others": others,
        "form": form,
        "back": reverse("desk:partner_detail", args=[code]),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, f"desk/partners/{template}.html", context, status=status)


def _key(request: DeskRequest) -> str:
    form = CommandForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("This page is too old. Open it again, then try once more."))
    return str(form.cleaned_data["key"])
