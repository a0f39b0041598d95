# SPDX-License-Identifier: Apache-2.0
"""The demo's door: one click instead of a password. Its route exists in the demo mode only."""

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from aftersession.desk.demo_sign_in.people import demo_people, demo_person


@require_http_methods(["GET", "POST"])
def sign_in_to_demo(request: HttpRequest) -> HttpResponse:
    """List the demo's people; a POST signs in as one of them."""
    if not settings.DEMO:
        raise Http404
    if request.method == "GET":
        return render(request, "desk/demo_sign_in.html", {"practices": demo_people()})
    member = demo_person(request.POST.get("member", ""))
    if member is None:
        raise Http404
    login(request, member.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session["practice"] = member.practice.code
    return redirect("/")
