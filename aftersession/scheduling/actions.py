# SPDX-License-Identifier: Apache-2.0
"""Everything that changes an appointment, each with its line in the audit log."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.catalog.models import Service
from aftersession.commands.command import command
from aftersession.coverage.models import Coverage
from aftersession.lib import clock
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.patients.models import Patient
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practitioner
from aftersession.scheduling.models import Appointment, AppointmentStatus, Attendee
from aftersession.scheduling.overlaps import refusing_overlaps
from aftersession.scheduling.state import move, refusal

LONGEST = timedelta(hours=12)
SHORTEST = timedelta(minutes=5)
FURTHEST = timedelta(days=2 * 366)
PREPAID_CHANGED = "prepaid_changed"


@dataclass(frozen=True, kw_only=True)
class Booking:
    """What is agreed: who sees whom, when, for what, and who pays how. Instants are UTC."""

    practitioner: Practitioner
    patient: Patient
    service: Service
    starts_at: datetime
    ends_at: datetime
    payment_type: str
    coverage: Coverage | None = None


@dataclass(frozen=True)
class Changed:
    """The appointment that was changed, by its public code."""

    appointment_code: str


def book(booking: Booking, *, actor: Actor, action: str = "appointment.booked") -> Appointment:
    """Write the appointment with a copy of the service as it is today.

    Raises Overlap beside `starts` if the practitioner is taken, BadInput for an impossible length.
    """
    check_span(booking.starts_at, booking.ends_at)
    now, service = clock.now(), booking.service
    with refusing_overlaps(booking.practitioner, booking.starts_at, booking.ends_at):
        appointment: Appointment = Appointment.objects.create(
            practice=actor.practice,
            practitioner=booking.practitioner,
            starts_at=booking.starts_at,
            ends_at=booking.ends_at,
            time_zone=actor.practice.time_zone,
            service=service,
            service_name=service.name,
            price_minor=service.price_minor,
            currency=service.currency,
            tax_treatment=service.tax_treatment,
            procedure_code=service.procedure_code,
            payment_type=booking.payment_type,
            status_at=now,
            status_by=actor.label,
            created_at=now,
        )
    Attendee.objects.create(
        practice=actor.practice, appointment=appointment, patient=booking.patient, coverage=booking.coverage
    )
    _note(action, appointment, actor=actor, data={"starts_at": booking.starts_at.isoformat()})
    return appointment


@command(Changed)
def reschedule(
    *, actor: Actor, key: str, appointment: Appointment, starts_at: datetime, ends_at: datetime
) -> Changed:
    """Move a booked appointment to another time; its price stays as it was booked.

    An open session can only be corrected within the past: it leaves the queue by being completed or
    missed. Raises Overlap beside `starts`, InvalidTransition once it is completed, missed or cancelled.
    """
    check_span(starts_at, ends_at)
    now = clock.now()
    if appointment.ends_at <= now < ends_at:
        raise BadInput(
            _(
                "This session has ended, so its time can only be corrected within the past. Book a new appointment instead."
            ),
            field="day",
        )
    before = appointment.starts_at
    with refusing_overlaps(appointment.practitioner, starts_at, ends_at, besides=appointment):
        # The status is compared in the same statement: a session closed meanwhile stays where it was.
        booked = Appointment.objects.filter(pk=appointment.pk, status=AppointmentStatus.BOOKED)
        if not booked.update(starts_at=starts_at, ends_at=ends_at, time_zone=actor.practice.time_zone):
            raise refusal(appointment)
    _note(
        "appointment.rescheduled",
        appointment,
        actor=actor,
        data={"from": before.isoformat(), "to": starts_at.isoformat()},
    )
    return Changed(appointment.code)


@command(Changed)
def cancel(*, actor: Actor, key: str, appointment: Appointment, reason: str) -> Changed:
    """Call an appointment off that has not ended. Nobody is written to, nothing is billed."""
    move(
        appointment,
        start=AppointmentStatus.BOOKED,
        end=AppointmentStatus.CANCELLED,
        actor=actor,
        reason=reason,
        condition=Q(ends_at__gt=clock.now()),
    )
    _note("appointment.cancelled", appointment, actor=actor, reason=reason)
    return Changed(appointment.code)


@command(Changed)
def mark_missed(*, actor: Actor, key: str, appointment: Appointment) -> Changed:
    """The client did not come. Silent to the client; only once the session has begun."""
    move(
        appointment,
        start=AppointmentStatus.BOOKED,
        end=AppointmentStatus.NO_SHOW,
        actor=actor,
        condition=_begun(),
    )
    _note("appointment.missed", appointment, actor=actor)
    return Changed(appointment.code)


@command(Changed)
def reopen_missed(*, actor: Actor, key: str, appointment: Appointment) -> Changed:
    """Take a missed mark back. Raises Overlap if the time has been given to somebody else."""
    with refusing_overlaps(
        appointment.practitioner, appointment.starts_at, appointment.ends_at, besides=appointment
    ):
        move(appointment, start=AppointmentStatus.NO_SHOW, end=AppointmentStatus.BOOKED, actor=actor)
    _note("appointment.reopened", appointment, actor=actor)
    return Changed(appointment.code)


def fulfil(appointment: Appointment, *, actor: Actor, is_prepaid: bool = False) -> None:
    """The session took place. Part of completing it, in the caller's transaction.

    `is_prepaid`: whether it is completed as billed already; the row must say the same (code
    `prepaid_changed`), so that it is billed once.

    The caller writes the audit row, together with those of the bill: one statement for all.
    Raises AlreadyDone with who and when if it is completed, InvalidTransition if it is cancelled,
    missed, or has not begun.
    """
    try:
        move(
            appointment,
            start=AppointmentStatus.BOOKED,
            end=AppointmentStatus.FULFILLED,
            actor=actor,
            condition=_begun() & Q(is_prepaid=is_prepaid),
        )
    except InvalidTransition as error:
        has_begun = appointment.status == AppointmentStatus.BOOKED and appointment.starts_at <= clock.now()
        if has_begun and appointment.is_prepaid != is_prepaid:
            raise prepaid_changed() from error
        raise


def set_prepaid(appointment: Appointment, *, is_prepaid: bool) -> None:
    """Say whether an invoice of its own bills this session, by compare-and-set.

    Raises AlreadyDone if one does already, InvalidTransition for billing one that is not booked.
    """
    rows = Appointment.objects.filter(pk=appointment.pk, is_prepaid=not is_prepaid)
    if is_prepaid:
        rows = rows.filter(status=AppointmentStatus.BOOKED)
    if rows.update(is_prepaid=is_prepaid) != 1 and is_prepaid:
        refused = refusal(appointment)
        raise prepaid_changed() if appointment.is_prepaid else refused
    appointment.is_prepaid = is_prepaid


def prepaid_changed() -> InvalidTransition:
    """What to raise where the session's bill is not what the page said."""
    return InvalidTransition(
        _("How this session is billed has changed meanwhile. Nothing was done: look again."),
        code=PREPAID_CHANGED,
    )


