# SPDX-License-Identifier: Apache-2.0
"""When the demo's sessions are: six weeks around now, and always something to do today."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from aftersession.catalog.models import Service, ServiceKind
from aftersession.coverage.queries import valid_coverage
from aftersession.demo.practices import World
from aftersession.lib import clock
from aftersession.patients.models import Patient
from aftersession.practices.models import Practitioner
from aftersession.scheduling.actions import Booking, book
from aftersession.scheduling.models import Appointment, AppointmentStatus

SLOTS = (time(8), time(9), time(10), time(11, 30), time(13, 30), time(14, 30), time(15, 30), time(16, 30))
WEEKS = 3
FILLED = 0.42
ENDED_TODAY, COMING_TODAY = 4, 3
QUIET_TODAY = 1
LIVE = (AppointmentStatus.BOOKED, AppointmentStatus.FULFILLED)
STEP = timedelta(minutes=5)


def book_weeks(world: World, chance: random.Random) -> list[Appointment]:
    """Book three weeks back and three ahead, today left free for `top_up_today`."""
    today = clock.today(world.practice.time_zone)
    days = [today + timedelta(days=offset) for offset in range(-7 * WEEKS, 7 * WEEKS + 1)]
    return [
        _book(world, practitioner, _mine(world, index, chance), starts_at, chance)
        for day in days
        if day.weekday() < 5 and day != today
        for index, practitioner in enumerate(world.practitioners)
        for starts_at in _slots(world, day, chance)
    ]


def top_up_today(world: World, chance: random.Random) -> int:
    """See to it that today has four ended and three coming sessions, at any hour. How many were added."""
    now = clock.now()
    midnight = _instant(world, clock.today(world.practice.time_zone), time(0))
    tomorrow = _instant(world, clock.today(world.practice.time_zone) + timedelta(days=1), time(0))
    live = Appointment.objects.filter(status__in=LIVE)
    ended = live.filter(ends_at__gt=midnight, ends_at__lte=now, status=AppointmentStatus.BOOKED).count()
    coming = live.filter(starts_at__gt=now, starts_at__lt=tomorrow).count()
    added = 0
    wanted_ended, wanted_coming = (QUIET_TODAY,) * 2 if world.is_quiet else (ENDED_TODAY, COMING_TODAY)
    for number in range(max(0, wanted_ended - ended)):
        added += _add_ended(world, number, midnight, now, chance)
    for number in range(max(0, wanted_coming - coming)):
        added += _add_coming(world, number, now, tomorrow, chance)
    return added


def _slots(world: World, day: date, chance: random.Random) -> Iterator[datetime]:
    for slot in SLOTS:
        if chance.random() < (FILLED / 3 if world.is_quiet else FILLED):
            yield _instant(world, day, slot)


def _add_ended(world: World, number: int, midnight: datetime, now: datetime, chance: random.Random) -> int:
    index = number % len(world.practitioners)
    practitioner = world.practitioners[index]
    # Shortly after midnight there is no room for a whole session: then they were short ones.
    room = (now - midnight) / 2
    length = max(STEP, min(timedelta(minutes=50), room - STEP))
    ends_at = _floor(now - timedelta(minutes=5))
    while ends_at > midnight:
        if _is_free(practitioner, ends_at - length, ends_at):
            _book(world, practitioner, _mine(world, index, chance), ends_at - length, chance, length)
            return 1
        ends_at -= STEP
    return 0


def _add_coming(world: World, number: int, now: datetime, tomorrow: datetime, chance: random.Random) -> int:
    index = number % len(world.practitioners)
    practitioner = world.practitioners[index]
    starts_at = _floor(now) + timedelta(minutes=20)
    if starts_at >= tomorrow:
        starts_at = now + (tomorrow - now) / 2
    while starts_at < tomorrow:
        if _is_free(practitioner, starts_at, starts_at + timedelta(minutes=50)):
            _book(world, practitioner, _mine(world, index, chance), starts_at, chance)
            return 1
        starts_at += STEP
    return 0


def _book(
    world: World,
    practitioner: Practitioner,
    patient: Patient,
    starts_at: datetime,
    chance: random.Random,
    length: timedelta | None = None,
) -> Appointment:
    service = _service(world, patient, starts_at, chance)
    ends_at = starts_at + (length or timedelta(minutes=min(service.minutes or 50, 60)))
    booking = Booking(
        practitioner=practitioner,
        patient=patient,
        service=service,
        starts_at=starts_at,
        ends_at=ends_at,
        payment_type=patient.payment_type,
        coverage=valid_coverage(patient, starts_at.date()),
    )
    return book(booking, actor=world.members[0])


def _service(world: World, patient: Patient, starts_at: datetime, chance: random.Random) -> Service:
    sessions = [each for each in world.services if each.kind == ServiceKind.SESSION]
    if patient.is_minor_on(starts_at.date()) and len(sessions) > 6:
        return sessions[6]
    return sessions[0] if chance.random() < 0.75 else sessions[1]


def _mine(world: World, index: int, chance: random.Random) -> Patient:
    mine = world.patients[index :: len(world.practitioners)]
    return mine[int(len(mine) * chance.random())]


def _is_free(practitioner: Practitioner, starts_at: datetime, ends_at: datetime) -> bool:
    taken = Appointment.objects.filter(
        practitioner=practitioner, status__in=LIVE, starts_at__lt=ends_at, ends_at__gt=starts_at
    )
    return not taken.exists()


def _instant(world: World, day: date, hour: time) -> datetime:
    return datetime.combine(day, hour, ZoneInfo(world.practice.time_zone))


def _floor(instant: datetime) -> datetime:
    return instant.replace(minute=instant.minute - instant.minute % 5, second=0, microsecond=0)
