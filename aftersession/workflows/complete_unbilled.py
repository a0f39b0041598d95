# SPDX-License-Identifier: Apache-2.0
"""Complete a session for which no bill is made: it costs nothing, or it is paid already."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.debtors import client_debtor, hold_address
from aftersession.commands.command import command
from aftersession.encounters.actions import (
    SessionFacts,
    charge_as_booked,
    drop_working_copies,
    record_encounter,
)
from aftersession.encounters.models import Encounter, EncounterState
from aftersession.ledger.actions import post
from aftersession.lib.errors import BadInput
from aftersession.messaging.actions import queue_letters
from aftersession.practices.models import Member
from aftersession.prepaid.letters import use_letter
from aftersession.prepaid.models import Package
from aftersession.prepaid.packages import use_package
from aftersession.scheduling.actions import fulfil
from aftersession.scheduling.models import Appointment
from aftersession.scheduling.queries import attendee_billed
from aftersession.workflows.invoices import check_address


@dataclass(frozen=True)
class Completed:
    """The session that is completed, and its record; nothing was billed."""

    appointment_code: str
    encounter_code: str


def _still_stands(completed: Completed) -> bool:
    """Whether the session has not been opened again since."""
    live = Encounter.objects.filter(code=completed.encounter_code, state=EncounterState.LIVE)
    return bool(live.exists())


@command(Completed, stands=_still_stands)
def complete_at_no_charge(
    *, appointment: Appointment, facts: SessionFacts, actor: Member, key: str
) -> Completed:
    """Complete a session that costs nothing, once; `facts` say why.

    Before: the appointment is booked and has begun. After: it is fulfilled, with its record, the reason
    and the audit row; nobody owes anything and nothing is sent. Raises BadInput beside `reason` without
    one, and what completing with a bill raises.
    """
    if not facts.no_charge_reason:
        raise BadInput(_("Say why nothing is charged."), field="reason")
    return _complete(appointment, facts, is_prepaid=False, actor=actor)


@command(Completed, stands=_still_stands)
def complete_as_billed(
    *, appointment: Appointment, facts: SessionFacts, actor: Member, key: str
) -> Completed:
    """Complete a session that an invoice of its own bills already, once. Nothing more is billed or sent.

    The charge is kept as it was booked. Raises InvalidTransition (`prepaid_changed`) where no invoice bills
    it any more, and what completing with a bill raises.
    """
    whole = replace(facts, charges=[charge_as_booked(appointment), *facts.charges])
    return _complete(appointment, whole, is_prepaid=True, actor=actor)


@command(Completed, stands=_still_stands)
def complete_with_package(
    *,
    appointment: Appointment,
    facts: SessionFacts,
    package: Package,
    send_to: str = "",
    actor: Member,
    key: str,
) -> Completed:
    """Complete a session that a package pays for, once: one session less is left, and its part is earned.

    `send_to`: the address to which what is left is told, if to any; it must still be theirs. Raises
    InvalidTransition where the package cannot pay for it any more, and what completing with a bill raises.
    """
    whole = replace(facts, charges=[charge_as_booked(appointment), *facts.charges])
    return _complete(appointment, whole, is_prepaid=False, package=package, send_to=send_to, actor=actor)


def _complete(
    appointment: Appointment,
    facts: SessionFacts,
    *,
    is_prepaid: bool,
    package: Package | None = None,
    send_to: str = "",
    actor: Member,
) -> Completed:
    attendee = attendee_billed(appointment)
    fulfil(appointment, actor=actor, is_prepaid=is_prepaid)
    encounter = record_encounter(appointment, attendee, facts, actor=actor)
    if package is not None:
        post([use_package(package, encounter, actor=actor)], actor=actor)
    drop_working_copies(appointment)
    if package is not None and send_to:
        _tell(package, encounter, send_to, actor)
    fact = Fact(
        "appointment.completed",
        "appointment",
        appointment.code,
        attendee.patient.code,
        facts.no_charge_reason,
        data={"is_prepaid": is_prepaid, "package": package.code if package else ""},
    )
    record_facts([fact], actor=actor)
    return Completed(appointment.code, encounter.code)


def _tell(package: Package, encounter: Encounter, send_to: str, actor: Member) -> None:
    debtor = client_debtor(encounter.patient, on=encounter.service_on, practice=actor.practice)
    held = hold_address(debtor)
    check_address(held, send_to)
    package.refresh_from_db()
    queue_letters([use_letter(package, encounter, held, actor.practice)], actor=actor)
