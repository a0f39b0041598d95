# SPDX-License-Identifier: Apache-2.0
import pytest
from django.test import Client

from aftersession.accounts.models import User
from aftersession.accounts.tests.test_sign_in import is_signed_in, sign_in, user
from tests.fixtures.clock import FrozenClock

__all__ = ["user"]


@pytest.fixture
def signed_in(client: Client, user: User, frozen_clock: FrozenClock) -> Client:
    sign_in(client)
    assert is_signed_in(client)
    return client


def test_an_idle_session_ends(signed_in: Client, frozen_clock: FrozenClock) -> None:
    frozen_clock.tick(minutes=61)
    assert not is_signed_in(signed_in)


def test_a_session_in_use_goes_on(signed_in: Client, frozen_clock: FrozenClock) -> None:
    for _ in range(5):
        frozen_clock.tick(minutes=50)
        assert is_signed_in(signed_in)


def test_a_session_ends_after_a_working_day_however_busy(
    signed_in: Client, frozen_clock: FrozenClock
) -> None:
    for _ in range(14):
        frozen_clock.tick(minutes=50)
        is_signed_in(signed_in)
    frozen_clock.tick(minutes=25)
    assert not is_signed_in(signed_in)


def test_reading_a_page_again_does_not_write_the_session(signed_in: Client) -> None:
    before = signed_in.session.items()
    is_signed_in(signed_in)
    assert signed_in.session.items() == before


def test_one_sees_ones_devices_and_ends_the_others(signed_in: Client, user: User) -> None:
    other = Client(headers={"User-Agent": "Lost phone"})
    sign_in(other)
    assert "Lost phone" in signed_in.get("/account/security/sessions/").content.decode()
    signed_in.post("/account/security/sessions/")
    assert is_signed_in(signed_in)
    assert not is_signed_in(other)


def test_the_language_one_has_chosen_rules(signed_in: Client, user: User) -> None:
    user.language = "en-xa"
    user.save()
    response = signed_in.get("/account/security/", headers={"Accept-Language": "fr"})
    assert response.headers["Content-Language"] == "en-xa"
