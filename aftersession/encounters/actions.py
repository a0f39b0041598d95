# SPDX-License-Identifier: Apache-2.0
"""Writes about sessions that took place. Plain functions inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from aftersession.encounters.models import Charge, Encounter, EncounterDiagnosis, EncounterState, WorkingCopy
from aftersession.lib import clock
from aftersession.lib.errors import AlreadyDone, InvalidTransition
from aftersession.practices.actors import Actor
from aftersession.practices.models import Member
from aftersession.scheduling.models import Appointment, Attendee


@dataclass(frozen=True)
class ChargeInput:
    """One service of a session: what, how often, at which price (minor units)."""

    description: str
    procedure_code: str
    quantity: int
    unit_price_minor: int


@dataclass(frozen=True)
class SessionFacts:
    """What took place. `diagnoses` are (system, code, title) in order.

    `no_charge_reason`: why nothing is billed, if nothing is.
    """

    service_on: date
    payment_type: str
    charges: Sequence[ChargeInput]
    diagnoses: Sequence[tuple[str, str, str]]
    no_charge_reason: str = ""


def charge_as_booked(appointment: Appointment) -> ChargeInput:
    """The service of a session, as it was agreed."""
    return ChargeInput(appointment.service_name, appointment.procedure_code, 1, appointment.price_minor)


def record_encounter(
    appointment: Appointment, attendee: Attendee, facts: SessionFacts, *, actor: Actor
) -> Encounter:
    """Write the completion record with its charges and diagnoses.

    Raises AlreadyDone when this attendance has a live one: the database allows only one.
    """
    try:
        encounter = Encounter.objects.create(
            practice=actor.practice,
            appointment=appointment,
            attendee=attendee,
            patient=attendee.patient,
            practitioner=appointment.practitioner,
            service_on=facts.service_on,
            payment_type=facts.payment_type,
            completed_at=clock.now(),
            completed_by=actor.label,
            no_charge_reason=facts.no_charge_reason,
        )
    except IntegrityError as error:
        raise AlreadyDone(_("This session has already been completed.")) from error
    Charge.objects.bulk_create(
        Charge(
            practice=actor.practice,
            encounter=encounter,
            position=position,
            description=charge.description,
            procedure_code=charge.procedure_code,
            quantity=charge.quantity,
            unit_price_minor=charge.unit_price_minor,
            currency=actor.practice.currency,
        )
        for position, charge in enumerate(facts.charges, 1)
    )
    EncounterDiagnosis.objects.bulk_create(
        EncounterDiagnosis(
            practice=actor.practice,
            encounter=encounter,
            position=position,
            system=system,
            diagnosis_code=code,
            title=title,
        )
        for position, (system, code, title) in enumerate(facts.diagnoses, 1)
    )
    return encounter


def reopen_encounter(encounter: Encounter) -> None:
    """Take the completion back, by compare-and-set. The record stays, marked reopened."""
    moved = Encounter.objects.filter(pk=encounter.pk, state=EncounterState.LIVE).update(
        state=EncounterState.REOPENED, reopened_at=clock.now()
    )
    if moved != 1:
        raise InvalidTransition(_("This session has already been opened again."))


def keep_working_copy(appointment: Appointment, member: Member, data: dict[str, Any]) -> None:
    """Keep what was typed so far, for this person and appointment. Safe to repeat."""
    WorkingCopy.objects.update_or_create(
        appointment=appointment,
        member=member,
        defaults={"practice": member.practice, "data": data, "updated_at": clock.now()},
    )


def drop_working_copies(appointment: Appointment) -> None:
    """Forget what was typed: the session is completed."""
    WorkingCopy.objects.filter(appointment=appointment).delete()
