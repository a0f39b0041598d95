# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext as _

from aftersession.billing.actions import not_a_draft
from aftersession.billing.models import Invoice, InvoiceState
from aftersession.commands.command import command
from aftersession.lib.errors import BadInput, NotAllowed
from aftersession.practices.models import Member
from aftersession.workflows.checks import obstacles_for, subject_of
from aftersession.workflows.finalise import Finish, Step, finalise
from aftersession.workflows.invoices import take_hold
from aftersession.workflows.outcome import Outcome, still_stands


@command(Outcome, stands=still_stands)
def finalise_draft(*, invoice: Invoice, finish: Finish, actor: Member, key: str) -> Outcome:
    """Press a final button on a saved draft, once. Same promises as completing the session with it.

    Raises InvalidTransition when the draft has been finalised or discarded meanwhile, and BadInput
    for a button that the checks beside it have stopped.
    """
    if finish.step is Step.SAVE:
        raise NotAllowed(_("This draft is already saved."))
    bill, people = take_hold(invoice, actor.practice)
    if invoice.state != InvoiceState.DRAFT:
        raise not_a_draft()
    for obstacle in obstacles_for(subject_of(bill, people), finish.step):
        raise BadInput(obstacle.text)
    return finalise(bill, people, finish, facts=[], actor=actor)
