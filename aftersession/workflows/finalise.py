# SPDX-License-Identifier: Apache-2.0
"""The final buttons, one function each: what becomes of a drafted invoice.

Called inside a command's transaction by completing a session, finalising a draft and making a
stand-alone invoice, and nowhere else. Everything is written before the number is taken, so that the
series is locked for as short as it can be.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import Bill, issue_invoice, issue_posting, number_invoice
from aftersession.billing.debtors import hold_address
from aftersession.billing.documents import People, filename_of, invoice_context
from aftersession.billing.messages import invoice_letter
from aftersession.claims.actions import open_claim
from aftersession.documents.actions import create_document
from aftersession.ledger.actions import Posting, post
from aftersession.lib.errors import DomainError, NotAllowed
from aftersession.messaging.actions import Letter, queue_letters
from aftersession.payments.actions import (
    Origin,
    PaymentInput,
    check_day,
    payment_posting,
    receive_payment,
)
from aftersession.payments.connections import choose_connection, usable_connections
from aftersession.payments.links import open_link
from aftersession.payments.models import Payment, ProviderConnection
from aftersession.payments.receipts import issue_receipt, receipt_letter
from aftersession.practices.actors import Actor
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.outcome import Outcome


class Step(StrEnum):
    """The final buttons by name."""

    SAVE = "save"
    REQUEST_PAYMENT = "request_payment"
    SEND = "send"
    SEND_RECEIPT = "send_receipt"
    GENERATE = "generate"
    ISSUE = "issue"


STEPS_OF_TYPE: dict[str, tuple[Step, ...]] = {
    PaymentType.ONLINE: (Step.REQUEST_PAYMENT, Step.SAVE),
    PaymentType.OTHER: (Step.SEND_RECEIPT, Step.SEND, Step.SAVE),
    PaymentType.INSURANCE: (Step.GENERATE, Step.SAVE),
}
"""Which buttons a payment type has, the likeliest first."""

STEPS_OF_CORRECTION: dict[str, tuple[Step, ...]] = {
    PaymentType.ONLINE: (Step.REQUEST_PAYMENT,),
    PaymentType.OTHER: (Step.SEND, Step.ISSUE),
    PaymentType.INSURANCE: (Step.GENERATE,),
}
"""The same where an invoice is put in the place of another: issued at once, with the money that is there."""


@dataclass(frozen=True)
class Finish:
    """How to end: the button, the money that came with it, and the address its words named.

    `partner` is the code of the connection that a payment shall go through; empty for the default of the day.
    """

    step: Step
    payment: PaymentInput | None = None
    send_to: str = ""
    partner: str = ""


def finalise(bill: Bill, people: People, finish: Finish, *, facts: list[Fact], actor: Actor) -> Outcome:
    """Do what the button says, write the audit facts, and tell what was done.

    Raises NotAllowed for a button that the payment type does not have, AmountTooLarge for more money
    than is owed, and DomainError when the address on the button is no longer the debtor's.
    """
    payment_type = bill.invoice.payment_type
    steps = {
        *STEPS_OF_TYPE[payment_type],
        *(STEPS_OF_CORRECTION[payment_type] if bill.invoice.corrects_id else ()),
    }
    if finish.step not in steps:
        raise NotAllowed(_("This button does not belong to this payment type."))
    if finish.send_to:
        people = replace(people, debtor=hold_address(people.debtor))
    outcome = ROUTES[finish.step](bill, people, finish, facts, actor)
    record_facts(facts, actor=actor)
    return outcome


def _save(bill: Bill, people: People, finish: Finish, facts: list[Fact], actor: Actor) -> Outcome:
    facts.append(_fact("invoice.drafted", bill, people))
    return Outcome(step=finish.step, invoice_code=bill.invoice.code)


def _request_payment(bill: Bill, people: People, finish: Finish, facts: list[Fact], actor: Actor) -> Outcome:
    _check_address(people, finish)
    link = open_link(bill.share, actor=actor)
    if finish.partner:
        choose_connection(link, _partner(people, finish.partner))
    _issue(bill, people, [], facts, actor, pay_link=link.code)
    letter = invoice_letter(
        bill.invoice,
        people.debtor,
        people.practice,
        link_code=link.code,
        open_minor=bill.share.open_minor,
    )
    return _sent(bill, finish, letter, actor)


def _partner(people: People, code: str) -> ProviderConnection:
    usable = usable_connections(people.practice)
    found = next((each for each in usable if each.code == code), None)
    if found is None:
        raise DomainError(
            _("This payment partner takes no payments now. Choose again."),
            code="partner_changed",
            field="partner",
        )
    return found


def _send(bill: Bill, people: People, finish: Finish, facts: list[Fact], actor: Actor) -> Outcome:
    _check_address(people, finish)
    _issue(bill, people, [], facts, actor)
    letter = invoice_letter(bill.invoice, people.debtor, people.practice, open_minor=bill.share.open_minor)
    return _sent(bill, finish, letter, actor)


def _issue_only(bill: Bill, people: People, finish: Finish, facts: list[Fact], actor: Actor) -> Outcome:
    _issue(bill, people, [], facts, actor)
    invoice = bill.invoice
    code = invoice.document.code if invoice.document else ""
    return Outcome(
        step=finish.step, invoice_code=invoice.code, number=invoice.number_label, document_code=code
    )


def _send_receipt(bill: Bill, people: People, finish: Finish, facts: list[Fact], actor: Actor) -> Outcome:
    if finish.payment is None:
        raise NotAllowed(_("A receipt needs a payment."))
    check_day(finish.payment, people.practice)
    if finish.send_to:
        _check_address(people, finish)
    payment = _take_payment(bill, people, finish.payment, actor)
    posting = payment_posting(payment, [(bill.share, payment.amount_minor)], people.patient)
    _issue(bill, people, [posting], facts, actor)
    settled = [(bill.invoice, bill.share, payment.amount_minor)]
    receipt = issue_receipt(payment, settled, people.debtor, actor=actor)
    facts.append(
        Fact(
            "payment.recorded",
            "payment",
            payment.code,
            people.patient.code,
            data={
                "payment": payment.code,
                "amount_minor": payment.amount_minor,
                "invoice": bill.invoice.code,
            },
        )
    )
    letters = [receipt_letter(receipt, settled, people.debtor, people.practice)] if finish.send_to else []
    messages = queue_letters(letters, actor=actor)
    return Outcome(
        step=finish.step,
        invoice_code=bill.invoice.code,
        number=bill.invoice.number_label,
        document_code=receipt.document.code,
        message_code=messages[0].code if messages else "",
        sent_to=finish.send_to,
        payment_code=payment.code,
        receipt_code=receipt.code,
    )


def _generate(bill: Bill, people: People, finish: Finish, facts: list[Fact], actor: Actor) -> Outcome:
    coverage = bill.invoice.coverage
    if coverage is None:
        raise NotAllowed(_("There is nothing to bill an insurer on: add the policy first."))
    claim = open_claim(bill, coverage, actor=actor)
    _issue(bill, people, [], facts, actor)
    facts.append(Fact("claim.opened", "claim", claim.code, people.patient.code))
    return Outcome(
        step=finish.step,
        invoice_code=bill.invoice.code,
        number=bill.invoice.number_label,
        document_code=bill.invoice.document.code if bill.invoice.document else "",
        claim_code=claim.code,
    )


def _issue(
    bill: Bill,
    people: People,
    postings: list[Posting],
    facts: list[Fact],
    actor: Actor,
    pay_link: str = "",
) -> None:
    post([issue_posting(bill, people.patient), *postings], actor=actor)
    number_invoice(bill.invoice, actor=actor)
    context = invoice_context(bill, people, pay_link=pay_link)
    document = create_document(
        practice=people.practice,
        context=context,
        filename=filename_of(bill.invoice.number_label, context.kind),
    )
    issue_invoice(bill.invoice, document)
    facts.append(_fact("invoice.issued", bill, people))


def _take_payment(bill: Bill, people: People, given: PaymentInput, actor: Actor) -> Payment:
    origin = Origin(from_name=people.debtor.name, patient=people.patient, guarantor=bill.share.guarantor)
    settles = [(bill.share, given.amount_minor)]
    return receive_payment(given, origin, currency=bill.invoice.currency, actor=actor, settles=settles)


def _sent(bill: Bill, finish: Finish, letter: Letter, actor: Actor) -> Outcome:
    (message,) = queue_letters([letter], actor=actor)
    return Outcome(
        step=finish.step,
        invoice_code=bill.invoice.code,
        number=bill.invoice.number_label,
        document_code=letter.document_codes[0],
        message_code=message.code,
        sent_to=letter.to_address,
    )


def _check_address(people: People, finish: Finish) -> None:
    """The words on the button named an address; it must still be theirs (reliability: I-30)."""
    if not people.debtor.email:
        raise DomainError(
            _("%(name)s has no e-mail address. Add one, or choose another button.")
            % {"name": people.debtor.name},
            code="no_address",
        )
    if people.debtor.email != finish.send_to:
        raise DomainError(
            _("The address of %(name)s is now %(address)s. Look again before you send.")
            % {"name": people.debtor.name, "address": people.debtor.email},
            code="address_changed",
        )


def _fact(action: str, bill: Bill, people: People) -> Fact:
    return Fact(
        action,
        "invoice",
        bill.invoice.code,
        people.patient.code,
        data={"number": bill.invoice.number_label, "total_minor": bill.invoice.total_minor},
    )


ROUTES: dict[Step, Callable[[Bill, People, Finish, list[Fact], Actor], Outcome]] = {
    Step.SAVE: _save,
    Step.REQUEST_PAYMENT: _request_payment,
    Step.SEND: _send,
    Step.SEND_RECEIPT: _send_receipt,
    Step.GENERATE: _generate,
    Step.ISSUE: _issue_only,
}


def told_for(outcome: Outcome, appointment_code: str) -> Outcome:
    """The same outcome, with the appointment it closed."""
    return replace(outcome, appointment_code=appointment_code)
