# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.messages import account_letter
from aftersession.billing.models import InvoiceState
from aftersession.claims.actions import submit
from aftersession.claims.models import Claim
from aftersession.commands.command import command
from aftersession.lib.errors import DomainError, InvalidTransition
from aftersession.lib.money import Money
from aftersession.messaging.actions import queue_letters
from aftersession.practices.models import Member
from aftersession.workflows.invoices import share_in, take_hold
from aftersession.workflows.outcome import Outcome

STEP = "submit_claim"


@command(Outcome)
def submit_claim(*, claim: Claim, send_to: str, actor: Member, key: str) -> Outcome:
    """Send the account to the insurer, once for each key: a Submission with the document's hash.

    May be repeated, with a new key, while the insurer has not answered. Raises InvalidTransition
    once it has, when the invoice is void, or while the document is still being made.
    """
    invoice = claim.invoice
    bill, people = take_hold(invoice, actor.practice)
    if invoice.state != InvoiceState.ISSUED:
        raise InvalidTransition(_("Only an issued invoice can be sent."))
    if not send_to or people.debtor.email != send_to:
        raise DomainError(
            _("The address of %(name)s has changed. Look again before you send.")
            % {"name": people.debtor.name},
            code="address_changed",
        )
    nth = claim.submissions.count() + 1
    owed = Money(share_in(bill, claim.share).due_minor, invoice.currency)
    letter = account_letter(invoice, people.debtor, actor.practice, nth=nth, owed=owed)
    (message,) = queue_letters([letter], actor=actor)
    submit(claim, to_address=send_to, message_code=message.code, actor=actor)
    record_facts(
        [
            Fact("claim.submitted", "claim", claim.code, people.patient.code),
            Fact("claim.submitted", "invoice", invoice.code, people.patient.code),
        ],
        actor=actor,
    )
    return Outcome(
        step=STEP,
        invoice_code=invoice.code,
        number=invoice.number_label,
        message_code=message.code,
        sent_to=send_to,
        claim_code=claim.code,
    )
