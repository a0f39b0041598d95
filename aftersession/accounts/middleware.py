# SPDX-License-Identifier: Apache-2.0
"""What holds for everybody who is signed in: limits of time, a language, a second factor."""

from collections.abc import Callable
from datetime import timedelta

from allauth.mfa.adapter import get_adapter as get_second_factor_adapter
from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import translation

from aftersession.lib import clock

Handler = Callable[[HttpRequest], HttpResponse]

SIGNED_IN_AT = "signed_in_at"
SEEN_AT = "seen_at"
HAS_SECOND_FACTOR = "has_second_factor"
# A session row is written at most once in this time, not on every request.
SEEN_STEP = timedelta(minutes=1).total_seconds()

WAY_TO_SECOND_FACTOR = frozenset(
    {
        "account_logout",
        "account_reauthenticate",
        "mfa_activate_totp",
        "mfa_reauthenticate",
    }
)


class SessionLimitsMiddleware:
    """Signs out after a time without a request, and after a working day in any case."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            moment = clock.now().timestamp()
            started = request.session.setdefault(SIGNED_IN_AT, moment)
            seen = request.session.get(SEEN_AT, moment)
            if (
                moment - seen > settings.SESSION_IDLE_MINUTES * 60
                or moment - started > settings.SESSION_HOURS * 3600
            ):
                logout(request)
            elif SEEN_AT not in request.session or moment - seen > SEEN_STEP:
                request.session[SEEN_AT] = moment
        return self.get_response(request)


class LanguageMiddleware:
    """The language a person has chosen comes before what their browser asks for."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated and request.user.language in dict(settings.LANGUAGES):
            translation.activate(request.user.language)
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
        return self.get_response(request)


class SecondFactorMiddleware:
    """Where a second factor is required, nothing opens before one is set up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponse | None:
        if not settings.SECOND_FACTOR_REQUIRED or not request.user.is_authenticated:
            return None
        match = request.resolver_match
        if match is not None and match.view_name in WAY_TO_SECOND_FACTOR:
            return None
        if request.session.get(HAS_SECOND_FACTOR):
            return None
        if get_second_factor_adapter().is_mfa_enabled(request.user):
            # Asked once a session; whoever removes a factor ends all sessions but their own.
            request.session[HAS_SECOND_FACTOR] = True
            return None
        return redirect("mfa_activate_totp")
