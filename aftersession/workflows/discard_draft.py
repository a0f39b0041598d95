# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import discard_draft as put_away
from aftersession.billing.models import Invoice
from aftersession.commands.command import command
from aftersession.lib.errors import NotAllowed
from aftersession.practices.models import Member
from aftersession.workflows.outcome import Outcome

STEP = "discard_draft"


@command(Outcome)
def discard_draft(*, invoice: Invoice, actor: Member, key: str) -> Outcome:
    """Put a stand-alone draft away, once. It had no number, so it leaves no gap.

    Raises NotAllowed for the draft of a session (undoing its completion opens the session again) and
    InvalidTransition when it has been finalised or discarded meanwhile.
    """
    if invoice.encounter_id is not None:
        raise NotAllowed(_("This draft belongs to a session. Undo its completion instead."))
    put_away(invoice)
    record_facts([Fact("invoice.discarded", "invoice", invoice.code, invoice.patient.code)], actor=actor)
    return Outcome(step=STEP, invoice_code=invoice.code)
