# SPDX-License-Identifier: Apache-2.0
"""The practice's own facts, for its owners: what papers say, what is offered, who treats, who insures.

And what everybody sets for themselves.
"""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aftersession.accounts.preferences import keep_preferences
from aftersession.catalog.actions import add_service, change_service, offer_service_again, retire_service
from aftersession.catalog.queries import service_for, services_of
from aftersession.coverage.actions import add_payer, change_payer
from aftersession.coverage.queries import payer_for, payers_of
from aftersession.desk.forms import CommandForm
from aftersession.desk.requests import DeskRequest
from aftersession.desk.settings.forms import OwnForm, PayerForm, PracticeForm, PractitionerForm, ServiceForm
from aftersession.lib.errors import DomainError, KeyReused
from aftersession.practices.models import Role
from aftersession.practices.queries import practitioner_for, practitioners_in
from aftersession.workflows.change_practice import change_practice, change_practitioner


@require_GET
def settings(request: DeskRequest) -> HttpResponse:
    """To the settings that are this person's to change."""
    is_owner = request.member.role == Role.OWNER
    return redirect("desk:practice_settings" if is_owner else "desk:own_settings")


@require_http_methods(["GET", "POST"])
def own_settings(request: DeskRequest) -> HttpResponse:
    """How pages look to oneself, and whether single keys work."""
    user = request.member.user
    form = OwnForm(request.POST or None, initial={"theme": user.theme, "has_shortcuts": user.has_shortcuts})
    if request.method == "POST" and form.is_valid():
        keep_preferences(user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("desk:own_settings")
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/settings/own.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
def practice_settings(request: DeskRequest) -> HttpResponse:
    """What the practice says of itself."""
    form = PracticeForm(request.POST or None, practice=request.member.practice)

    def act() -> object:
        return change_practice(details=form.details(), **_command(request, form, is_change=True))

    return _page(request, form, act, template="practice", done="desk:practice_settings")


@require_GET
def practitioner_list(request: DeskRequest) -> HttpResponse:
    """Those who treat, and whether accounts can name them in full."""
    practitioners = practitioners_in(request.member.practice)
    return render(request, "desk/settings/practitioners.html", {"practitioners": practitioners})


@require_http_methods(["GET", "POST"])
def practitioner_edit(request: DeskRequest, code: str) -> HttpResponse:
    """What accounts say of who treats."""
    practitioner = practitioner_for(request.member, code)
    form = PractitionerForm(request.POST or None, practitioner=practitioner, member=request.member)

    def act() -> object:
        command = _command(request, form, is_change=True)
        return change_practitioner(practitioner=practitioner, details=form.details(), **command)

    return _page(
        request, form, act, template="practitioner", done="desk:practitioner_list", practitioner=practitioner
    )


@require_GET
def service_list(request: DeskRequest) -> HttpResponse:
    """What is offered, for how much."""
    services = services_of(request.member.practice)
    context = {
        "offered": [each for each in services if each.is_active],
        "retired": [each for each in services if not each.is_active],
    }
    return render(request, "desk/settings/services.html", context)


@require_http_methods(["GET", "POST"])
def service_new(request: DeskRequest) -> HttpResponse:
    """Something new to offer."""
    form = ServiceForm(request.POST or None, member=request.member)

    def act() -> object:
        return add_service(details=form.details(), **_command(request, form))

    return _page(request, form, act, template="service", done="desk:service_list")


@require_http_methods(["GET", "POST"])
def service_edit(request: DeskRequest, code: str) -> HttpResponse:
    """Another price, name or code; or offer it no more."""
    service = service_for(request.member, code)
    if request.method == "POST" and ("retire" in request.POST or "offer" in request.POST):
        return _offer(request, code)
    form = ServiceForm(request.POST or None, member=request.member, service=service)

    def act() -> object:
        command = _command(request, form, is_change=True)
        return change_service(service=service, details=form.details(), **command)

    return _page(request, form, act, template="service", done="desk:service_list", service=service)


def _offer(request: DeskRequest, code: str) -> HttpResponse:
    service = service_for(request.member, code)
    form = CommandForm(request.POST)
    if form.is_valid():
        command = retire_service if "retire" in request.POST else offer_service_again
        command(service=service, **_command(request, form))
        messages.success(request, _("Saved."))
    return redirect("desk:service_list")


@require_GET
def payer_list(request: DeskRequest) -> HttpResponse:
    """The insurers that the practice bills."""
    return render(
        request, "desk/settings/payers.html", {"payers": payers_of(request.member.practice, is_active=None)}
    )


@require_http_methods(["GET", "POST"])
def payer_new(request: DeskRequest) -> HttpResponse:
    """Another insurer."""
    form = PayerForm(request.POST or None, member=request.member)

    def act() -> object:
        return add_payer(details=form.details(), **_command(request, form))

    return _page(request, form, act, template="payer", done="desk:payer_list")


@require_http_methods(["GET", "POST"])
def payer_edit(request: DeskRequest, code: str) -> HttpResponse:
    """How an insurer is called and reached."""
    payer = payer_for(request.member, code)
    form = PayerForm(request.POST or None, member=request.member, payer=payer)

    def act() -> object:
        command = _command(request, form, is_change=True)
        return change_payer(payer=payer, details=form.details(), **command)

    return _page(request, form, act, template="payer", done="desk:payer_list", payer=payer)


def _page(
    request: DeskRequest,
    form: CommandForm,
    act: Callable[[], object],
    *,
    template: str,
    done: str,
    **context: Any,
) -> HttpResponse:
    """Ask on GET; on POST do it, or show the form again with what was typed and why not."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and _did(form, act):
            messages.success(request, _("Saved."))
            return redirect(done)
    context |= {"form": form, "words": request.member.practice.profile.words}
    return render(request, f"desk/settings/{template}.html", context, status=status)


def _did(form: CommandForm, act: Callable[[], object]) -> bool:
    try:
        act()
    except KeyReused:
        raise
    except DomainError as error:
        form.add_refusal(error)
        return False
    return True


def _command(request: DeskRequest, form: CommandForm, *, is_change: bool = False) -> dict[str, Any]:
    command = {"actor": request.member, "key": form.cleaned_data["key"]}
    return {**command, "seen": form.cleaned_data["seen"]} if is_change else command
