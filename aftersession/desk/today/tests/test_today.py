# SPDX-License-Identifier: Apache-2.0
"""What still needs me: the open sessions, the day, the money that arrived, and what is stuck."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from aftersession.lib import clock
from aftersession.messaging.models import Message, MessageState
from aftersession.payments.models import Payment, TrayReason
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import AppointmentStatus, PaymentType
from tests.cast import Cast, coming_appointment, ended_appointment, make_appointment, signed_in
from tests.fixtures.clock import START, FrozenClock
from tests.fixtures.database import QueryCount


@pytest.fixture
def desk(cast: Cast, frozen_clock: FrozenClock) -> Client:
    """The front desk, signed in, on Wednesday 11 March at 14:00."""
    return signed_in(cast.front_desk)


def pay(cast: Cast, amount_minor: int, **fields: Any) -> Payment:
    values = {
        "method": "cash", "from_name": "Naledi Mokoena", "patient": cast.adult, "currency": "ZAR",
        "received_on": clock.today(cast.practice.time_zone), "recorded_at": clock.now(), "recorded_by": "Busi Cele",
    }  # fmt: skip
    with practice_scope(cast.practice):
        payment: Payment = Payment.objects.create(
            practice=cast.practice, amount_minor=amount_minor, **{**values, **fields}
        )
    return payment


def write_letter(cast: Cast, state: str) -> None:
    with practice_scope(cast.practice):
        Message.objects.create(
            practice=cast.practice, kind="invoice", dedupe_key=state, to_name="Naledi", to_address="n@example.com",
            recipient="patient:x", subject=f"A letter that {state}", body="", about_kind="invoice", about_code="x",
            language="en", state=state, send_after=clock.now(), message_id=state, created_at=clock.now(),
            problem="The address does not exist.",
        )  # fmt: skip


def test_it_says_how_many_are_open_and_what_closing_them_bills(desk: Client, cast: Cast) -> None:
    ended_appointment(cast)
    ended_appointment(cast, starts_at=START - timedelta(days=3), price_minor=1_450_00)
    page = desk.get("/").text
    assert "<b>2 sessions</b> have ended and are still open." in page
    assert "R\u00a02\u00a0400.00" in page
    assert "Complete Naledi Mokoena’s session" in page
    assert "Sun 14:50" in page


def test_with_nothing_open_it_says_what_is_to_come(desk: Client, cast: Cast) -> None:
    coming_appointment(cast)
    page = desk.get("/").text
    assert "<b>Nothing is open.</b> 1 session is still to come today." in page
    assert "Nothing to close" in page
    assert "in 2 h" in page


def test_an_empty_day_is_calm(desk: Client) -> None:
    page = desk.get("/").text
    assert "The day is closed" in page
    assert "Nothing is booked" in page
    assert "Stuck" not in page


def test_the_ring_counts_the_day_by_kind(desk: Client, cast: Cast) -> None:
    ended_appointment(cast)
    ended_appointment(cast, status=AppointmentStatus.NO_SHOW)
    make_appointment(cast, starts_at=START - timedelta(minutes=10))
    coming_appointment(cast)
    page = desk.get("/").text
    assert "of 4 open" in page
    assert page.count('class="box ') == 4


def test_only_the_first_few_are_listed(desk: Client, cast: Cast) -> None:
    for _ in range(11):
        ended_appointment(cast)
    page = desk.get("/").text
    assert "<b>11 sessions</b>" in page
    assert "See all 11 open sessions" in page
    assert page.count('data-key="c"') == 8


def test_money_that_arrived_since_the_last_working_day(desk: Client, cast: Cast) -> None:
    pay(cast, 950_00)
    pay(cast, 100_00, recorded_at=START - timedelta(days=1))
    pay(cast, 700_00, recorded_at=START - timedelta(days=2))
    pay(cast, 800_00, state="reversed")
    page = desk.get("/").text
    assert "Arrived since yesterday" in page
    assert "R\u00a01\u00a0050.00" in page


def test_on_a_monday_it_looks_back_to_friday(cast: Cast, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(START + timedelta(days=5))
    assert "Arrived since Friday" in signed_in(cast.owner).get("/").text


@pytest.mark.parametrize("state", [MessageState.FAILED, MessageState.HELD])
def test_letters_that_did_not_leave_are_stuck(desk: Client, cast: Cast, state: str) -> None:
    write_letter(cast, state)
    write_letter(cast, MessageState.SENT)
    page = desk.get("/").text
    assert f"A letter that {state}" in page
    assert "A letter that sent" not in page


def test_money_that_settles_nothing_is_stuck(desk: Client, cast: Cast) -> None:
    pay(cast, 300_00, tray_reason=TrayReason.NOTHING_OPEN)
    assert "R\u00a0300.00 from Naledi Mokoena settles no invoice" in desk.get("/").text


def test_a_practitioner_sees_own_sessions_and_money_only(cast: Cast, frozen_clock: FrozenClock) -> None:
    ended_appointment(cast, practitioner=cast.owner_provider)
    pay(cast, 950_00, tray_reason=TrayReason.NOTHING_OPEN)
    write_letter(cast, MessageState.FAILED)
    page = signed_in(cast.practitioner).get("/").text
    assert "Naledi" not in page
    assert "A letter" not in page


def test_another_practice_sees_nothing_of_it(cast: Cast, other_cast: Cast, frozen_clock: FrozenClock) -> None:
    ended_appointment(cast)
    pay(cast, 950_00, tray_reason=TrayReason.NOTHING_OPEN)
    write_letter(cast, MessageState.FAILED)
    page = signed_in(other_cast.owner).get("/").text
    assert "Naledi" not in page
    assert "A letter" not in page


def test_it_costs_the_same_however_much_there_is(desk: Client, cast: Cast, query_count: QueryCount) -> None:
    def fill() -> None:
        for kind in PaymentType:
            ended_appointment(cast, payment_type=kind, patient=cast.insured)
        coming_appointment(cast)
        pay(cast, 950_00, tray_reason=TrayReason.NOTHING_OPEN)

    fill()
    desk.get("/")
    with query_count() as few:
        desk.get("/")
    fill()
    with query_count() as many:
        desk.get("/")
    assert len(few) == len(many) <= 12
