# SPDX-License-Identifier: Apache-2.0
"""Mark session complete: the moment the product is built around."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact
from aftersession.billing.actions import (
    Bill,
    BillInput,
    DiagnosisInput,
    PartInput,
    draft_invoice,
    tax_terms,
)
from aftersession.billing.debtors import client_debtor, payer_debtor
from aftersession.billing.documents import People
from aftersession.billing.models import Invoice
from aftersession.billing.pricing import Discount, LineInput, price_invoice
from aftersession.commands.command import command
from aftersession.coverage.models import Coverage
from aftersession.encounters.actions import (
    ChargeInput,
    SessionFacts,
    charge_as_booked,
    drop_working_copies,
    record_encounter,
)
from aftersession.encounters.models import Encounter
from aftersession.ledger.actions import post
from aftersession.lib.errors import BadInput
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practitioner
from aftersession.prepaid.models import Package
from aftersession.prepaid.packages import use_package
from aftersession.scheduling.actions import fulfil
from aftersession.scheduling.models import Appointment, PaymentType
from aftersession.scheduling.queries import attendee_billed
from aftersession.workflows.finalise import Finish, finalise, told_for
from aftersession.workflows.outcome import Outcome, still_stands


@dataclass(frozen=True, kw_only=True)
class Billing:
    """Billing details as reviewed: what is billed, to whom, with which diagnoses.

    `co_payment_minor` is the part of an insurer's bill that the client pays, known beforehand.
    """

    payment_type: str
    service_on: date
    lines: tuple[LineInput, ...]
    discount: Discount | None = None
    diagnoses: tuple[DiagnosisInput, ...] = ()
    coverage: Coverage | None = None
    authorisation_number: str = ""
    co_payment_minor: int = 0
    template: str = "standard"


@command(Outcome, stands=still_stands)
def complete_session(
    *,
    appointment: Appointment,
    billing: Billing,
    finish: Finish,
    is_prepaid: bool = False,
    package: Package | None = None,
    actor: Member,
    key: str,
) -> Outcome:
    """Turn a kept appointment into a billed encounter, once.

    `is_prepaid`: an invoice of its own bills the session already; `billing` is what comes on top of it.
    `package`: what pays for the session itself, likewise.

    Before: the appointment is booked and has started. After: it is fulfilled, and encounter, invoice,
    ledger entry, audit rows and outgoing message all exist, or none of them does. Safe to repeat with
    the same key; another key meets AlreadyDone with who completed it. Nothing is sent before commit,
    and nothing but the database is touched.
    """
    attendee = attendee_billed(appointment)
    fulfil(appointment, actor=actor, is_prepaid=is_prepaid)
    facts = _session_facts(billing, [charge_as_booked(appointment)] if is_prepaid or package else [])
    encounter = record_encounter(appointment, attendee, facts, actor=actor)
    if package is not None:
        post([use_package(package, encounter, actor=actor)], actor=actor)
    bill, people = draft_bill(
        attendee.patient, appointment.practitioner, billing, encounter=encounter, actor=actor
    )
    drop_working_copies(appointment)
    fact = Fact("appointment.completed", "appointment", appointment.code, attendee.patient.code)
    outcome = finalise(bill, people, finish, facts=[fact], actor=actor)
    return told_for(outcome, appointment.code)


def draft_bill(
    patient: Patient,
    practitioner: Practitioner,
    billing: Billing,
    *,
    encounter: Encounter | None = None,
    corrects: Invoice | None = None,
    others: Sequence[PartInput] = (),
    actor: Member,
) -> tuple[Bill, People]:
    """The invoice as a draft, and whom its papers name.

    `others`: what further debtors owe of it. Where that is all of it, the first of them takes the place of
    whoever would be billed. Raises BadInput where nobody can be billed, and for parts that do not fit.
    """
    coverage = _coverage(billing, patient)
    debtor = (
        payer_debtor(coverage, actor.practice)
        if coverage is not None
        else client_debtor(patient, on=billing.service_on, practice=actor.practice)
    )
    parts = list(others)
    if coverage is not None and billing.co_payment_minor:
        co_payer = client_debtor(patient, on=billing.service_on, practice=actor.practice)
        parts.insert(0, PartInput(co_payer, billing.co_payment_minor))
    tax = tax_terms(actor.practice, billing.service_on)
    priced = price_invoice(billing.lines, billing.discount, tax)
    if coverage is None and parts and sum(each.amount_minor for each in parts) == priced.total_minor:
        debtor, parts = parts[0].debtor, parts[1:]
    bill = draft_invoice(
        BillInput(
            payment_type=billing.payment_type,
            patient=patient,
            practitioner=practitioner,
            debtor=debtor,
            service_on=billing.service_on,
            priced=priced,
            discount=billing.discount,
            tax=tax,
            diagnoses=billing.diagnoses,
            encounter=encounter,
            corrects=corrects,
            parts=parts,
            coverage=coverage,
            authorisation_number=billing.authorisation_number,
            template=billing.template,
        ),
        actor=actor,
    )
    return bill, People(actor.practice, patient, practitioner, debtor)


def _coverage(billing: Billing, patient: Patient) -> Coverage | None:
    """The policy to bill, as it is now. None where the client is billed."""
    if billing.payment_type != PaymentType.INSURANCE:
        return None
    policies = Coverage.objects.filter(patient=patient).select_related("payer")
    coverage: Coverage | None = policies.filter(pk=billing.coverage.pk).first() if billing.coverage else None
    if coverage is None:
        raise BadInput(_("Choose the policy to bill."), field="coverage")
    return coverage


def _session_facts(billing: Billing, billed_before: list[ChargeInput]) -> SessionFacts:
    return SessionFacts(
        service_on=billing.service_on,
        payment_type=billing.payment_type,
        charges=[
            *billed_before,
            *(
                ChargeInput(line.description, line.procedure_code, line.quantity, line.unit_price_minor)
                for line in billing.lines
            ),
        ],
        diagnoses=[(each.system, each.code, each.title) for each in billing.diagnoses],
    )
