# SPDX-License-Identifier: Apache-2.0
"""Payment partners: which the practice has connected, and how one is connected or given other keys."""

from collections.abc import Callable
from typing import TypeVar

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from aftersession.desk.partners.cards import card_of, choices, guide_of, sheet_of
from aftersession.desk.partners.forms import KeysForm
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError, KeyReused
from aftersession.payments.connections import connections_of, default_connection, own_connection
from aftersession.workflows.change_partner import change_partner_keys
from aftersession.workflows.connect_partner import connect_partner

T = TypeVar("T")


@require_GET
def partner_list(request: DeskRequest) -> HttpResponse:
    """The accounts that are connected, and the partners that can be."""
    practice = request.member.practice
    cards = [card_of(each) for each in connections_of(practice)]
    default = default_connection(practice)
    context = {
        "cards": [each for each in cards if not each.is_ended],
        "ended": [each for each in cards if each.is_ended],
        "choices": choices(),
        "default": card_of(default) if default else None,
    }
    return render(request, "desk/partners/list.html", context)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def partner_new(request: DeskRequest, kind: str) -> HttpResponse:
    """How to get the keys, and where to paste them. They are tried before they are kept."""
    guide = guide_of(kind)
    if guide is None:
        raise Http404
    form = KeysForm(request.POST or None, guide=guide)
    made = None
    if request.method == "POST" and form.is_valid():
        made = _tried(
            form,
            lambda: connect_partner(
                kind=kind, entered=form.entered(), actor=request.member, key=form.cleaned_data["key"]
            ),
        )
    if made is not None:
        messages.success(request, _("%(partner)s is connected.") % {"partner": guide.title})
        return redirect("desk:partner_detail", made.connection_code)
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/partners/new.html", {"guide": guide, "form": form}, status=status)


@require_GET
def partner_detail(request: DeskRequest, code: str) -> HttpResponse:
    """One account: whether it works, where its notices go, and what can be done with it."""
    sheet = sheet_of(own_connection(request.member, code))
    return render(request, "desk/partners/detail.html", {"sheet": sheet, "connection": sheet.connection})


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def partner_keys(request: DeskRequest, code: str) -> HttpResponse:
    """Other keys for the same account."""
    connection = own_connection(request.member, code)
    guide = guide_of(connection.kind)
    if guide is None:
        raise Http404
    form = KeysForm(request.POST or None, guide=guide, is_change=True)
    if request.method == "POST" and form.is_valid():
        changed = _tried(
            form,
            lambda: change_partner_keys(
                connection=connection,
                entered=form.entered(),
                actor=request.member,
                key=form.cleaned_data["key"],
            ),
        )
        if changed is not None:
            messages.success(request, _("The new keys are in use."))
            return redirect("desk:partner_detail", code)
    status = 422 if request.method == "POST" else 200
    context = {"sheet": sheet_of(connection), "connection": connection, "form": form}
    return render(request, "desk/partners/keys.html", context, status=status)


def _tried(form: KeysForm, act: Callable[[], T]) -> T | None:
    """What came of it, or None with the reason on the form."""
    try:
        return act()
    except KeyReused:
        raise
    except DomainError as error:
        form.add_refusal(error)
        return None
