# SPDX-License-Identifier: Apache-2.0
from typing import Any

from allauth.account.views import LogoutView
from django.http import HttpRequest, HttpResponse


class SignOutView(LogoutView):  # type: ignore[misc]
    """Signs out, and has the browser forget what it kept of the pages."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response
