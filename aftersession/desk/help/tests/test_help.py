# SPDX-License-Identifier: Apache-2.0
"""Help opens the steps of the page it is asked from, in the practice's own words, with whom to ask."""

import pytest
from django.urls import get_resolver, reverse

from aftersession.desk.help.topics import OF_PAGE, TOPICS
from aftersession.desk.mailbox import urls as mailbox
from aftersession.practices.models import Practice
from tests.cast import Cast, cast, make_cast, signed_in

__all__ = ["cast"]


@pytest.mark.parametrize("slug", [topic.slug for topic in TOPICS])
def test_every_topic_opens_for_everybody_and_says_whom_to_ask(cast: Cast, slug: str) -> None:
    for member in cast.members:
        response = signed_in(member).get(reverse("desk:help_topic", args=[slug]))
        assert response.status_code == 200
        assert cast.practice.support_email.encode() in response.content


@pytest.mark.parametrize("route", OF_PAGE)
def test_the_help_of_a_page_is_its_topic(cast: Cast, route: str) -> None:
    response = signed_in(cast.biller).get(reverse("desk:help"), {"page": route})
    assert response.headers["Location"] == reverse("desk:help_topic", args=[OF_PAGE[route].slug])


def test_every_page_that_a_topic_names_exists() -> None:
    _prefix, desk = get_resolver().namespace_dict["desk"]
    named = {route for topic in TOPICS for route in topic.routes}
    # The mailbox is routed in the demo only.
    known = set(desk.reverse_dict) | {route.name for route in mailbox.urlpatterns}
    assert named - known == set()


@pytest.mark.parametrize("page", ["", "nowhere", "https://evil.example", "completing"])
def test_an_unknown_page_leads_to_all_topics(cast: Cast, page: str) -> None:
    assert b"step by step" in signed_in(cast.owner).get(reverse("desk:help"), {"page": page}).content


def test_an_unknown_topic_is_unknown(cast: Cast) -> None:
    assert signed_in(cast.owner).get("/help/settings.html/").status_code == 404
    assert signed_in(cast.owner).get("/help/base/").status_code == 404


def test_the_menu_leads_from_a_page_to_its_help(cast: Cast) -> None:
    page = signed_in(cast.owner).get(reverse("desk:patient_list")).content.decode()
    assert f"{reverse('desk:help')}?page=patient_list" in page


def test_a_practice_without_support_address_is_told_where_to_set_it(cast: Cast) -> None:
    Practice.objects.filter(pk=cast.practice.pk).update(support_email="")
    page = signed_in(cast.owner).get(reverse("desk:help")).content
    assert b"Set the support address" in page
    assert b"Set the support address" not in signed_in(cast.biller).get(reverse("desk:help")).content


def test_the_words_are_the_countrys(db: None) -> None:
    elsewhere = make_cast(country="zz", practice_number="", phone="")
    page = signed_in(elsewhere.owner).get(reverse("desk:help_topic", args=["insurance"])).content
    assert b"member number" in page
    assert b"medical aid" not in page
