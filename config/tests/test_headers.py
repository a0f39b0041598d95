# SPDX-License-Identifier: Apache-2.0
"""Headers that every answer carries, whatever route and whatever outcome."""

import re

import pytest
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import get_token
from django.test import Client
from django.urls import get_resolver, path, reverse
from django.urls.exceptions import NoReverseMatch

from aftersession.payments.registry import checkout_origins
from config.checks import routes
from config.policy import PAYER_LINK, POLICY, PUBLIC

CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}


def pay(request: HttpRequest, token: str = "") -> HttpResponse:
    return HttpResponse(get_token(request))


urlpatterns = [path("p/<token>/", pay, name="pay"), path("open/", pay, name="open")]


@pytest.fixture
def pay_page(settings: object, monkeypatch: pytest.MonkeyPatch, db: None) -> Client:
    settings.ROOT_URLCONF = __name__  # type: ignore[attr-defined]
    settings.CHECKOUT_ORIGINS = ["https://pay.example.org"]  # type: ignore[attr-defined]
    monkeypatch.setitem(POLICY, "pay", PAYER_LINK)
    monkeypatch.setitem(POLICY, "open", PUBLIC)
    return Client(enforce_csrf_checks=True)


def content_policy(response: HttpResponseBase) -> dict[str, str]:
    header = response.headers["Content-Security-Policy"]
    return dict(part.strip().partition(" ")[::2] for part in header.split(";"))


def addresses() -> list[str]:
    found = ["/nowhere/"]
    for name, _view in routes(get_resolver().url_patterns):
        try:
            found.append(reverse(name))
        except NoReverseMatch:
            continue
    return found


@pytest.mark.django_db
def test_every_route_answers_with_strict_headers(client: Client) -> None:
    for address in addresses():
        response = client.get(address)
        assert CSP.items() <= content_policy(response).items(), address
        assert response.headers["Cache-Control"] == "no-store", address
        assert response.headers["X-Content-Type-Options"] == "nosniff", address
        assert response.headers["X-Frame-Options"] == "DENY", address
        assert response.headers["Referrer-Policy"] == "same-origin", address
        assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin", address
        assert "camera=()" in response.headers["Permissions-Policy"], address


@pytest.mark.django_db
def test_every_unsafe_request_needs_a_token() -> None:
    strict = Client(enforce_csrf_checks=True)
    for address in addresses():
        assert strict.post(address).status_code in (403, 404), address


def test_a_page_with_a_token_in_its_address_sends_no_referrer(pay_page: Client) -> None:
    assert pay_page.get("/p/secret/").headers["Referrer-Policy"] == "no-referrer"
    assert pay_page.get("/open/").headers["Referrer-Policy"] == "same-origin"


def test_only_a_pay_page_may_lead_on_to_the_partner(pay_page: Client) -> None:
    own, *partners = content_policy(pay_page.get("/p/secret/"))["form-action"].split()
    assert (own, set(partners)) == ("'self'", set(checkout_origins()))
    assert "https://pay.example.org" in partners
    assert content_policy(pay_page.get("/open/"))["form-action"] == "'self'"


@pytest.mark.parametrize(
    ("address", "site", "status"),
    [
        ("/p/secret/", "same-origin", 200),
        ("/p/secret/", None, 200),
        ("/p/secret/", "cross-site", 403),
        ("/open/", "same-origin", 403),
    ],
)
def test_a_form_without_referrer_passes_from_a_pay_page_only(
    pay_page: Client, address: str, site: str | None, status: int
) -> None:
    token = pay_page.get("/p/secret/").content.decode()
    headers = {"Origin": "null"} | ({"Sec-Fetch-Site": site} if site else {})
    assert pay_page.post(address, {"csrfmiddlewaretoken": token}, headers=headers).status_code == status
    assert pay_page.post(address, headers=headers).status_code == 403


def test_scripts_and_styles_are_never_inline() -> None:
    for value in CSP.values():
        assert not re.search("unsafe|nonce|\\*", value)
