# SPDX-License-Identifier: Apache-2.0
import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from django.utils.html import escape

from config.policy import DEMO_ROUTES, EVERYONE, POLICY
from tests.cast import Cast


def today(request: HttpRequest) -> HttpResponse:
    return HttpResponse(request.member.code)  # type: ignore[attr-defined]


urlpatterns = [
    path("", today, name="today_of_the_demo"),
    path("demo/", include("aftersession.desk.demo_sign_in.urls")),
]


@pytest.fixture
def demo(settings: object, monkeypatch: pytest.MonkeyPatch, db: None) -> Client:
    settings.DEMO = True  # type: ignore[attr-defined]
    settings.ROOT_URLCONF = __name__  # type: ignore[attr-defined]
    monkeypatch.setitem(POLICY, "today_of_the_demo", EVERYONE)
    for name, policy in DEMO_ROUTES.items():
        monkeypatch.setitem(POLICY, name, policy)
    return Client()


def test_it_lists_the_people_of_both_practices(demo: Client, cast: Cast, other_cast: Cast) -> None:
    page = demo.get("/demo/").content.decode()
    for member in (*cast.members, *other_cast.members):
        assert escape(str(member.user)) in page
        assert member.code in page
    assert escape(cast.practice.name) in page
    assert other_cast.practice.name in page


def test_one_click_signs_in(demo: Client, cast: Cast, other_cast: Cast) -> None:
    assert demo.post("/demo/", {"member": other_cast.biller.code}).headers["Location"] == "/"
    assert demo.get("/").content.decode() == other_cast.biller.code


def test_another_click_changes_who_one_is(demo: Client, cast: Cast, other_cast: Cast) -> None:
    demo.post("/demo/", {"member": cast.owner.code})
    demo.post("/demo/", {"member": other_cast.owner.code})
    assert demo.get("/").content.decode() == other_cast.owner.code


def test_the_click_needs_the_token_of_the_page(demo: Client, cast: Cast) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/demo/", {"member": cast.owner.code}).status_code == 403


@pytest.mark.parametrize("code", ["", "nobody", "' OR 1=1", "x" * 5000])
def test_nobody_is_found_by_a_made_up_code(demo: Client, cast: Cast, code: str) -> None:
    assert demo.post("/demo/", {"member": code}).status_code == 404


def test_an_empty_demo_says_how_to_fill_it(demo: Client) -> None:
    assert "make demo" in demo.get("/demo/").content.decode()


def test_the_page_refuses_outside_the_demo_even_if_a_route_led_there(
    demo: Client, cast: Cast, settings: object
) -> None:
    settings.DEMO = False  # type: ignore[attr-defined]
    assert demo.post("/demo/", {"member": cast.owner.code}).status_code == 404
