# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import Bill
from aftersession.billing.documents import People
from aftersession.billing.messages import invoice_letter
from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState
from aftersession.billing.part_paper import is_split, part_letter, part_sheet
from aftersession.commands.command import command
from aftersession.documents.actions import create_document
from aftersession.lib.errors import DomainError, InvalidTransition, NotAllowed
from aftersession.messaging.actions import Letter, queue_letters
from aftersession.messaging.queries import count_about
from aftersession.payments.connections import default_connection
from aftersession.payments.links import live_link, open_link
from aftersession.practices.models import Member
from aftersession.workflows.invoices import share_in, take_hold
from aftersession.workflows.outcome import Outcome

STEP = "send_again"


@command(Outcome)
def send_invoice(
    *, invoice: Invoice, send_to: str, share: InvoiceShare | None = None, actor: Member, key: str
) -> Outcome:
    """Send an issued invoice to whoever owes it, first or again, once for each key.

    The same paper and the same pay page as before. Where several owe it, `share` says whose part goes out:
    each gets a paper, and a pay page, of their own. Raises NotAllowed for an insurer's account (that is
    a submission), and DomainError when the address on the button is no longer the debtor's.
    """
    bill, people = take_hold(invoice, actor.practice, share)
    held = bill.share if share is None else share_in(bill, share)
    if held.payer_id is not None:
        raise NotAllowed(_("An insurer's account is sent from its claim."))
    if invoice.state != InvoiceState.ISSUED:
        raise InvalidTransition(_("Only an issued invoice can be sent."))
    if invoice.superseded_at is not None:
        raise InvalidTransition(_("Another invoice stands in the place of this one: send that."))
    if not send_to or people.debtor.email != send_to:
        raise DomainError(
            _("The address of %(name)s has changed. Look again before you send.")
            % {"name": people.debtor.name},
            code="address_changed",
        )
    letter = _part(bill, people, held, actor) if is_split(bill) else _whole(bill, people, actor)
    (message,) = queue_letters([letter], actor=actor)
    record_facts([Fact("invoice.sent", "invoice", invoice.code, people.patient.code)], actor=actor)
    return Outcome(
        step=STEP,
        invoice_code=invoice.code,
        number=invoice.number_label,
        document_code=letter.document_codes[0] if letter.document_codes else "",
        message_code=message.code,
        sent_to=send_to,
    )


def _whole(bill: Bill, people: People, actor: Member) -> Letter:
    link = live_link(bill.share)
    return invoice_letter(
        bill.invoice,
        people.debtor,
        actor.practice,
        link_code=link.code if link else "",
        again=count_about("invoice", bill.invoice.code),
        open_minor=bill.share.open_minor,
    )


def _part(bill: Bill, people: People, share: InvoiceShare, actor: Member) -> Letter:
    link = live_link(share)
    if link is None and share.open_minor and default_connection(actor.practice) is not None:
        link = open_link(share, actor=actor)
    code = link.code if link else ""
    document = create_document(
        practice=actor.practice,
        context=part_sheet(bill, people, share, pay_link=code),
        filename=f"{bill.invoice.number_label}-{share.position}.pdf",
    )
    nth = count_about("invoice", bill.invoice.code) + 1
    return part_letter(bill.invoice, share, people, document.code, nth=nth, link_code=code)
