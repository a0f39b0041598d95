# SPDX-License-Identifier: Apache-2.0
"""The pay page. Reading it changes nothing, however often a mail scanner does; only the press on Pay does."""

import logging

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from aftersession.billing.debtors import debtor_of
from aftersession.lib.errors import BadInput, DomainError, PartnerUnavailable
from aftersession.payments.attempts import OPEN_STATES
from aftersession.payments.links import link_by_token
from aftersession.payments.models import PaymentAttempt, PaymentLink
from aftersession.payments.provider import PartnerRefused
from aftersession.portal.amounts import ALL, Offer
from aftersession.portal.gates import MOST_CHECKOUTS, is_too_often, too_many, with_attempt, with_link
from aftersession.portal.pages import PayPage, ending_of, pay_page
from aftersession.practices.actors import PayerActor
from aftersession.practices.models import Practice
from aftersession.workflows.settle_attempt import WrongAccount, refresh_attempt
from aftersession.workflows.start_checkout import Asked, Handover, start_checkout

WAY_BACK = "pay"
"""A cookie of the browser that went to the partner: it holds the token that this browser had already."""
WAY_BACK_SECONDS = 24 * 60 * 60
MOST_KEY_LENGTH = 40

log = logging.getLogger("aftersession.pay")


@require_safe
@with_link
def pay(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """What is open now, and the ways to pay it. An amount in the address is what the payer would pay."""
    page = pay_page(link, request.GET)
    refused = any(offer and offer.form and offer.form.errors for offer in (page.own, page.account))
    return _show(request, link, page, status=422 if refused else 200)


@require_POST
@with_link
def pay_checkout(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """To the partner's page, for the amount on the button. Where that cannot be: the page, and why."""
    if is_too_often("checkout", link.code, MOST_CHECKOUTS):
        return too_many(request)
    shown = pay_page(link, request.POST)
    try:
        key, asked = _key(request), _asked(request, shown)
        payer_email = _email(request, shown)
        if asked is None or payer_email is None:
            return _show(request, link, shown, status=422)
        actor = PayerActor(link.practice, link.code)
        handover = start_checkout(link=link, actor=actor, key=key, asked=asked, payer_email=payer_email)
    except (PartnerUnavailable, PartnerRefused) as error:
        log.warning("checkout_not_started", extra={"facts": {"link": link.code, "code": error.code}})
        text = _(
            "The payment could not be started. Nothing was charged. Please try again, or pay by transfer."
        )
        return _show(request, link, shown, problem=text, status=503)
    except DomainError as refusal:
        # What was just found out may have changed the page: a payment that nobody knew of.
        return _show(request, link, pay_page(link), problem=refusal.message, status=409)
    response = _hand_over(request, link, shown, handover)
    _remember_way_back(response, _token(request))
    return response


@require_safe
@with_attempt
def pay_return(request: HttpRequest, attempt: PaymentAttempt) -> HttpResponse:
    """How an attempt stands, after asking the partner. It decides nothing.

    Whoever has only this address, the partner too, sees the outcome alone; the browser that came from
    the pay page finds its way back there.
    """
    is_known = attempt.state not in OPEN_STATES or _ask_partner(attempt)
    token = request.COOKIES.get(WAY_BACK, "")
    link = link_by_token(token)
    context = {
        "attempt": attempt,
        "ending": ending_of(attempt, is_known=is_known),
        "has_email": bool(debtor_of(attempt.share, attempt.practice).email),
        "back": token if link is not None and link.pk == attempt.link_id else "",
    }
    return render(request, "portal/return.html", {**_frame(attempt.practice), **context})


def _show(
    request: HttpRequest, link: PaymentLink, page: PayPage, *, problem: str = "", status: int = 200
) -> HttpResponse:
    context = {"page": page, "token": _token(request), "problem": problem}
    return render(request, "portal/pay.html", {**_frame(link.practice), **context}, status=status)


def _hand_over(request: HttpRequest, link: PaymentLink, page: PayPage, handover: Handover) -> HttpResponse:
    if not handover.fields:
        return redirect(handover.url)
    context = {"handover": handover, "partner": page.partner, "token": _token(request)}
    return render(request, "portal/hand_over.html", {**_frame(link.practice), **context})


def _asked(request: HttpRequest, page: PayPage) -> Asked | None:
    """What the payer agreed to; None where an amount cannot be paid, which the page then says beside it."""
    is_account, offer = _pressed(request, page)
    shown_minor = _shown_amount(request)
    if not request.POST.get("amount"):
        return Asked(is_account=is_account, shown_minor=shown_minor)
    if offer is None:
        return Asked(is_account=is_account, shown_minor=shown_minor, amount_minor=shown_minor)
    if offer.chosen is None and offer.total.minor == shown_minor:
        return None
    amount_minor = offer.chosen.amount.minor if offer.chosen else None
    return Asked(is_account=is_account, shown_minor=shown_minor, amount_minor=amount_minor)


def _email(request: HttpRequest, page: PayPage) -> str | None:
    """The address that the payer confirmed for the partner; None for one that the page refuses."""
    _is_account, offer = _pressed(request, page)
    if offer is None or offer.email is None or not offer.email.is_bound:
        return ""
    return offer.email.chosen() if offer.email.is_valid() else None


def _pressed(request: HttpRequest, page: PayPage) -> tuple[bool, Offer | None]:
    """Whose button was pressed: whether that of all that is owed, and the offer if it still stands."""
    is_account = page.bill is None or request.POST.get("of") == ALL
    return is_account, page.account if is_account else page.own


def _frame(practice: Practice) -> dict[str, object]:
    return {
        "practice": practice,
        "practice_locale": practice.locale,
        "practice_zone": practice.time_zone,
        "phone": practice.profile.format_phone(practice.phone),
    }


def _token(request: HttpRequest) -> str:
    match = request.resolver_match
    return str(match.kwargs["token"]) if match else ""


def _ask_partner(attempt: PaymentAttempt) -> bool:
    """Whether the partner said how it stands."""
    try:
        refresh_attempt(attempt)
        return True
    except (PartnerUnavailable, PartnerRefused, WrongAccount) as error:
        facts = {"attempt": attempt.code, "error": type(error).__name__}
        log.warning("attempt_not_refreshed", extra={"facts": facts})
        return False


def _remember_way_back(response: HttpResponse, token: str) -> None:
    response.set_cookie(
        WAY_BACK,
        token,
        max_age=WAY_BACK_SECONDS,
        path=reverse("portal:pay_return", args=["x"]).removesuffix("x"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _key(request: HttpRequest) -> str:
    key = request.POST.get("key", "")
    if not key or len(key) > MOST_KEY_LENGTH or not key.isascii() or not key.isalnum():
        raise BadInput(_("This page is too old. Please open it again."))
    return key


def _shown_amount(request: HttpRequest) -> int:
    amount = request.POST.get("amount_minor", "")
    if not (amount.isascii() and amount.isdigit() and len(amount) <= 15):
        raise BadInput(_("This page is too old. Please open it again."))
    return int(amount)
