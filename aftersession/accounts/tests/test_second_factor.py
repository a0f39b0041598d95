# SPDX-License-Identifier: Apache-2.0
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client

from aftersession.accounts.models import User
from aftersession.accounts.tests.test_sign_in import PASSWORD, is_signed_in, sign_in, user
from tests.fixtures.clock import FrozenClock

__all__ = ["user"]

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def guarded(user: User) -> User:
    TOTP.activate(user, SECRET)
    RecoveryCodes.activate(user)
    return user


@pytest.fixture
def required(settings: object) -> None:
    settings.SECOND_FACTOR_REQUIRED = True  # type: ignore[attr-defined]


def code_at(window: int, secret: str = SECRET) -> str:
    code: str = format_hotp_value(hotp_value(secret, int(time.time()) // 30 + window))
    return code


def enter(client: Client, code: str) -> int:
    return client.post("/account/sign-in/code/", {"code": code}).status_code


def test_the_password_alone_opens_nothing(client: Client, guarded: User) -> None:
    response = client.post("/account/sign-in/", {"login": guarded.email, "password": PASSWORD})
    assert response.headers["Location"] == "/account/sign-in/code/"
    assert not is_signed_in(client)


@pytest.mark.parametrize("window", [-1, 0, 1])
def test_the_code_of_now_signs_in(client: Client, guarded: User, window: int) -> None:
    sign_in(client)
    enter(client, code_at(window))
    assert is_signed_in(client)


@pytest.mark.parametrize("window", [-3, -2, 3])
def test_an_older_or_later_code_does_not(client: Client, guarded: User, window: int) -> None:
    sign_in(client)
    enter(client, code_at(window))
    assert not is_signed_in(client)


def test_a_code_works_once_even_after_its_own_window(client: Client, guarded: User) -> None:
    sign_in(client)
    code = code_at(1)
    enter(client, code)
    # What allauth itself remembers is gone after 30 seconds, while the code is still in tolerance.
    cache.delete(f"allauth.mfa.totp.used?user={guarded.pk}&code={code}")
    second = Client()
    sign_in(second)
    enter(second, f"{code[:3]} {code[3:]}")
    assert is_signed_in(client)
    assert not is_signed_in(second)


def test_a_recovery_code_works_once(client: Client, guarded: User) -> None:
    authenticator = Authenticator.objects.get(user=guarded, type=Authenticator.Type.RECOVERY_CODES)
    code = RecoveryCodes(authenticator).get_unused_codes()[0]
    second = Client()
    for browser in (client, second):
        sign_in(browser)
        enter(browser, code)
    assert is_signed_in(client)
    assert not is_signed_in(second)


def test_guessing_codes_is_stopped(client: Client, guarded: User) -> None:
    sign_in(client)
    for number in range(8):
        enter(client, f"{number:06}")
    enter(client, code_at(0))
    assert not is_signed_in(client)


@pytest.mark.parametrize("data", [{}, {"code": ""}, {"code": "x" * 10_000}, {"credential": "{}"}])
def test_a_form_without_a_code_is_asked_again(client: Client, guarded: User, data: dict[str, str]) -> None:
    sign_in(client)
    response = client.post("/account/sign-in/code/", data, follow=True)
    assert response.request["PATH_INFO"] == "/account/sign-in/code/"
    assert response.status_code == 200
    assert not is_signed_in(client)


def test_the_secret_lies_sealed_in_the_database(guarded: User) -> None:
    kept = Authenticator.objects.get(user=guarded, type=Authenticator.Type.TOTP).data["secret"]
    assert SECRET not in kept
    assert kept.startswith("open.")


def test_where_it_is_required_nothing_opens_before_it_is_set_up(
    client: Client, user: User, required: None
) -> None:
    sign_in(client)
    for address in ("/account/security/", "/account/password/", "/account/practice/"):
        assert client.get(address).headers["Location"] == "/account/security/app/"


@pytest.mark.django_db(transaction=True)
def test_setting_it_up_ends_other_sessions_and_shows_recovery_codes(
    client: Client, user: User, required: None
) -> None:
    other = Client()
    sign_in(other)
    sign_in(client)
    before = client.cookies["session"].value
    page = client.get("/account/security/app/").content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)
    assert secret
    response = client.post("/account/security/app/", {"code": code_at(0, secret.group(1))})
    assert response.headers["Location"] == "/account/security/recovery-codes/"
    response = client.get("/account/security/recovery-codes/")
    assert response.content.decode().count("<li><code>") == 10
    assert client.cookies["session"].value != before
    assert is_signed_in(client)
    assert other.get("/account/security/").status_code == 302


def test_a_new_password_does_not_open_an_account_with_a_second_factor(client: Client, guarded: User) -> None:
    guarded.set_password("quiet river under seven bridges")
    guarded.save()
    sign_in(client, password="quiet river under seven bridges")
    assert not is_signed_in(client)


def test_removing_it_asks_who_it_is_first(client: Client, guarded: User, frozen_clock: FrozenClock) -> None:
    client.force_login(guarded)
    client.get("/account/security/")
    frozen_clock.tick(minutes=6)
    response = client.post("/account/security/app/removal/")
    assert response.headers["Location"].startswith("/account/confirm/")
    assert Authenticator.objects.filter(user=guarded).count() == 2
