# SPDX-License-Identifier: Apache-2.0
"""The page of one appointment, and its steps: ask once, do once, refuse with a reason."""

import pytest
from django.test import Client

from aftersession.scheduling.models import Appointment, AppointmentStatus
from tests.cast import (
    Cast,
    cancelled_appointment,
    coming_appointment,
    ended_appointment,
    make_appointment,
    signed_in,
)
from tests.fixtures.clock import START, FrozenClock
from tests.fixtures.database import QueryCount

pytestmark = pytest.mark.django_db(transaction=True)

LATER = {"day": "2026-03-13", "starts": "09:00", "minutes": "50"}
STEPS = {
    "time": LATER,
    "cancellation": {"reason": "Ill"},
    "missed": {},
    "reopening": {},
}


@pytest.fixture
def desk(transactional_db: None, cast: Cast, frozen_clock: FrozenClock) -> Client:
    """The front desk, signed in, on Wednesday 11 March at 14:00."""
    return signed_in(cast.front_desk)


def status(appointment: Appointment) -> str:
    found: Appointment = Appointment.unscoped.get(pk=appointment.pk)
    return found.status


def step(client: Client, appointment: Appointment, name: str, **typed: str) -> int:
    data = {"key": f"key-{name}", **STEPS[name], **typed}
    return client.post(f"/appointments/{appointment.code}/{name}/", data).status_code


def test_the_page_of_an_open_session_offers_to_complete_it(desk: Client, cast: Cast) -> None:
    page = desk.get(f"/appointments/{ended_appointment(cast).code}/").text
    assert "Mark session complete" in page
    assert "Mark as missed" in page
    assert "Cancel the appointment" not in page


def test_the_page_of_an_upcoming_one_offers_to_move_or_cancel_it(desk: Client, cast: Cast) -> None:
    page = desk.get(f"/appointments/{coming_appointment(cast).code}/").text
    assert "Mark session complete" not in page
    assert "Move to another time" in page
    assert "Cancel the appointment" in page


def test_a_session_going_on_can_be_completed_already(desk: Client, cast: Cast) -> None:
    page = desk.get(f"/appointments/{make_appointment(cast, starts_at=START).code}/").text
    assert "Mark session complete" in page


def test_the_page_shows_who_is_billed(desk: Client, cast: Cast) -> None:
    insured = ended_appointment(cast, patient=cast.insured, payment_type="insurance", coverage=cast.coverage)
    page = desk.get(f"/appointments/{insured.code}/").text
    assert "Umhlaba Health" in page
    assert "0012345678" in page
    child = desk.get(f"/appointments/{ended_appointment(cast, patient=cast.minor).code}/").text
    assert "Thabo Sithole" in child


def test_moving_shows_in_the_history(desk: Client, cast: Cast) -> None:
    appointment = coming_appointment(cast)
    assert step(desk, appointment, "time") == 302
    page = desk.get(f"/appointments/{appointment.code}/").text
    assert "Moved to Friday 13 March at 09:00" in page
    assert "Busi Cele" in page


def test_moving_onto_another_session_is_refused_beside_the_time(desk: Client, cast: Cast) -> None:
    appointment = coming_appointment(cast)
    make_appointment(cast, starts_at=START.replace(day=13, hour=7), patient=cast.insured)
    answer = desk.post(f"/appointments/{appointment.code}/time/", {"key": "k", **LATER})
    assert answer.status_code == 422
    assert "already sees Fatima Davids" in answer.text


def test_cancelling_asks_for_the_reason(desk: Client, cast: Cast) -> None:
    appointment = coming_appointment(cast)
    assert "Nothing is billed" in desk.get(f"/appointments/{appointment.code}/cancellation/").text
    assert step(desk, appointment, "cancellation", reason=" ") == 422
    assert step(desk, appointment, "cancellation", reason="Car broke down") == 302
    assert "Car broke down" in desk.get(f"/appointments/{appointment.code}/").text


def test_missed_and_taken_back(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    assert step(desk, appointment, "missed") == 302
    assert "Take the missed mark back" in desk.get(f"/appointments/{appointment.code}/").text
    assert step(desk, appointment, "reopening") == 302
    assert status(appointment) == AppointmentStatus.BOOKED


@pytest.mark.parametrize("name", ["time", "cancellation", "missed"])
def test_sent_twice_it_happens_once(desk: Client, cast: Cast, name: str) -> None:
    appointment = ended_appointment(cast) if name == "missed" else coming_appointment(cast)
    assert [step(desk, appointment, name) for _ in range(2)] == [302, 302]


def test_whoever_comes_second_is_told_who_was_first(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    step(desk, appointment, "missed")
    answer = signed_in(cast.owner).post(f"/appointments/{appointment.code}/missed/", {"key": "other"})
    assert answer.status_code == 409
    assert "Already marked as missed by Busi Cele at 14:00" in answer.text


@pytest.mark.parametrize("name", STEPS)
def test_a_cancelled_appointment_takes_no_step(desk: Client, cast: Cast, name: str) -> None:
    appointment = cancelled_appointment(cast, status_by="Busi Cele")
    typed = {"day": "2026-03-10"} if name == "time" else {}
    assert step(desk, appointment, name, **typed) == 409
    assert status(appointment) == AppointmentStatus.CANCELLED


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_asked_before_it_is_done(desk: Client, cast: Cast, name: str) -> None:
    appointment = ended_appointment(cast)
    answer = desk.get(f"/appointments/{appointment.code}/{name}/")
    assert answer.status_code == 200
    assert 'name="key"' in answer.text
    assert status(appointment) == AppointmentStatus.BOOKED


@pytest.mark.parametrize("name", STEPS)
def test_others_find_nothing_and_billers_may_not(
    desk: Client, cast: Cast, other_cast: Cast, name: str
) -> None:
    appointment = ended_appointment(cast, practitioner=cast.owner_provider)
    assert step(signed_in(other_cast.owner), appointment, name) == 404
    assert step(signed_in(cast.practitioner), appointment, name) == 404
    assert step(signed_in(cast.biller), appointment, name) == 403
    assert status(appointment) == AppointmentStatus.BOOKED


@pytest.mark.parametrize("code", ["nothing", "-1", "9223372036854775808", "x" * 200])
def test_an_unknown_code_is_not_found(desk: Client, code: str) -> None:
    assert desk.get(f"/appointments/{code}/").status_code == 404


def test_the_page_costs_a_fixed_number_of_queries(desk: Client, cast: Cast, query_count: QueryCount) -> None:
    url = f"/appointments/{ended_appointment(cast).code}/"
    desk.get(url)
    with query_count() as queries:
        desk.get(url)
    assert len(queries) <= 12
