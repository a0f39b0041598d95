# SPDX-License-Identifier: Apache-2.0
"""The tabs: which appointments stand where, who sees them, and how they are searched and paged."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from aftersession.lib import clock
from aftersession.scheduling.models import AppointmentStatus, PaymentType
from tests.cast import (
    Cast,
    cancelled_appointment,
    coming_appointment,
    ended_appointment,
    make_appointment,
    make_patient,
    signed_in,
)
from tests.fixtures.clock import FrozenClock
from tests.fixtures.database import QueryCount

LIST = "/appointments/"


@pytest.fixture
def desk(cast: Cast, frozen_clock: FrozenClock) -> Client:
    """The front desk, signed in."""
    return signed_in(cast.front_desk)


def names(page: str) -> list[str]:
    """The clients of the rows, in order."""
    return re.findall(r"data-main [^>]*><b>([^<]*)</b>", page)


def test_upcoming_becomes_open_by_time_alone(cast: Cast, frozen_clock: FrozenClock) -> None:
    coming_appointment(cast)
    desk = signed_in(cast.front_desk)
    assert "<b>No session</b> is open" in desk.get(LIST).text
    assert names(desk.get(LIST, {"tab": "upcoming"}).text) == ["Naledi Mokoena"]
    frozen_clock.tick(hours=3)
    desk = signed_in(cast.front_desk)
    page = desk.get(LIST).text
    assert "<b>1 session</b> is open. It ended <b>today</b>." in page
    assert "Complete Naledi Mokoena" in page
    assert names(desk.get(LIST, {"tab": "upcoming"}).text) == []


@pytest.mark.parametrize(
    ("tab", "status"),
    [
        ("completed", AppointmentStatus.FULFILLED),
        ("missed", AppointmentStatus.NO_SHOW),
        ("cancelled", "cancelled"),
    ],
)
def test_past_tabs_count_the_chosen_time(desk: Client, cast: Cast, tab: str, status: str) -> None:
    ended_appointment(cast, status=status)
    make_appointment(cast, starts_at=clock.now() - timedelta(days=40), status=status, patient=cast.insured)
    assert names(desk.get(LIST, {"tab": tab}).text) == ["Naledi Mokoena"]
    assert names(desk.get(LIST, {"tab": tab, "period": "90"}).text) == ["Naledi Mokoena", "Fatima Davids"]


def test_requested_is_shown_once_there_is_one(desk: Client, cast: Cast) -> None:
    assert ">Requested<" not in desk.get(LIST).text
    coming_appointment(cast, status=AppointmentStatus.REQUESTED)
    assert ">Requested<" in desk.get(LIST).text


def test_open_shows_the_sum_and_the_latest_first(desk: Client, cast: Cast) -> None:
    ended_appointment(cast)
    ended_appointment(cast, patient=cast.insured)
    page = desk.get(LIST).text
    assert names(page) == ["Naledi Mokoena", "Fatima Davids"]
    assert "R\u00a01\u00a0900.00" in page


@pytest.mark.parametrize("typed", ["nal", "Mok", "naledi mok", "NALÉDI", "naledi@example.com"])
def test_search_finds_by_the_beginning_of_words(desk: Client, cast: Cast, typed: str) -> None:
    ended_appointment(cast)
    ended_appointment(cast, patient=cast.insured)
    assert names(desk.get(LIST, {"q": typed}).text) == ["Naledi Mokoena"]


def test_filters_narrow_rows_and_counts_alike(desk: Client, cast: Cast) -> None:
    ended_appointment(cast)
    ended_appointment(
        cast, practitioner=cast.owner_provider, payment_type=PaymentType.OTHER, patient=cast.insured
    )
    by_person = desk.get(LIST, {"practitioner": cast.owner_provider.code}).text
    assert names(by_person) == ["Fatima Davids"]
    assert "<b>1 session</b> is open" in by_person
    assert names(desk.get(LIST, {"bills_to": "online"}).text) == ["Naledi Mokoena"]
    assert "Nothing matches" in desk.get(LIST, {"bills_to": "insurance"}).text


def test_a_practitioner_sees_own_appointments_only(cast: Cast, frozen_clock: FrozenClock) -> None:
    ended_appointment(cast)
    ended_appointment(cast, practitioner=cast.owner_provider, patient=cast.insured)
    page = signed_in(cast.practitioner).get(LIST).text
    assert names(page) == ["Naledi Mokoena"]
    assert "Practitioner</span> <select" not in page


def test_another_practice_sees_nothing(cast: Cast, other_cast: Cast, frozen_clock: FrozenClock) -> None:
    anchor = ended_appointment(cast)
    outsider = signed_in(other_cast.owner)
    assert names(outsider.get(LIST).text) == []
    assert names(outsider.get(LIST, {"after": anchor.code, "practitioner": cast.provider.code}).text) == []


def test_pages_follow_each_other_both_ways(desk: Client, cast: Cast) -> None:
    for number in range(60):
        ended_appointment(cast, patient=make_patient(cast.practice, f"Client{number:02d}"))
    page, seen, back = desk.get(LIST).text, [], ""
    while True:
        seen += names(page)
        following = re.search(r'href="([^"]*)" rel="next"', page)
        if not following:
            break
        page = desk.get(following[1].replace("&amp;", "&")).text
        back = re.search(r'href="([^"]*before=[^"]*)"', page)[1]  # type: ignore[index]
    assert seen == [f"Client{number:02d}" for number in range(60)]
    assert names(desk.get(back.replace("&amp;", "&")).text) == seen[25:50]


@pytest.mark.parametrize(
    "query",
    [
        {"tab": "x", "period": "0", "practitioner": "%", "bills_to": "user__password__startswith"},
        {"after": "-1", "before": "9223372036854775808"},
        {"after": "\x00", "q": "\x00'\"%_"},
        {"after": "(select 1)", "tab": "completed", "period": "30 days"},
    ],
)
def test_unknown_values_fall_back_to_the_usual(desk: Client, cast: Cast, query: dict[str, str]) -> None:
    ended_appointment(cast)
    assert desk.get(LIST, query).status_code == 200


def test_a_list_costs_the_same_however_long_it_is(desk: Client, cast: Cast, query_count: QueryCount) -> None:
    def fill(count: int) -> None:
        for number in range(count):
            kind = list(PaymentType)[number % 3]
            patient = [cast.adult, cast.minor, cast.insured][number % 3]
            ended_appointment(cast, patient=patient, payment_type=kind)

    fill(6)
    desk.get(LIST)
    with query_count() as few:
        desk.get(LIST)
    fill(6)
    with query_count() as many:
        desk.get(LIST)
    assert len(few) == len(many) <= 12


def test_warnings_tell_what_to_mend_first(desk: Client, cast: Cast) -> None:
    ended_appointment(cast, payment_type=PaymentType.INSURANCE)
    ended_appointment(cast, patient=make_patient(cast.practice, "Sipho", "Zulu"))
    page = desk.get(LIST).text
    assert "No medical aid on file" in page
    assert "No e-mail address on file" in page


def test_an_insured_session_names_the_insurer(desk: Client, cast: Cast) -> None:
    ended_appointment(cast, patient=cast.insured, payment_type=PaymentType.INSURANCE, coverage=cast.coverage)
    page = desk.get(LIST).text
    assert "Umhlaba Health" in page
    assert 'class="why' not in page


def test_cancelled_shows_the_reason(desk: Client, cast: Cast) -> None:
    cancelled_appointment(cast)
    assert "<small>Ill</small>" in desk.get(LIST, {"tab": "cancelled"}).text


def test_it_only_reads(desk: Client) -> None:
    assert desk.post(LIST).status_code == 405


def test_who_is_not_signed_in_is_sent_to_the_door(client: Client, db: None) -> None:
    assert client.get(LIST).status_code == 302
