# SPDX-License-Identifier: Apache-2.0
"""A stand-alone invoice: a bill without an appointment, with every payment type."""

from django.utils.translation import gettext as _

from aftersession.billing.actions import BillInput, draft_invoice, tax_terms
from aftersession.billing.debtors import client_debtor, payer_debtor
from aftersession.billing.documents import People
from aftersession.billing.pricing import price_invoice
from aftersession.commands.command import command
from aftersession.lib.errors import BadInput
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practitioner
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.complete_session import Billing
from aftersession.workflows.finalise import Finish, finalise
from aftersession.workflows.outcome import Outcome


@command(Outcome)
def create_invoice(
    *,
    patient: Patient,
    practitioner: Practitioner,
    billing: Billing,
    finish: Finish,
    actor: Member,
    key: str,
) -> Outcome:
    """Bill something that no appointment stands for, once. Same promises as completing a session."""
    is_insurance = billing.payment_type == PaymentType.INSURANCE
    if is_insurance and (billing.coverage is None or billing.coverage.patient_id != patient.pk):
        raise BadInput(_("Choose the policy to bill."), field="coverage")
    debtor = (
        payer_debtor(billing.coverage, actor.practice)
        if is_insurance and billing.coverage
        else client_debtor(patient, on=billing.service_on, practice=actor.practice)
    )
    tax = tax_terms(actor.practice, billing.service_on)
    bill = draft_invoice(
        BillInput(
            payment_type=billing.payment_type,
            patient=patient,
            practitioner=practitioner,
            debtor=debtor,
            service_on=billing.service_on,
            priced=price_invoice(billing.lines, billing.discount, tax),
            discount=billing.discount,
            tax=tax,
            diagnoses=billing.diagnoses,
            coverage=billing.coverage if is_insurance else None,
            authorisation_number=billing.authorisation_number,
            template=billing.template,
        ),
        actor=actor,
    )
    people = People(actor.practice, patient, practitioner, debtor)
    return finalise(bill, people, finish, facts=[], actor=actor)
