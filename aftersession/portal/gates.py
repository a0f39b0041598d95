# SPDX-License-Identifier: Apache-2.0
"""The door of the portal: from what stands in an address to the one link or attempt it opens."""

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

from allauth.account.adapter import get_adapter
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from aftersession.billing.debtors import Debtor, debtor_of
from aftersession.lib import clock
from aftersession.payments.links import attempt_by_pass, debtor_of_link, link_by_token
from aftersession.payments.models import PaymentAttempt, PaymentLink
from aftersession.practices.tenancy import practice_scope

WINDOW_SECONDS = 300
MOST_WRONG_ADDRESSES = 30
"""From one network address in a window. A right address still opens then: an office shares one."""
MOST_CHECKOUTS = 20
"""With one link in a window."""

T = TypeVar("T", PaymentLink, PaymentAttempt)
Routed = Callable[..., HttpResponse]
"""A view as Django calls it: with the request and `token`."""


def with_link(view: Callable[[HttpRequest, PaymentLink], HttpResponse]) -> Routed:
    """Give a view the link that the token opens, in its practice and the payer's language; else 404."""
    return _opened_by(link_by_token, view)


def with_attempt(view: Callable[[HttpRequest, PaymentAttempt], HttpResponse]) -> Routed:
    """Give a view the attempt that a partner's way back shows; else 404."""
    return _opened_by(attempt_by_pass, view)


def too_many(request: HttpRequest) -> HttpResponse:
    """The answer to somebody who tries too often."""
    response = render(request, "429.html", status=429)
    response["Retry-After"] = str(WINDOW_SECONDS)
    return response


def is_too_often(what: str, who: str, most: int) -> bool:
    """Count one more, and say whether that is more than `most` in this window."""
    window = int(clock.now().timestamp()) // WINDOW_SECONDS
    key = f"portal:{what}:{who}:{window}"
    count = int(cache.get(key, 0)) + 1
    cache.set(key, count, WINDOW_SECONDS)
    return count > most


def _opened_by(find: Callable[[str], T | None], view: Callable[[HttpRequest, T], HttpResponse]) -> Routed:
    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        found = find(token)
        if found is None:
            # Only what opens nothing is counted: reading a page that exists writes nothing at all.
            if is_too_often("wrong", get_adapter().get_client_ip(request), MOST_WRONG_ADDRESSES):
                return too_many(request)
            raise Http404
        with practice_scope(found.practice), translation.override(_debtor(found).language):
            return view(request, found)

    return opened


def _debtor(found: PaymentLink | PaymentAttempt) -> Debtor:
    if isinstance(found, PaymentLink):
        return debtor_of_link(found)
    return debtor_of(found.share, found.practice)
