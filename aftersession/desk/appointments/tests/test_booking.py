# SPDX-License-Identifier: Apache-2.0
"""Booking ahead and logging a session that is over, through the form."""

from typing import Any

import pytest
from django.test import Client

from aftersession.lib import clock
from aftersession.patients.models import Patient
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment
from tests.cast import Cast, make_appointment, make_patient, signed_in
from tests.fixtures.clock import START, FrozenClock

BOOK, LOG = "/appointments/new/", "/appointments/log/"

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(transactional_db: None, cast: Cast, frozen_clock: FrozenClock) -> Client:
    """The front desk, signed in, on Wednesday 11 March at 14:00."""
    return signed_in(cast.front_desk)


def typed(cast: Cast, **other: str) -> dict[str, str]:
    """The form as somebody fills it in for Naledi, tomorrow at ten."""
    return {
        "key": "key-1",
        "client": cast.adult.code,
        "service": cast.service.code,
        "practitioner": cast.provider.code,
        "day": "2026-03-12",
        "starts": "10:00",
        "minutes": "",
        "payment_type": "online",
        **other,
    }


def booked(cast: Cast) -> Appointment:
    with practice_scope(cast.practice):
        return Appointment.objects.select_related("practitioner").get()


def count(cast: Cast) -> int:
    return Appointment.objects.for_practice(cast.practice).count()


def test_it_books_a_client_on_file(desk: Client, cast: Cast) -> None:
    answer = desk.post(BOOK, typed(cast))
    appointment = booked(cast)
    assert answer["Location"] == f"/appointments/{appointment.code}/"
    assert f"{appointment.starts_local:%d %H:%M}" == "12 10:00"
    assert appointment.ends_local.minute == 50


def test_sent_twice_it_books_once(desk: Client, cast: Cast) -> None:
    first, second = (desk.post(BOOK, typed(cast)) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert count(cast) == 1


def test_an_overlap_is_told_beside_the_time_and_keeps_what_was_typed(desk: Client, cast: Cast) -> None:
    make_appointment(cast, starts_at=START.replace(day=12, hour=8), patient=cast.insured)
    answer = desk.post(BOOK, typed(cast, minutes="45"))
    assert answer.status_code == 422
    assert "Dr A. Parker already sees Fatima Davids then" in answer.text
    assert 'value="45"' in answer.text
    assert count(cast) == 1


def test_a_new_client_comes_into_being_with_the_appointment(desk: Client, cast: Cast) -> None:
    new = {"client": "", "given_names": "Zanele", "family_name": "Khumalo", "email": "zanele@example.com"}
    desk.post(BOOK, typed(cast, **new, phone="082 555 0101", born_on="1991-05-01"))
    patient = Patient.objects.for_practice(cast.practice).get(given_names="Zanele")
    assert (patient.phone, patient.usual_practitioner) == ("+27825550101", cast.provider)
    assert "Zanele Khumalo" in desk.get("/appointments/", {"tab": "upcoming", "q": "zan"}).text


def test_no_new_client_is_left_behind_by_a_refused_booking(desk: Client, cast: Cast) -> None:
    make_appointment(cast, starts_at=START.replace(day=12, hour=8))
    assert desk.post(BOOK, typed(cast, client="", given_names="Zanele")).status_code == 422
    assert not Patient.objects.for_practice(cast.practice).filter(given_names="Zanele").exists()


def test_a_new_minor_needs_a_responsible_person(desk: Client, cast: Cast) -> None:
    child = {"client": "", "given_names": "Lwazi", "born_on": "2015-01-01"}
    answer = desk.post(BOOK, typed(cast, **child))
    assert answer.status_code == 422
    assert "needs a responsible person" in answer.text
    desk.post(BOOK, typed(cast, **child, key="key-2", responsible_given_names="Nosipho"))
    patient = Patient.objects.for_practice(cast.practice).select_related("guarantor").get(given_names="Lwazi")
    assert patient.guarantor is not None
    assert patient.guarantor.given_names == "Nosipho"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"client": ""}, "Choose a client, or write the name of a new one."),
        ({"given_names": "Zanele"}, "not both"),
        ({"day": "2026-02-30"}, "Enter a valid date"),
        ({"day": "0001-01-01"}, "check the year"),
        ({"day": "9999-12-31"}, "check the year"),
        ({"day": "2029-01-01"}, "more than two years away"),
        ({"day": "2026-03-10"}, "Log it as a past session instead"),
        ({"starts": "24:00"}, "Enter a valid time"),
        ({"minutes": "4"}, "greater than or equal to 5"),
        ({"minutes": "9" * 30}, "less than or equal to 720"),
        ({"service": "nonsense"}, "Select a valid choice"),
        ({"payment_type": "barter"}, "Select a valid choice"),
        ({"key": ""}, "This field is required"),
        ({"find": "a\x00b"}, "Null characters are not allowed"),
    ],
)
def test_wrong_input_is_told_and_nothing_is_booked(
    desk: Client, cast: Cast, wrong: dict[str, str], said: str
) -> None:
    answer = desk.post(BOOK, typed(cast, **wrong))
    assert answer.status_code == 422
    assert said in answer.text
    assert count(cast) == 0


