# SPDX-License-Identifier: Apache-2.0
"""Mark session complete: the moment the product is built around."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact
from aftersession.billing.actions import BillInput, DiagnosisInput, draft_invoice, tax_terms
from aftersession.billing.debtors import client_debtor, payer_debtor
from aftersession.billing.documents import People
from aftersession.billing.pricing import Discount, LineInput, price_invoice
from aftersession.commands.command import command
from aftersession.coverage.models import Coverage
from aftersession.encounters.actions import (
    ChargeInput,
    SessionFacts,
    drop_working_copies,
    record_encounter,
)
from aftersession.lib.errors import BadInput
from aftersession.practices.models import Member
from aftersession.scheduling.actions import fulfil
from aftersession.scheduling.models import Appointment, Attendee, PaymentType
from aftersession.workflows.finalise import Finish, finalise, told_for
from aftersession.workflows.outcome import Outcome


@dataclass(frozen=True, kw_only=True)
class Billing:
    """Billing details as reviewed: what is billed, to whom, with which diagnoses."""

    payment_type: str
    service_on: date
    lines: tuple[LineInput, ...]
    discount: Discount | None = None
    diagnoses: tuple[DiagnosisInput, ...] = ()
    coverage: Coverage | None = None
    authorisation_number: str = ""
    template: str = "standard"


@command(Outcome)
def complete_session(
    *, appointment: Appointment, billing: Billing, finish: Finish, actor: Member, key: str
) -> Outcome:
    """Turn a kept appointment into a billed encounter, once.

    Before: the appointment is booked and has started. After: it is fulfilled, and encounter, invoice,
    ledger entry, audit rows and outgoing message all exist, or none of them does. Safe to repeat with
    the same key; another key meets AlreadyDone with who completed it. Nothing is sent before commit,
    and nothing but the database is touched.
    """
    attendee = _attendee(appointment)
    fulfil(appointment, actor=actor)
    encounter = record_encounter(appointment, attendee, _session_facts(billing, appointment), actor=actor)
    people = people_of(appointment, attendee, billing, actor)
    tax = tax_terms(actor.practice, billing.service_on)
    bill = draft_invoice(
        BillInput(
            payment_type=billing.payment_type,
            patient=attendee.patient,
            practitioner=appointment.practitioner,
            debtor=people.debtor,
            service_on=billing.service_on,
            priced=price_invoice(billing.lines, billing.discount, tax),
            discount=billing.discount,
            tax=tax,
            diagnoses=billing.diagnoses,
            encounter=encounter,
            coverage=billing.coverage if billing.payment_type == PaymentType.INSURANCE else None,
            authorisation_number=billing.authorisation_number,
            template=billing.template,
        ),
        actor=actor,
    )
    drop_working_copies(appointment)
    fact = Fact("appointment.completed", "appointment", appointment.code, attendee.patient.code)
    outcome = finalise(bill, people, finish, facts=[fact], actor=actor)
    return told_for(outcome, appointment.code)


def people_of(appointment: Appointment, attendee: Attendee, billing: Billing, actor: Member) -> People:
    """Whom the papers name. Raises BadInput where nobody can be billed."""
    if billing.payment_type == PaymentType.INSURANCE:
        if billing.coverage is None or billing.coverage.patient_id != attendee.patient_id:
            raise BadInput(_("Choose the policy to bill."), field="coverage")
        debtor = payer_debtor(billing.coverage, actor.practice)
    else:
        debtor = client_debtor(attendee.patient, on=billing.service_on, practice=actor.practice)
    return People(actor.practice, attendee.patient, appointment.practitioner, debtor)


def _attendee(appointment: Appointment) -> Attendee:
    return (
        Attendee.objects.filter(appointment=appointment)
        .select_related("patient__guarantor", "coverage__payer")
        .get()
    )


def _session_facts(billing: Billing, appointment: Appointment) -> SessionFacts:
    return SessionFacts(
        service_on=billing.service_on,
        payment_type=billing.payment_type,
        charges=[
            ChargeInput(line.description, line.procedure_code, line.quantity, line.unit_price_minor)
            for line in billing.lines
        ],
        diagnoses=[(each.system, each.code, each.title) for each in billing.diagnoses],
    )
