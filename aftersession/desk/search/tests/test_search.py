# SPDX-License-Identifier: Apache-2.0
"""One line of text finds clients, their sessions and invoices, of one's own practice only."""

import pytest
from django.urls import reverse

from aftersession.practices.models import Member
from tests.cast import Cast, cast, coming_appointment, make_patient, other_cast, signed_in
from tests.fixtures.database import QueryCount

__all__ = ["cast", "other_cast"]


def look(member: Member, text: str) -> str:
    response = signed_in(member).get(reverse("desk:search"), {"q": text})
    assert response.status_code == 200
    return response.content.decode()


def test_it_finds_a_client_and_their_sessions(cast: Cast) -> None:
    appointment = coming_appointment(cast)
    page = look(cast.front_desk, "moko nal")
    assert reverse("desk:patient_detail", args=[cast.adult.code]) in page
    assert reverse("desk:appointment_detail", args=[appointment.code]) in page


def test_a_colleagues_and_another_practices_are_not_found(cast: Cast, other_cast: Cast) -> None:
    make_patient(cast.practice, "Sizwe", "Mokoena", usual_practitioner=cast.owner_provider)
    page = look(cast.practitioner, "mokoena")
    assert "Sizwe" not in page
    assert other_cast.adult.code not in page


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "%", "_", "*", '"', "'", "' OR 1=1 --", "NEAR(a b)", "a" * 10_000, "(?=a+)+$", "\x00", "\u202e",
        "-1", "99999999999999999999", "INV-99999999999999999999", "1e999", "INV-0", "٣", "<script>alert(1)</script>",
    ],
)  # fmt: skip
def test_nothing_typed_breaks_it(cast: Cast, text: str) -> None:
    page = look(cast.owner, text)
    assert "<script>alert" not in page
    assert cast.adult.code not in page


def test_two_values_are_one(cast: Cast) -> None:
    response = signed_in(cast.owner).get(reverse("desk:search") + "?q=naledi&q[]=x&q=fatima")
    assert b"Davids, Fatima" in response.content


def test_it_asks_the_database_a_dozen_times_at_most(cast: Cast, query_count: QueryCount) -> None:
    for _ in range(5):
        coming_appointment(cast)
    browser = signed_in(cast.owner)
    browser.get(reverse("desk:search"))
    with query_count() as queries:
        browser.get(reverse("desk:search"), {"q": "naledi"})
    assert len(queries) <= 18
