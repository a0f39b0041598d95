# SPDX-License-Identifier: Apache-2.0
import pytest
from django.test import Client
from django.utils.html import escape

from aftersession.accounts.models import User
from tests.cast import Cast

ADDRESS = "/account/practice/"


@pytest.fixture
def both(client: Client, cast: Cast, other_cast: Cast) -> Client:
    """Somebody who owns one practice and bills for the other."""
    other_cast.biller.user = cast.owner.user
    other_cast.biller.save(update_fields=["user"])
    client.force_login(cast.owner.user)
    return client


def test_it_shows_ones_practices_with_ones_role(both: Client, cast: Cast, other_cast: Cast) -> None:
    page = both.get(ADDRESS).content.decode()
    assert escape(cast.practice.name) in page
    assert other_cast.practice.name in page
    assert "Biller" in page


def test_the_choice_holds_for_the_session(both: Client, other_cast: Cast) -> None:
    assert both.post(ADDRESS, {"practice": other_cast.practice.code}).headers["Location"] == "/"
    assert both.session["practice"] == other_cast.practice.code


@pytest.mark.parametrize("code", ["", "nowhere", "x" * 5000])
def test_a_made_up_practice_is_not_found(both: Client, code: str) -> None:
    assert both.post(ADDRESS, {"practice": code}).status_code == 404
    assert "practice" not in both.session


def test_a_practice_of_others_is_not_found(client: Client, cast: Cast, other_cast: Cast) -> None:
    client.force_login(cast.owner.user)
    assert client.post(ADDRESS, {"practice": other_cast.practice.code}).status_code == 404


def test_somebody_in_no_practice_is_told_what_to_do(client: Client, db: None) -> None:
    client.force_login(User.objects.create_user(email="new@example.org", name="New Person"))
    assert "can add you" in client.get(ADDRESS).content.decode()