def unfulfil(appointment: Appointment, *, actor: Actor, reason: str = "") -> None:
    """Open a completed session again. Part of undoing a completion, in the caller's transaction."""
    move(
        appointment,
        start=AppointmentStatus.FULFILLED,
        end=AppointmentStatus.BOOKED,
        actor=actor,
        reason=reason,
    )
    _note("appointment.reopened", appointment, actor=actor, reason=reason)


def check_span(starts_at: datetime, ends_at: datetime) -> None:
    """Refuse times that cannot be a session: too short, too long, or years away."""
    if ends_at - starts_at < SHORTEST:
        raise BadInput(_("A session lasts at least 5 minutes."), field="minutes")
    if ends_at - starts_at > LONGEST:
        raise BadInput(_("A session lasts at most 12 hours."), field="minutes")
    if abs(starts_at - clock.now()) > FURTHEST:
        raise BadInput(_("This day is more than two years away. Please check the year."), field="day")


def _begun() -> Q:
    return Q(starts_at__lte=clock.now())


def _note(
    action: str,
    appointment: Appointment,
    *,
    actor: Actor,
    reason: str = "",
    data: dict[str, str] | None = None,
) -> None:
    patients = [attendee.patient.code for attendee in appointment.attendees.all()]
    record_facts(
        [
            Fact(action, "appointment", appointment.code, patient_code=code, reason=reason, data=data or {})
            for code in patients
        ],
        actor=actor,
    )
