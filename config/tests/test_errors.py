# SPDX-License-Identifier: Apache-2.0
"""What goes wrong becomes a page in plain words, with the right status and nothing of the exception."""

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from aftersession.lib.errors import (
    AmountTooLarge,
    DomainError,
    InvalidTransition,
    KeyReused,
    NotAllowed,
    PartnerUnavailable,
)
from config.policy import POLICY, PUBLIC

RAISED: list[Exception] = []


def fail(request: HttpRequest) -> HttpResponse:
    raise RAISED[-1]


handler400 = "config.errors.bad_request"
handler403 = "config.errors.permission_denied"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
urlpatterns = [path("failing/", fail, name="failing")]


@pytest.fixture
def browser(settings: object, monkeypatch: pytest.MonkeyPatch, db: None) -> Client:
    settings.ROOT_URLCONF = __name__  # type: ignore[attr-defined]
    monkeypatch.setitem(POLICY, "failing", PUBLIC)
    return Client(raise_request_exception=False)


def failing(browser: Client, error: Exception, **headers: str) -> HttpResponse:
    RAISED.append(error)
    return browser.get("/failing/", headers=headers)  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidTransition("This invoice is void."), 409),
        (AmountTooLarge("Only R 500.00 is open."), 422),
        (KeyReused("This form was sent before with other figures."), 422),
        (NotAllowed("Only the owner may do this."), 403),
        (PartnerUnavailable("The payment partner does not answer."), 503),
    ],
)
def test_a_refusal_is_told_in_its_own_words(browser: Client, error: DomainError, status: int) -> None:
    response = failing(browser, error)
    assert response.status_code == status
    assert error.message in response.content.decode()


def test_a_fragment_gets_a_notice(browser: Client) -> None:
    response = failing(browser, InvalidTransition("This invoice is void."), **{"HX-Request": "true"})
    assert response.status_code == 409
    assert response.headers["HX-Retarget"] == "#notices"
    assert b"<html" not in response.content
    assert b"This invoice is void." in response.content


def test_a_busy_database_asks_to_try_again(browser: Client) -> None:
    response = failing(browser, OperationalError("database is locked"))
    assert (response.status_code, response.headers["Retry-After"]) == (503, "5")
    assert b"locked" not in response.content


def test_an_unforeseen_fault_shows_nothing_of_itself(
    browser: Client, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    response = failing(browser, RuntimeError("Naledi Mokoena"))
    assert response.status_code == 500
    assert b"Naledi" not in response.content
    assert response.headers["Cache-Control"] == "no-store"


def test_a_hostile_message_stays_text(browser: Client) -> None:
    response = failing(browser, InvalidTransition("<script>alert(1)</script>"))
    assert b"<script>" not in response.content


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "localhost:80@evil.example"])
def test_a_foreign_host_is_refused(browser: Client, host: str) -> None:
    assert browser.get("/failing/", headers={"Host": host}).status_code == 400


def test_a_missing_page_says_so(browser: Client) -> None:
    response = browser.get("/nowhere/")
    assert response.status_code == 404
    assert b"nothing here" in response.content
