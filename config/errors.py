# SPDX-License-Identifier: Apache-2.0
"""Pages for what goes wrong. They never show the text of an exception."""

import sys
from typing import Any

from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

RETRY_SECONDS = 5


def error_page(
    request: HttpRequest, status: int, *, message: str = "", retry_after: int | None = None
) -> HttpResponse:
    """The page for a status; for a request of htmx only the notice, put where the page shows notices."""
    if getattr(request, "htmx", None):
        response = render(
            request, "errors/notice.html", {"status": status, "message": message}, status=status
        )
        response["HX-Retarget"] = "#notices"
        response["HX-Reswap"] = "beforeend"
    else:
        response = render(request, f"{status}.html", {"message": message}, status=status)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def busy_page(request: HttpRequest) -> HttpResponse:
    """The database is busy or away: nothing was done, and trying again is safe."""
    return error_page(request, 503, retry_after=RETRY_SECONDS)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return error_page(request, 404)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or from another session: most often a page left open too long."""
    return render(request, "errors/csrf.html", status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Whatever nobody foresaw. Rendered without context: what failed may be what a context needs."""
    error: Any = sys.exc_info()[1]
    if isinstance(error, OperationalError):
        response = HttpResponse(render_to_string("503.html"), status=503)
        response["Retry-After"] = str(RETRY_SECONDS)
        return response
    return HttpResponse(render_to_string("500.html"), status=500)
