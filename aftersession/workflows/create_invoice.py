# SPDX-License-Identifier: Apache-2.0
"""A stand-alone invoice: a bill without an appointment, with every payment type."""

from aftersession.commands.command import command
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practitioner
from aftersession.workflows.complete_session import Billing, draft_bill
from aftersession.workflows.finalise import Finish, finalise
from aftersession.workflows.outcome import Outcome, still_stands


@command(Outcome, stands=still_stands)
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
    billed = Patient.objects.select_related("guarantor").get(pk=patient.pk)  # who pays may just have changed
    bill, people = draft_bill(billed, practitioner, billing, actor=actor)
    return finalise(bill, people, finish, facts=[], actor=actor)
