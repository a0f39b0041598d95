# SPDX-License-Identifier: Apache-2.0
"""Book an appointment, for a client on file or a new one."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from aftersession.catalog.models import Service
from aftersession.commands.command import command
from aftersession.coverage.models import Coverage
from aftersession.lib import clock
from aftersession.lib.errors import BadInput
from aftersession.patients.models import Patient
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practitioner
from aftersession.scheduling.actions import Booking, book
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.new_client import NewClient, register_client


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """What the front desk and the client agreed on. One of `patient` and `new_client` is given."""

    practitioner: Practitioner
    service: Service
    starts_at: datetime
    ends_at: datetime
    payment_type: str
    patient: Patient | None = None
    new_client: NewClient | None = None


@dataclass(frozen=True)
class Booked:
    """Public codes of what was written."""

    appointment_code: str
    patient_code: str


@command(Booked)
def book_appointment(*, agreement: Agreement, actor: Actor, key: str) -> Booked:
    """Put the appointment on the practitioner's day; a new client comes into being with it.

    After: a booked appointment with a copy of the service's price, or nothing at all, not even the
    new client. Raises Overlap beside `starts`, BadInput beside the field that is wrong.
    """
    if agreement.ends_at <= clock.now():
        raise BadInput(_("This time is over. Log it as a past session instead."), field="day")
    return write_appointment(agreement, actor=actor)


def write_appointment(agreement: Agreement, *, actor: Actor, action: str = "appointment.booked") -> Booked:
    """The part that booking ahead and logging afterwards share."""
    patient = _patient(agreement, actor)
    appointment = book(
        Booking(
            practitioner=agreement.practitioner,
            patient=patient,
            service=agreement.service,
            starts_at=agreement.starts_at,
            ends_at=agreement.ends_at,
            payment_type=agreement.payment_type,
            coverage=_coverage(agreement, patient),
        ),
        actor=actor,
        action=action,
    )
    return Booked(appointment.code, patient.code)


def _patient(agreement: Agreement, actor: Actor) -> Patient:
    if agreement.patient is not None:
        return agreement.patient
    if agreement.new_client is None:
        raise BadInput(_("Choose a client, or write the name of a new one."), field="client")
    return register_client(agreement.new_client, practitioner=agreement.practitioner, actor=actor)


def _coverage(agreement: Agreement, patient: Patient) -> Coverage | None:
    """The policy an insured session is meant for: the first one that covers the day."""
    if agreement.payment_type != PaymentType.INSURANCE:
        return None
    day = clock.local(agreement.starts_at, patient.practice.time_zone).date()
    policies = Coverage.objects.filter(patient=patient, is_active=True).order_by("priority", "id")
    return next((policy for policy in policies if policy.is_valid_on(day)), None)
