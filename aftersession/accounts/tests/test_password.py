# SPDX-License-Identifier: Apache-2.0
import re
import smtplib

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from aftersession.accounts.models import User
from aftersession.accounts.tests.test_sign_in import PASSWORD, is_signed_in, sign_in, user

__all__ = ["user"]

NEW = "quiet river under seven bridges"


def ask_for_link(client: Client, email: str = "thandi@example.org", **headers: str) -> tuple[int, str]:
    response = client.post("/account/password/reset/", {"email": email}, headers=headers)
    return response.status_code, response.headers.get("Location", "")


def link_in(message: EmailMessage) -> str:
    found = re.search(r"https?://\S+", str(message.body))
    assert found
    return found.group()


def set_by_link(client: Client, link: str, password: str = NEW) -> str:
    page = client.get(link.removeprefix(settings.AFTERSESSION_URL), follow=True)
    address = page.request["PATH_INFO"]
    response = client.post(address, {"password1": password, "password2": password}, follow=True)
    return response.content.decode()


def test_the_link_sets_a_new_password_once(client: Client, user: User) -> None:
    ask_for_link(client)
    link = link_in(mail.outbox[0])
    assert link.startswith(settings.AFTERSESSION_URL + "/account/password/reset/key/")
    assert "Your new password is set" in set_by_link(client, link)
    assert not is_signed_in(client)
    assert sign_in(client, password=NEW) == 302
    assert (
        "no longer works"
        in Client().get(link.removeprefix(settings.AFTERSESSION_URL), follow=True).content.decode()
    )


def test_a_new_password_ends_sessions_elsewhere(client: Client, user: User) -> None:
    sign_in(client)
    other = Client()
    ask_for_link(other)
    set_by_link(other, link_in(mail.outbox[0]))
    assert not is_signed_in(client)


def test_the_owner_of_the_account_hears_of_the_change(client: Client, user: User) -> None:
    ask_for_link(client)
    set_by_link(client, link_in(mail.outbox[0]))
    assert mail.outbox[1].to == [user.email]
    assert "was changed" in mail.outbox[1].subject


def test_an_unknown_address_gets_the_same_answer_and_a_mail_without_a_link(
    client: Client, user: User
) -> None:
    known = ask_for_link(client)
    assert ask_for_link(client, "nobody@example.org") == known
    assert mail.outbox[1].to == ["nobody@example.org"]
    assert "http" not in mail.outbox[1].body


def test_a_spoofed_host_gets_no_mail_out(client: Client, user: User) -> None:
    assert ask_for_link(client, Host="evil.example")[0] == 400
    assert mail.outbox == []


def test_the_link_is_built_from_the_configured_address(client: Client, user: User, settings: object) -> None:
    settings.AFTERSESSION_URL = "https://desk.example.org"  # type: ignore[attr-defined]
    ask_for_link(client)
    assert link_in(mail.outbox[0]).startswith("https://desk.example.org/account/")


def test_a_mail_server_that_is_down_changes_no_answer(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = ask_for_link(client)

    def refuse(*_arguments: object) -> None:
        raise smtplib.SMTPServerDisconnected("gone")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    assert ask_for_link(client) == expected


def test_asking_again_and_again_is_stopped(client: Client, user: User) -> None:
    statuses = [ask_for_link(client)[0] for _ in range(8)]
    assert statuses[-1] == 429
    assert len(mail.outbox) == 5


@pytest.mark.parametrize("password", ["short", "qwerty123456", "thandi@example.org", "x" * 300])
def test_a_weak_or_monstrous_password_is_refused(client: Client, user: User, password: str) -> None:
    ask_for_link(client)
    assert "is set" not in set_by_link(client, link_in(mail.outbox[0]), password)
    assert sign_in(client) == 302


def test_changing_the_password_keeps_this_device_and_ends_the_others(client: Client, user: User) -> None:
    other = Client()
    sign_in(client)
    sign_in(other)
    client.post("/account/password/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert is_signed_in(client)
    assert not is_signed_in(other)


def test_changing_the_password_needs_the_old_one(client: Client, user: User) -> None:
    sign_in(client)
    client.post("/account/password/", {"oldpassword": "wrong", "password1": NEW, "password2": NEW})
    assert sign_in(Client()) == 302
