# SPDX-License-Identifier: Apache-2.0
from typing import Any

from allauth.account.views import LogoutView
from allauth.mfa.base.views import AuthenticateView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect


class SignOutView(LogoutView):  # type: ignore[misc]
    """Signs out, and has the browser forget what it kept of the pages."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response


class SecondFactorView(AuthenticateView):  # type: ignore[misc]
    """The code after the password. A form without one would be taken for a passkey's, which we do not offer."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method == "POST" and "code" not in request.POST:
            return redirect("mfa_authenticate")
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response
