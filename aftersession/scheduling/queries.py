# SPDX-License-Identifier: Apache-2.0
"""Reading appointments: the gate to one of them, and rows as pages show them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, QuerySet, Sum, When, Window
from django.http import Http404
from django.utils.translation import gettext as _

from aftersession.coverage.models import Coverage
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practice
from aftersession.scheduling.lists import day_start, visible_appointments
from aftersession.scheduling.models import Appointment, AppointmentStatus, Attendee, PaymentType
from aftersession.scheduling.warnings import Attendance, warnings_of
from aftersession.scheduling.wording import client_names

NEXT_SIZE = 3
_TO_BILL = Case(When(is_prepaid=True, then=0), default=F("price_minor"))


@dataclass(frozen=True)
class AppointmentRow:
    """One appointment as a list shows it. Times are local to the practice."""

    code: str
    status: str
    is_open: bool
    starts: datetime
    ends: datetime
    client: str
    short_client: str
    patient_code: str
    service: str
    practitioner: str
    payment_type: str
    bills_to: str
    amount: Money
    reason: str
    warnings: tuple[str, ...] = field(default=())

    @property
    def day(self) -> date:
        return self.starts.date()


def appointment_for(member: Member, code: str) -> Appointment:
    """The appointment with everybody in it, if it is the member's to see; else Http404.

    Another practice's, a colleague's (for a practitioner) and one that never was look the same.
    """
    rows = visible_appointments(member).select_related("practitioner", "service", "location", "practice")
    appointment = rows.filter(code=code).prefetch_related(with_people(member.practice)).first()
    if appointment is None:
        raise Http404
    return appointment


def with_people(practice: Practice) -> "Prefetch[str]":
    """Who comes, with responsible person and insurer: one query for any number of appointments."""
    attendees = Attendee.objects.for_practice(practice).select_related(
        "patient__guarantor", "coverage__payer"
    )
    return Prefetch("attendees", queryset=attendees.order_by("id"))


def rows_for(member: Member, appointments: Sequence[Appointment]) -> list[AppointmentRow]:
    """Rows with names, amounts and what stands in the way of billing. One query, however many."""
    people, now = attendances_of(appointments), clock.now()
    return [_row(member.practice, people[each.pk], now) for each in appointments]


def attendances_of(appointments: Iterable[Appointment]) -> dict[int, Attendance]:
    """Who attends each appointment, by its key. One query."""
    found = {each.pk: Attendance(each, []) for each in appointments}
    policies = Coverage.objects.filter(patient=OuterRef("patient"), is_active=True)
    rows = Attendee.objects.filter(appointment_id__in=found).annotate(is_covered=Exists(policies))
    for attendee in rows.order_by("id").select_related("patient__guarantor", "coverage__payer"):
        found[attendee.appointment_id].attendees.append(attendee)
    return found


def appointments_of_day(member: Member, day: date) -> list[Appointment]:
    """What the ruler of a day shows: everything but cancelled and requested, by time."""
    zone = member.practice.time_zone
    rows = visible_appointments(member).filter(
        starts_at__gte=day_start(day, zone), starts_at__lt=day_start(day + timedelta(days=1), zone)
    )
    shown = [AppointmentStatus.BOOKED, AppointmentStatus.FULFILLED, AppointmentStatus.NO_SHOW]
    return list(rows.filter(status__in=shown).select_related("practitioner").order_by("starts_at", "id"))


def next_appointments(member: Member, *, size: int = NEXT_SIZE) -> list[Appointment]:
    """The sessions going on now and the next ones, the soonest first."""
    now = clock.now()
    rows = visible_appointments(member).filter(status=AppointmentStatus.BOOKED, ends_at__gt=now)
    return list(rows.select_related("practitioner").order_by("starts_at", "id")[:size])


def open_appointments(member: Member) -> "QuerySet[Appointment]":
    """Booked and over: not yet dealt with, the latest first."""
    rows = visible_appointments(member).filter(status=AppointmentStatus.BOOKED, ends_at__lte=clock.now())
    return rows.order_by("-ends_at", "-id")


@dataclass(frozen=True)
class OpenQueue:
    """The open sessions: the latest of them, how many there are, and what they come to together."""

    latest: Sequence[Appointment]
    count: int
    total: Money


def open_queue(member: Member, *, size: int) -> OpenQueue:
    """The head of the queue with the figures of all of it. One query."""
    rows = open_appointments(member).select_related("practitioner")
    whole = rows.annotate(whole_count=Window(Count("pk")), whole_total=Window(Sum(_TO_BILL)))
    latest = list(whole[:size])
    count = latest[0].whole_count if latest else 0
    total = latest[0].whole_total if latest else 0
    return OpenQueue(latest, count, Money(total, member.practice.currency))


def next_open_after(member: Member, appointment: Appointment) -> Appointment | None:
    """The open session to offer once this one is done: the one that ended last before it, else the latest."""
    rows = open_appointments(member).exclude(pk=appointment.pk).prefetch_related(with_people(member.practice))
    return rows.filter(ends_at__lte=appointment.ends_at).first() or rows.first()


def patients_at(appointment: Appointment) -> list[Patient]:
    """Who comes to this appointment."""
    return [attendee.patient for attendee in appointment.attendees.all()]


def attendee_billed(appointment: Appointment) -> Attendee:
    """Who is billed for it, read afresh with responsible person and insurer."""
    rows = Attendee.objects.filter(appointment=appointment)
    attendee: Attendee = rows.select_related("patient__guarantor", "coverage__payer").get()
    return attendee


def _row(practice: Practice, attendance: Attendance, now: datetime) -> AppointmentRow:
    appointment = attendance.appointment
    patients = [attendee.patient for attendee in attendance.attendees]
    starts, ends = appointment.starts_local, appointment.ends_local
    minutes = int((appointment.ends_at - appointment.starts_at).total_seconds()) // 60
    return AppointmentRow(
        code=appointment.code,
        status=appointment.status,
        is_open=appointment.is_open_at(now),
        starts=starts,
        ends=ends,
        client=client_names(patients),
        short_client=", ".join(patient.first_name for patient in patients),
        patient_code=patients[0].code if patients else "",
        service=_("%(service)s, %(minutes)d min") % {"service": appointment.service_name, "minutes": minutes},
        practitioner=appointment.practitioner.short_name,
        payment_type=appointment.payment_type,
        bills_to=bills_to(attendance),
        amount=appointment.price,
        reason=appointment.status_reason,
        warnings=warnings_of(practice, attendance),
    )


def bills_to(attendance: Attendance) -> str:
    """Who will get the bill, in a word: the way of paying, or the insurer's name."""
    kind = attendance.appointment.payment_type
    if attendance.appointment.is_prepaid:
        return _("Billed already")
    payers = [each.coverage.payer.name for each in attendance.attendees if each.coverage is not None]
    if kind == PaymentType.INSURANCE and payers:
        return str(payers[0])
    return str(PaymentType(kind).label)
