# SPDX-License-Identifier: Apache-2.0
"""The life of an appointment below the pages: what each step needs, and what it leaves behind."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from aftersession.audit.models import AuditEvent
from aftersession.lib import clock
from aftersession.lib.errors import AlreadyDone, BadInput, InvalidTransition
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.actions import (
    Booking,
    book,
    cancel,
    fulfil,
    mark_missed,
    reopen_missed,
    reschedule,
    unfulfil,
)
from aftersession.scheduling.models import Appointment, AppointmentStatus
from aftersession.scheduling.overlaps import Overlap
from tests.cast import (
    Cast,
    coming_appointment,
    ended_appointment,
    make_appointment,
)
from tests.fixtures.clock import FrozenClock

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def scene(transactional_db: None, cast: Cast, frozen_clock: FrozenClock) -> Iterator[Cast]:
    """The cast inside its practice; commands need real transactions."""
    with practice_scope(cast.practice):
        yield cast


def booking(cast: Cast, **fields: object) -> Booking:
    starts_at = clock.now() + timedelta(days=1)
    values = {
        "practitioner": cast.provider,
        "patient": cast.adult,
        "service": cast.service,
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(minutes=50),
        "payment_type": "online",
    }
    return Booking(**{**values, **fields})  # type: ignore[arg-type]


def actions_of(appointment: Appointment) -> list[str]:
    return list(
        AuditEvent.objects.filter(subject_code=appointment.code)
        .order_by("id")
        .values_list("action", flat=True)
    )


def test_booking_copies_the_service_as_it_is(scene: Cast) -> None:
    appointment = book(booking(scene), actor=scene.front_desk)
    scene.service.price_minor = 1_00
    scene.service.save()
    appointment.refresh_from_db()
    assert (appointment.price_minor, appointment.procedure_code) == (950_00, "86205")
    assert appointment.time_zone == scene.practice.time_zone
    assert actions_of(appointment) == ["appointment.booked"]


def test_an_overlap_is_refused_and_names_who_and_when(scene: Cast) -> None:
    make_appointment(scene, starts_at=clock.now() + timedelta(days=1, minutes=30), patient=scene.insured)
    with pytest.raises(
        Overlap, match=r"Dr A\. Parker already sees Fatima Davids then: .* 14:30 to 15:20"
    ) as caught:
        book(booking(scene), actor=scene.front_desk)
    assert caught.value.field == "starts"
    assert Appointment.objects.count() == 1


def test_back_to_back_and_another_practitioner_are_free(scene: Cast) -> None:
    wanted = booking(scene)
    make_appointment(scene, starts_at=wanted.ends_at)
    make_appointment(scene, starts_at=wanted.starts_at, practitioner=scene.owner_provider)
    assert book(wanted, actor=scene.front_desk).status == AppointmentStatus.BOOKED


def test_cancelled_and_missed_sessions_take_no_time(scene: Cast) -> None:
    wanted = booking(scene)
    for status in (AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW):
        make_appointment(scene, starts_at=wanted.starts_at, status=status)
    assert book(wanted, actor=scene.front_desk).pk


def test_two_people_who_book_one_time_at_once_get_one_appointment(scene: Cast) -> None:
    wanted = booking(scene)

    def book_it(_number: int) -> str:
        try:
            with practice_scope(scene.practice), transaction.atomic():
                return book(wanted, actor=scene.front_desk).status
        except Overlap as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(book_it, range(4)))
    assert outcomes == ["booked", "overlap", "overlap", "overlap"]


def test_the_database_holds_the_rule_behind_the_check(scene: Cast) -> None:
    wanted = booking(scene)
    make_appointment(scene, starts_at=wanted.starts_at)
    with pytest.raises(IntegrityError, match="overlap"):
        make_appointment(scene, starts_at=wanted.starts_at + timedelta(minutes=49))


@pytest.mark.parametrize(("minutes", "field"), [(4, "minutes"), (13 * 60, "minutes"), (-10, "minutes")])
def test_an_impossible_length_is_refused(scene: Cast, minutes: int, field: str) -> None:
    starts_at = clock.now()
    with pytest.raises(BadInput) as caught:
        book(
            booking(scene, starts_at=starts_at, ends_at=starts_at + timedelta(minutes=minutes)),
            actor=scene.owner,
        )
    assert caught.value.field == field


def test_rescheduling_moves_the_time_and_keeps_the_price(scene: Cast) -> None:
    appointment = coming_appointment(scene)
    later = appointment.starts_at + timedelta(days=2)
    for _twice in range(2):
        reschedule(
            actor=scene.front_desk, key="k1", appointment=appointment,
            starts_at=later, ends_at=later + timedelta(minutes=50),
        )  # fmt: skip
    moved = Appointment.objects.get()
    assert moved.starts_at == later
    assert actions_of(moved) == ["appointment.rescheduled"]


def test_rescheduling_may_overlap_its_own_old_time(scene: Cast) -> None:
    appointment = coming_appointment(scene)
    later = appointment.starts_at + timedelta(minutes=10)
    ends_at = later + timedelta(minutes=50)
    reschedule(actor=scene.owner, key="k", appointment=appointment, starts_at=later, ends_at=ends_at)
    assert Appointment.objects.get().starts_at == later


def test_an_open_session_cannot_be_moved_into_the_future(scene: Cast) -> None:
    appointment = ended_appointment(scene)
    later = clock.now() + timedelta(days=1)
    with pytest.raises(BadInput, match="within the past"):
        reschedule(
            actor=scene.owner, key="k", appointment=appointment,
            starts_at=later, ends_at=later + timedelta(minutes=50),
        )  # fmt: skip


def test_a_cancelled_appointment_does_not_move(scene: Cast) -> None:
    appointment = coming_appointment(scene)
    cancel(actor=scene.front_desk, key="c", appointment=appointment, reason="Ill")
    later = appointment.starts_at + timedelta(days=1)
    with pytest.raises(InvalidTransition, match="was cancelled by Busi Cele"):
        reschedule(
            actor=scene.owner, key="k", appointment=appointment,
            starts_at=later, ends_at=later + timedelta(minutes=50),
        )  # fmt: skip


def test_cancelling_keeps_reason_and_person(scene: Cast) -> None:
    appointment = coming_appointment(scene)
    cancel(actor=scene.front_desk, key="c", appointment=appointment, reason="Car broke down")
    appointment = Appointment.objects.get()
    assert (appointment.status, appointment.status_reason) == ("cancelled", "Car broke down")
    assert appointment.status_by == "Busi Cele"
    assert AuditEvent.objects.get().reason == "Car broke down"


def test_an_ended_session_is_not_cancelled_away(scene: Cast) -> None:
    with pytest.raises(InvalidTransition, match="has ended") as caught:
        cancel(actor=scene.owner, key="c", appointment=ended_appointment(scene), reason="x")
    assert caught.value.code == "ended"


def test_missed_and_back(scene: Cast) -> None:
    appointment = ended_appointment(scene)
    mark_missed(actor=scene.practitioner, key="m", appointment=appointment)
    assert Appointment.objects.get().status == AppointmentStatus.NO_SHOW
    reopen_missed(actor=scene.practitioner, key="r", appointment=appointment)
    assert Appointment.objects.get().status == AppointmentStatus.BOOKED
    assert actions_of(appointment) == ["appointment.missed", "appointment.reopened"]


def test_nobody_has_missed_what_has_not_begun(scene: Cast) -> None:
    with pytest.raises(InvalidTransition, match="has not begun") as caught:
        mark_missed(actor=scene.owner, key="m", appointment=coming_appointment(scene))
    assert caught.value.code == "not_started"


def test_a_missed_session_whose_time_was_given_away_stays_missed(scene: Cast) -> None:
    missed = ended_appointment(scene)
    mark_missed(actor=scene.owner, key="m", appointment=missed)
    make_appointment(scene, starts_at=missed.starts_at, patient=scene.insured)
    with pytest.raises(Overlap, match="Fatima Davids"):
        reopen_missed(actor=scene.owner, key="r", appointment=missed)


def test_completing_happens_once_and_says_who_was_first(scene: Cast) -> None:
    appointment, same = ended_appointment(scene), Appointment.objects.get()
    with transaction.atomic():
        fulfil(appointment, actor=scene.practitioner)
    with (
        pytest.raises(AlreadyDone, match="Already completed by Dr Ayesha Parker at 14:00"),
        transaction.atomic(),
    ):
        fulfil(same, actor=scene.owner)


def test_a_session_can_be_completed_from_its_start_on(scene: Cast) -> None:
    begun = make_appointment(scene, starts_at=clock.now())
    fulfil(begun, actor=scene.owner)
    with pytest.raises(InvalidTransition, match="has not begun"):
        fulfil(coming_appointment(scene), actor=scene.owner)


@pytest.mark.parametrize("status", [AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW])
def test_what_did_not_take_place_is_not_completed(scene: Cast, status: str) -> None:
    appointment = ended_appointment(scene, status=status, status_by="Busi Cele")
    with pytest.raises(InvalidTransition, match="Nothing was changed"):
        fulfil(appointment, actor=scene.owner)


def test_an_undone_completion_is_open_again(scene: Cast) -> None:
    appointment = ended_appointment(scene)
    fulfil(appointment, actor=scene.owner)
    unfulfil(appointment, actor=scene.owner, reason="Wrong client")
    assert Appointment.objects.get().is_open_at(clock.now())
