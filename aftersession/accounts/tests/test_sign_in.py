# SPDX-License-Identifier: Apache-2.0
import time
from statistics import median

import pytest
from django.core import mail
from django.test import Client

from aftersession.accounts.models import User

PASSWORD = "correct horse battery staple"


@pytest.fixture
def user(db: None) -> User:
    return User.objects.create_user(email="Thandi@Example.org", name="Thandi Parker", password=PASSWORD)


def sign_in(
    client: Client, *, email: str = "thandi@example.org", password: str = PASSWORD, ip: str = "10.0.0.1"
) -> int:
    response = client.post("/account/sign-in/", {"login": email, "password": password}, REMOTE_ADDR=ip)
    return response.status_code


def is_signed_in(client: Client) -> bool:
    return client.get("/account/security/").status_code == 200


def test_the_right_password_signs_in(client: Client, user: User) -> None:
    assert sign_in(client, email="THANDI@example.org ") == 302
    assert is_signed_in(client)


def test_the_session_gets_a_new_key_at_sign_in(client: Client, user: User) -> None:
    session = client.session
    session["before"] = True
    session.save()
    client.cookies["session"] = session.session_key or ""
    sign_in(client)
    assert client.cookies["session"].value != session.session_key


def test_the_cookie_is_out_of_reach_of_scripts(client: Client, user: User) -> None:
    sign_in(client)
    assert client.cookies["session"]["httponly"]
    assert client.cookies["session"]["samesite"] == "Lax"


@pytest.mark.parametrize("email", ["thandi@example.org", "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_address_read_the_same(
    client: Client, user: User, email: str
) -> None:
    response = client.post("/account/sign-in/", {"login": email, "password": "wrong"})
    assert response.status_code == 200
    assert "This e-mail address and password do not go together" in response.content.decode()
    assert not is_signed_in(client)


def test_an_unknown_address_takes_as_long(user: User, settings: object) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]  # type: ignore[attr-defined]
    settings.ACCOUNT_RATE_LIMITS = False  # type: ignore[attr-defined]
    user.set_password(PASSWORD)
    user.save()

    def seconds(email: str) -> float:
        start = time.perf_counter()
        sign_in(Client(), email=email, password="wrong")
        return time.perf_counter() - start

    known = median(seconds("thandi@example.org") for _ in range(5))
    unknown = median(seconds("nobody@example.org") for _ in range(5))
    assert 0.5 < unknown / known < 2


def test_a_closed_account_does_not_open(client: Client, user: User) -> None:
    user.is_active = False
    user.save()
    sign_in(client)
    assert not is_signed_in(client)


def test_closing_an_account_ends_its_sessions(client: Client, user: User) -> None:
    sign_in(client)
    user.is_active = False
    user.save()
    assert not is_signed_in(client)


def test_guessing_is_stopped_for_the_guesser_only(user: User) -> None:
    guesser = Client()
    for _ in range(100):
        sign_in(guesser, password="wrong", ip="10.6.6.6")
    assert sign_in(guesser, ip="10.6.6.6") != 302
    assert sign_in(Client(), ip="10.0.0.7") == 302


def test_many_tries_from_one_place_get_429(user: User) -> None:
    statuses = [sign_in(Client(), email=f"{number}@example.org", ip="10.6.6.6") for number in range(35)]
    assert statuses[-1] == 429


def test_a_forged_forwarded_address_does_not_help(user: User) -> None:
    for number in range(40):
        client = Client(headers={"X-Forwarded-For": f"10.1.1.{number}"})
        sign_in(client, password="wrong", ip="10.6.6.6")
    assert sign_in(Client(headers={"X-Forwarded-For": "10.2.2.2"}), ip="10.6.6.6") != 302


@pytest.mark.parametrize("password", ["x" * 1_000_000, "x" * 257, "nul\0nul"])
def test_a_monstrous_password_is_turned_away_at_once(client: Client, user: User, password: str) -> None:
    start = time.perf_counter()
    assert sign_in(client, password=password) in (200, 400)
    assert time.perf_counter() - start < 1
    assert not is_signed_in(client)


def test_a_long_pass_phrase_in_any_script_works(client: Client, user: User) -> None:
    phrase = "ибумбулу 🐘 " * 10
    user.set_password(phrase)
    user.save()
    assert sign_in(client, password=phrase) == 302


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_it_never_leads_on_to_another_site(client: Client, user: User, target: str) -> None:
    response = client.post("/account/sign-in/", {"login": user.email, "password": PASSWORD, "next": target})
    assert response.headers["Location"] == "/"


def test_nobody_can_sign_up(client: Client, db: None) -> None:
    for address in ("/account/signup/", "/account/email/", "/account/login/", "/accounts/signup/"):
        assert client.post(address, {"email": "new@example.org", "password1": PASSWORD}).status_code == 404
    assert not User.objects.filter(email="new@example.org").exists()


def test_signing_out_ends_the_session_and_clears_the_browser(client: Client, user: User) -> None:
    sign_in(client)
    kept = client.cookies["session"].value
    response = client.post("/account/sign-out/")
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    client.cookies["session"] = kept
    assert not is_signed_in(client)


def test_looking_at_the_sign_out_page_signs_nobody_out(client: Client, user: User) -> None:
    sign_in(client)
    client.get("/account/sign-out/")
    assert is_signed_in(client)


def test_failures_are_logged_without_the_address(
    client: Client, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    sign_in(client, email="canary@example.org", password="wrong")
    records = [record for record in caplog.records if record.name == "aftersession.access"]
    assert [record.message for record in records] == ["sign-in failed"]
    assert "canary" not in caplog.text + str(records[0].__dict__)
    assert mail.outbox == []
