# SPDX-License-Identifier: Apache-2.0
"""Every route has an owner's decision behind it, and the decision holds."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import get_resolver, path
from django.views.decorators.csrf import csrf_exempt

from aftersession.accounts.models import User
from config.checks import check_policy, is_csrf_exempt, policy_problems, routes
from config.policy import MONEY, POLICY, PUBLIC, SIGNED_IN, Kind, Policy
from tests.cast import Cast, signed_in


def answer(request: HttpRequest) -> HttpResponse:
    member = getattr(request, "member", None)
    return HttpResponse(f"{member.practice.name}: {member}" if member else "nobody")


urlpatterns = [
    path("desk/", answer, name="desk"),
    path("undecided/", answer, name="undecided"),
    path("account/sign-in/", answer, name="account_login"),
    path("account/practice/", answer, name="practice_choice"),
    path("hook/", csrf_exempt(answer), name="hook"),
]


@pytest.fixture
def policy(settings: object, monkeypatch: pytest.MonkeyPatch) -> dict[str, Policy]:
    """A small house with one page that takes money."""
    settings.ROOT_URLCONF = __name__  # type: ignore[attr-defined]
    monkeypatch.setitem(POLICY, "desk", MONEY)
    return POLICY


@contextmanager
def row(name: str, policy: Policy) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(POLICY, name, policy)
        yield


def test_every_route_of_the_product_is_decided() -> None:
    assert check_policy() == []


def test_it_fails_for_a_route_nobody_decided_about() -> None:
    problems = [problem.id for problem in policy_problems([path("new/", answer, name="new")])]
    assert "aftersession.E001" in problems


def test_it_fails_for_a_decision_about_no_route() -> None:
    with row("gone", PUBLIC):
        assert [problem.id for problem in check_policy()] == ["aftersession.E002"]


def test_it_fails_for_a_route_that_skips_csrf_and_is_no_webhook() -> None:
    with row("hook", PUBLIC):
        assert "aftersession.E003" in [problem.id for problem in policy_problems(urlpatterns)]


def test_it_fails_for_a_route_open_to_no_role() -> None:
    with row("desk", Policy(Kind.MEMBER)):
        assert "aftersession.E004" in [problem.id for problem in policy_problems(urlpatterns)]


def test_webhooks_are_exactly_the_routes_without_csrf() -> None:
    exempt = {name for name, view in routes(get_resolver().url_patterns) if is_csrf_exempt(view)}
    assert exempt == {name for name, policy in POLICY.items() if policy.kind == Kind.WEBHOOK}


def test_an_undecided_route_answers_nobody(policy: dict[str, Policy], cast: Cast) -> None:
    assert signed_in(cast.owner).get("/undecided/").status_code == 404


def test_a_member_with_the_role_enters_their_practice(policy: dict[str, Policy], cast: Cast) -> None:
    response = signed_in(cast.biller).get("/desk/")
    assert response.content.decode().startswith(cast.practice.name)


def test_another_role_is_refused_and_logged(
    policy: dict[str, Policy], cast: Cast, caplog: pytest.LogCaptureFixture
) -> None:
    assert signed_in(cast.practitioner).get("/desk/").status_code == 403
    assert [record.message for record in caplog.records if record.name == "aftersession.access"] == [
        "refused"
    ]


def test_a_stranger_is_sent_to_sign_in_and_back(policy: dict[str, Policy], db: None, client: Client) -> None:
    assert client.get("/desk/?page=2").headers["Location"] == "/account/sign-in/?next=/desk/%3Fpage%3D2"
    assert client.post("/desk/").headers["Location"] == "/account/sign-in/?next=/"


def test_a_fragment_sends_the_whole_page_to_sign_in(
    policy: dict[str, Policy], db: None, client: Client
) -> None:
    response = client.get("/desk/", headers={"HX-Request": "true"})
    assert (response.status_code, response.headers["HX-Redirect"]) == (204, "/account/sign-in/?next=/")


def test_who_left_the_practice_is_refused(policy: dict[str, Policy], cast: Cast) -> None:
    client = signed_in(cast.owner)
    cast.owner.is_active = False
    cast.owner.save(update_fields=["is_active"])
    assert client.get("/desk/").status_code == 403


def test_who_works_in_two_practices_chooses_one(
    policy: dict[str, Policy], cast: Cast, other_cast: Cast, client: Client
) -> None:
    other_cast.owner.user = cast.owner.user
    other_cast.owner.save(update_fields=["user"])
    client.force_login(cast.owner.user)
    assert client.get("/desk/").headers["Location"] == "/account/practice/"
    session = client.session
    session["practice"] = other_cast.practice.code
    session.save()
    assert client.get("/desk/").content.decode().startswith(other_cast.practice.name)


def test_a_practice_one_does_not_work_in_is_no_choice(
    policy: dict[str, Policy], cast: Cast, other_cast: Cast
) -> None:
    client = signed_in(cast.owner)
    session = client.session
    session["practice"] = other_cast.practice.code
    session.save()
    assert client.get("/desk/").content.decode().startswith(cast.practice.name)


def test_somebody_without_a_practice_may_still_reach_their_account(
    policy: dict[str, Policy], db: None, client: Client
) -> None:
    client.force_login(User.objects.create_user(email="new@example.org", name="New Person"))
    with row("desk", SIGNED_IN):
        assert client.get("/desk/").content == b"nobody"
    assert client.get("/desk/").status_code == 403
