# SPDX-License-Identifier: Apache-2.0
"""What every answer and every request passes through."""

import logging
from collections.abc import Callable

from csp.middleware import CSPMiddleware, PolicyParts
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import redirect

from aftersession.lib.errors import BadInput, DomainError, KeyReused, NotAllowed, PartnerUnavailable
from aftersession.payments.registry import checkout_origins
from aftersession.practices.memberships import chosen_membership, memberships_of
from aftersession.practices.models import Member
from aftersession.practices.tenancy import practice_scope
from config.errors import busy_page, error_page
from config.policy import POLICY, Kind, Policy

Handler = Callable[[HttpRequest], HttpResponse]

access_log = logging.getLogger("aftersession.access")

PRACTICE_CHOICE = "practice"

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "camera",
        "display-capture",
        "geolocation",
        "microphone",
        "midi",
        "payment",
        "serial",
        "usb",
    )
)
STATUS = {BadInput: 422, KeyReused: 422, NotAllowed: 403, PartnerUnavailable: 503}


def policy_of(request: HttpRequest) -> Policy | None:
    """The row of the route a request was resolved to."""
    match = request.resolver_match
    return POLICY.get(match.view_name) if match else None


def has_token_in_address(request: HttpRequest) -> bool:
    """Whether the address itself opens something, so that it must not travel as a referrer."""
    match, policy = request.resolver_match, policy_of(request)
    is_reset = match is not None and match.view_name == "account_reset_password_from_key"
    return is_reset or (policy is not None and policy.kind == Kind.PAYER_LINK)


class HeadersMiddleware:
    """Headers of every answer that is not a static file; Django's own come on top."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response["Cache-Control"] = "no-store"
        response["Permissions-Policy"] = PERMISSIONS
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        if has_token_in_address(request):
            response["Referrer-Policy"] = "no-referrer"
        return response


class ContentPolicyMiddleware(CSPMiddleware):
    """The content policy, wider on pay pages by the hosts their form leads on to."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        policy = policy_of(request)
        is_pay_page = policy is not None and policy.kind == Kind.PAYER_LINK and not report_only
        if is_pay_page and (origins := checkout_origins()):
            parts.update = {**(parts.update or {}), "form-action": origins}
        return parts


class CsrfMiddleware(CsrfViewMiddleware):
    """Django's check, for pages that send no referrer too.

    From such a page a browser sends `Origin: null`. Where it also says that the request comes from
    this very site (or is too old to say), the token in the form decides, as always.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        if request.META.get("HTTP_ORIGIN") == "null" and has_token_in_address(request):
            return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        verified: bool = super()._origin_verified(request)  # type: ignore[misc]
        return verified


class MemberMiddleware:
    """`request.member`: who works here, in which practice; the practice is the scope of all queries."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        member = find_member(request)
        request.member = member  # type: ignore[attr-defined]
        if member is None:
            return self.get_response(request)
        with practice_scope(member.practice):
            return self.get_response(request)


def find_member(request: HttpRequest) -> Member | None:
    """The signed-in person's place in the practice they work in now."""
    return chosen_membership(memberships_of(request.user), request.session.get(PRACTICE_CHOICE))


class PolicyMiddleware:
    """Answers a route only to whom its row in `config/policy.py` allows."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_view: object) -> HttpResponseBase | None:
        policy = policy_of(request)
        if policy is None:
            raise Http404
        if policy.kind in (Kind.PUBLIC, Kind.PAYER_LINK, Kind.WEBHOOK):
            return None
        if not request.user.is_authenticated:
            return to_sign_in(request)
        if policy.kind == Kind.SIGNED_IN:
            return None
        return refuse_member(request, policy)


def to_sign_in(request: HttpRequest) -> HttpResponseBase:
    """To the sign-in page, and back to a page that was only to be read."""
    back = request.get_full_path() if request.method == "GET" and not getattr(request, "htmx", None) else "/"
    response = redirect_to_login(back)
    if not getattr(request, "htmx", None):
        return response
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = response["Location"]
    return answer


def refuse_member(request: HttpRequest, policy: Policy) -> HttpResponseBase | None:
    """None if the member's role is in the row; else where to go, or the refusal."""
    member: Member | None = request.member  # type: ignore[attr-defined]
    if member is not None and member.role in policy.roles:
        return None
    if member is None and memberships_of(request.user):
        return redirect("practice_choice")
    match = request.resolver_match
    access_log.warning(
        "refused",
        extra={
            "facts": {"route": match.view_name if match else "", "member": member.code if member else "none"}
        },
    )
    return error_page(request, 403)


class ErrorMiddleware:
    """Turns what the product refuses into a page or a notice, and a busy database into "try again"."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        match = request.resolver_match
        route = match.view_name if match else ""
        if isinstance(error, OperationalError | InterfaceError):
            access_log.error("database busy", exc_info=error, extra={"facts": {"route": route}})
            return busy_page(request)
        if not isinstance(error, DomainError):
            return None
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 409)
        access_log.info("not done", extra={"facts": {"route": route, "code": error.code, "status": status}})
        return error_page(request, status, message=error.message)
