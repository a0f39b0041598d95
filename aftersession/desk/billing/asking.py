# SPDX-License-Identifier: Apache-2.0
"""How a page asks before it does something: the form on GET, the deed on POST, and refusals beside their fields."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from aftersession.desk.billing.details import Details
from aftersession.desk.forms import CommandForm
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError

Act = Callable[[], HttpResponse]


def command_of(request: DeskRequest, form: CommandForm) -> dict[str, Any]:
    """Who does it, and the key that makes it happen once."""
    return {"actor": request.member, "key": form.cleaned_data["key"]}


def ask(
    request: DeskRequest, form: CommandForm, act: Act, template: str, details: Details, **more: Any
) -> HttpResponse:
    """The same about one invoice."""
    context = {
        "details": details,
        "invoice": details.invoice,
        "back": reverse("desk:invoice_detail", args=[details.invoice.code]),
        **more,
    }
    return answer(request, form, act, template, context)


def answer(
    request: DeskRequest, form: CommandForm, act: Act, template: str, context: dict[str, Any]
) -> HttpResponse:
    """Ask on GET; on POST do it, or show the form again with what was typed and why not."""
    status = 200
    if request.method == "POST" and form.is_bound:
        status = 422
        if form.is_valid():
            try:
                return act()
            except DomainError as error:
                form.add_refusal(error)
    context |= {"place": "billing", "form": form}
    return render(request, f"desk/billing/{template}.html", context, status=status)
