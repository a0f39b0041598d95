# SPDX-License-Identifier: Apache-2.0
"""Money that came outside any partner: from a client by cash, transfer or card, or from an insurer."""

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState
from aftersession.claims.actions import note_answer
from aftersession.claims.models import Claim
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib.days import format_day
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.messaging.actions import queue_letters
from aftersession.payments.actions import Origin, PaymentInput, check_day, payment_posting, receive_payment
from aftersession.payments.models import PaymentMethod
from aftersession.payments.receipts import issue_receipt, receipt_letter
from aftersession.practices.models import Member, Practice
from aftersession.workflows.invoices import check_address, share_in, take_hold
from aftersession.workflows.outcome import Outcome, still_stands

STEP = "record_payment"


@command(Outcome, stands=still_stands)
def record_payment(
    *,
    invoice: Invoice,
    payment: PaymentInput,
    send_receipt_to: str,
    share: InvoiceShare | None = None,
    actor: Member,
    key: str,
) -> Outcome:
    """Record money against an issued invoice, once; a receipt goes out if an address is given.

    `share` says whose part it pays where there are several. An insurer's takes an insurer's payment, in
    part too: the rest stays with the insurer.
    Raises AmountTooLarge past what is open, BadInput for no money, or a day that has not come or is before the invoice,
    InvalidTransition unless the invoice is issued.
    """
    bill, people = take_hold(invoice, actor.practice, share)
    held = bill.share if share is None else share_in(bill, share)
    if invoice.state != InvoiceState.ISSUED:
        raise InvalidTransition(_("Only an issued invoice can be paid."))
    check_day(payment, actor.practice)
    _check_not_before(invoice, payment, actor.practice)
    is_insurer = held.payer is not None
    if is_insurer != (payment.method == PaymentMethod.INSURER):
        raise BadInput(_("This payment method does not fit who owes the invoice."), field="method")
    origin = Origin(
        from_name=people.debtor.name, patient=people.patient, guarantor=held.guarantor, payer=held.payer
    )
    parts = [(held, payment.amount_minor)]
    received = receive_payment(payment, origin, currency=invoice.currency, actor=actor, settles=parts)
    settled = [(invoice, held, payment.amount_minor)]
    post([payment_posting(received, parts, people.patient)], actor=actor)
    if is_insurer:
        note_answer(Claim.objects.select_related("share").get(share=held))
    receipt = None if is_insurer else issue_receipt(received, settled, people.debtor, actor=actor)
    letters = []
    if receipt and send_receipt_to:
        check_address(people.debtor, send_receipt_to)
        letters = [receipt_letter(receipt, settled, people.debtor, actor.practice)]
    messages = queue_letters(letters, actor=actor)
    record_facts(
        [
            Fact(
                "payment.recorded",
                "invoice",
                invoice.code,
                people.patient.code,
                data={
                    "payment": received.code,
                    "method": received.method,
                    "amount_minor": received.amount_minor,
                },
            )
        ],
        actor=actor,
    )
    return Outcome(
        step=STEP,
        invoice_code=invoice.code,
        number=invoice.number_label,
        payment_code=received.code,
        receipt_code=receipt.code if receipt else "",
        document_code=receipt.document.code if receipt else "",
        message_code=messages[0].code if messages else "",
        sent_to=send_receipt_to if messages else "",
    )


def _check_not_before(invoice: Invoice, payment: PaymentInput, practice: Practice) -> None:
    """Refuse a day before both the session and the invoice. Raises BadInput, with the way on.

    Such money came in advance: on the account it keeps its day, and can be used for this invoice from there.
    """
    first = min(day for day in (invoice.service_on, invoice.issued_on) if day is not None)
    if payment.received_on < first:
        text = _(
            "%(number)s is of %(day)s: what came before is money in advance. Record it on the account, then"
            " use it for this invoice."
        )
        if payment.method == PaymentMethod.INSURER:
            text = _("%(number)s is of %(day)s: it cannot have been paid before. Look at the day again.")
        raise BadInput(
            text % {"number": invoice.number_label, "day": format_day(first, practice.locale)},
            field="received_on",
        )
