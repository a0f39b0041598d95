# SPDX-License-Identifier: Apache-2.0
"""Somebody who works for several practices says which one, once a session."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from aftersession.desk.practice_choice.forms import PracticeChoiceForm
from aftersession.practices.memberships import memberships_of


@require_http_methods(["GET", "POST"])
def choose_practice(request: HttpRequest) -> HttpResponse:
    """List one's practices; a POST goes to work in one of them."""
    members = memberships_of(request.user)
    if request.method == "GET":
        return render(request, "desk/practice_choice.html", {"members": members})
    form = PracticeChoiceForm(request.POST)
    code = form.cleaned_data["practice"] if form.is_valid() else None
    if code not in {member.practice.code for member in members}:
        raise Http404
    request.session["practice"] = code
    return redirect("/")
