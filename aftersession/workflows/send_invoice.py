# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.messages import invoice_letter
from aftersession.billing.models import Invoice, InvoiceState
from aftersession.commands.command import command
from aftersession.lib.errors import DomainError, InvalidTransition, NotAllowed
from aftersession.messaging.actions import queue_letters
from aftersession.messaging.queries import count_about
from aftersession.payments.links import live_link
from aftersession.practices.models import Member
from aftersession.workflows.invoices import take_hold
from aftersession.workflows.outcome import Outcome

STEP = "send_again"


@command(Outcome)
def send_invoice(*, invoice: Invoice, send_to: str, actor: Member, key: str) -> Outcome:
    """Send an issued invoice to whoever owes it, first or again, once for each key.

    The same paper and the same pay page as before. Raises NotAllowed for an insurer's account (that
    is a submission), and DomainError when the address on the button is no longer the debtor's.
    """
    bill, people = take_hold(invoice, actor.practice)
    if bill.share.payer_id is not None:
        raise NotAllowed(_("An insurer's account is sent from its claim."))
    if invoice.state != InvoiceState.ISSUED:
        raise InvalidTransition(_("Only an issued invoice can be sent."))
    if not send_to or people.debtor.email != send_to:
        raise DomainError(
            _("The address of %(name)s has changed. Look again before you send.")
            % {"name": people.debtor.name},
            code="address_changed",
        )
    link = live_link(bill.share)
    nth = count_about("invoice", invoice.code)
    letter = invoice_letter(
        invoice,
        people.debtor,
        actor.practice,
        link_code=link.code if link else "",
        again=nth,
        open_minor=bill.share.open_minor,
    )
    (message,) = queue_letters([letter], actor=actor)
    record_facts([Fact("invoice.sent", "invoice", invoice.code, people.patient.code)], actor=actor)
    return Outcome(
        step=STEP,
        invoice_code=invoice.code,
        number=invoice.number_label,
        message_code=message.code,
        sent_to=send_to,
    )