def test_clients_and_services_of_another_practice_are_not_there(
    desk: Client, cast: Cast, other_cast: Cast
) -> None:
    assert desk.post(BOOK, typed(cast, client=other_cast.adult.code)).status_code == 404
    assert desk.get(BOOK, {"client": other_cast.adult.code}).status_code == 404
    assert desk.post(BOOK, typed(cast, service=other_cast.service.code)).status_code == 422
    assert desk.post(BOOK, typed(cast, practitioner=other_cast.provider.code)).status_code == 422


def test_a_practitioner_books_for_themselves_and_for_own_clients(
    transactional_db: None, cast: Cast, frozen_clock: FrozenClock
) -> None:
    ayesha, stranger = signed_in(cast.practitioner), make_patient(cast.practice, "Stranger")
    assert ayesha.post(BOOK, typed(cast, practitioner=cast.owner_provider.code)).status_code == 422
    assert ayesha.post(BOOK, typed(cast, client=stranger.code)).status_code == 404
    assert ayesha.post(BOOK, typed(cast)).status_code == 302


@pytest.mark.parametrize("url", [BOOK, LOG])
def test_a_biller_does_not_book(cast: Cast, url: str) -> None:
    biller = signed_in(cast.biller)
    assert biller.get(url).status_code == 403
    assert biller.post(url, typed(cast)).status_code == 403
    assert count(cast) == 0


def test_find_offers_clients_and_keeps_the_rest(desk: Client, cast: Cast) -> None:
    page = desk.post(BOOK, typed(cast, find="dav", look="1", client="", minutes="45")).text
    assert "Fatima Davids" in page
    assert 'value="45"' in page
    assert "Choose a client" not in page
    assert count(cast) == 0


def test_find_as_one_types_answers_with_the_list_alone(desk: Client, cast: Cast) -> None:
    page = desk.post(BOOK, typed(cast, find="dav", look="1"), headers={"HX-Request": "true"}).text
    assert "Fatima Davids" in page
    assert "<html" not in page


def test_an_insured_session_is_booked_on_the_policy_of_the_day(desk: Client, cast: Cast) -> None:
    desk.post(BOOK, typed(cast, client=cast.insured.code, payment_type="insurance"))
    with practice_scope(cast.practice):
        assert booked(cast).attendees.get().coverage == cast.coverage


def test_a_past_session_is_logged_straight_into_open(desk: Client, cast: Cast) -> None:
    desk.post(LOG, typed(cast, day="2026-03-10"))
    assert booked(cast).is_open_at(clock.now())
    assert "Naledi Mokoena" in desk.get("/appointments/").text


def test_a_session_that_has_not_ended_is_not_logged(desk: Client, cast: Cast) -> None:
    answer = desk.post(LOG, typed(cast, day="2026-03-11", starts="13:30"))
    assert answer.status_code == 422
    assert "has not ended yet" in answer.text


def in_new_york(cast: Cast) -> dict[str, Any]:
    type(cast.practice).objects.filter(pk=cast.practice.pk).update(time_zone="America/New_York")
    return {"day": "2026-11-01", "starts": "01:30"}


def test_a_time_that_comes_twice_is_asked_about(desk: Client, cast: Cast) -> None:
    twice = in_new_york(cast)
    answer = desk.post(BOOK, typed(cast, **twice))
    assert answer.status_code == 422
    assert answer.text.count('name="fold"') == 2
    desk.post(BOOK, typed(cast, **twice, fold="1"))
    assert booked(cast).starts_at.hour == 6


def test_a_time_the_clocks_skip_is_refused(desk: Client, cast: Cast) -> None:
    in_new_york(cast)
    answer = desk.post(BOOK, typed(cast, day="2027-03-14", starts="02:30"))
    assert "02:30 does not exist on this day" in answer.text
