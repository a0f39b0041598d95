# SPDX-License-Identifier: Apache-2.0
"""What was typed is on the server: for a reload, another device, and after the server was killed."""

import pytest
from django.test import Client

from aftersession.encounters.models import WorkingCopy
from aftersession.practices.models import Practice
from aftersession.scheduling.models import Appointment
from tests.cast import Cast, ended_appointment, signed_in
from tests.completion import Page, open_form

pytestmark = pytest.mark.usefixtures("frozen_clock", "connected")


@pytest.fixture
def appointment(cast: Cast, in_practice: Practice) -> Appointment:
    return ended_appointment(cast)


def type_and_leave(page: Page, **changes: str) -> str:
    """Type without pressing anything; the script sends the copy. What it answers."""
    answer = page.client.post(f"{page.path}copy/", {**page.fields, **changes})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_reload_shows_what_was_typed_right_or_wrong(desk: Client, appointment: Appointment) -> None:
    type_and_leave(open_form(desk, appointment), discount_reason="Student rate", **{"lines-0-price": "1e3"})
    again = open_form(desk, appointment)
    assert (again.fields["lines-0-price"], again.fields["discount_reason"]) == ("1e3", "Student rate")
    assert "This is as you left it." in again.text


def test_the_answer_to_a_copy_is_what_it_comes_to(desk: Client, appointment: Appointment) -> None:
    told = type_and_leave(open_form(desk, appointment), discount_value="10", discount_reason="Student rate")
    assert "Student rate, 10%" in told and "Request payment of R\u00a0855.00" in told
    assert "<html" not in told


def test_another_device_of_the_same_person_shows_it_and_a_colleague_not(
    desk: Client, cast: Cast, appointment: Appointment
) -> None:
    type_and_leave(open_form(desk, appointment), discount_reason="Mine")
    assert open_form(signed_in(cast.front_desk), appointment).fields["discount_reason"] == "Mine"
    assert open_form(signed_in(cast.practitioner), appointment).fields["discount_reason"] == ""


def test_starting_again_forgets_it(desk: Client, appointment: Appointment) -> None:
    page = open_form(desk, appointment)
    type_and_leave(page, **{"lines-0-price": "1.00"})
    assert page.post("start_again").status_code == 302
    again = open_form(desk, appointment)
    assert again.fields["lines-0-price"] == "950.00" and "as you left it" not in again.text


def test_a_refused_form_is_kept_too(desk: Client, appointment: Appointment) -> None:
    open_form(desk, appointment).post("save", **{"lines-0-quantity": "many"})
    assert open_form(desk, appointment).fields["lines-0-quantity"] == "many"


@pytest.mark.parametrize(
    "data", [{}, [], {"version": 0}, {"version": 1, "head": []}, {"version": 1, "head": {}, "lines": [7], "diagnoses": []},
             {"version": 1, "head": {"service_on": 7}, "lines": [], "diagnoses": []}],
)  # fmt: skip
def test_a_copy_of_another_shape_is_left_aside(
    desk: Client, cast: Cast, appointment: Appointment, data: object
) -> None:
    type_and_leave(open_form(desk, appointment))
    WorkingCopy.objects.filter(appointment=appointment).update(data=data)
    assert open_form(desk, appointment).fields["lines-0-price"] == "950.00"


def test_what_no_database_keeps_is_dropped_from_the_copy(desk: Client, appointment: Appointment) -> None:
    type_and_leave(open_form(desk, appointment), discount_reason="a\x00b", reference="x" * 5000)
    copy = WorkingCopy.objects.get(appointment=appointment).data["head"]
    assert (copy["discount_reason"], len(copy["reference"])) == ("ab", 400)


def test_nothing_is_kept_of_a_completed_session(desk: Client, appointment: Appointment) -> None:
    page = open_form(desk, appointment)
    page.post("save")
    assert "was completed by" in type_and_leave(page, discount_reason="Too late")
    assert not WorkingCopy.objects.exists()
