# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.debtors import (
    Debtor,
    guarantor_debtor,
    hold_address,
    patient_debtor,
    payer_as_debtor,
)
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib.errors import InvalidTransition, NotAllowed
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import queue_letters
from aftersession.payments.models import Payment, RefundMethod
from aftersession.payments.refunds import RefundInput, give_back, refund_letter, refund_posting
from aftersession.practices.models import Member, Practice, Role
from aftersession.workflows.invoices import check_address


@dataclass(frozen=True)
class Refunded:
    """What was given back."""

    payment_code: str
    refund_code: str
    number: str
    amount_minor: int
    document_code: str
    message_code: str


@command(Refunded)
def refund_payment(
    *, payment: Payment, refund: RefundInput, send_to: str = "", actor: Member, key: str
) -> Refunded:
    """Record money given back to the payer by cash, transfer or card machine, once.

    Only what of the payment settles nothing can be given back: a credit note, or taking it off its
    invoice, sets it free first. Raises AmountTooLarge past that, NotAllowed above what this role may
    give back, BadInput for a wrong day.
    """
    if refund.method == RefundMethod.PARTNER:
        raise InvalidTransition(_("A partner gives this back: choose the payment partner."))
    check_limit(actor, Money(refund.amount_minor, payment.currency))
    debtor = owner_of(payment, actor.practice)
    if send_to:
        debtor = hold_address(debtor)
        check_address(debtor, send_to)
    made = give_back(payment, refund, debtor, actor=actor)
    post([refund_posting(made)], actor=actor)
    letters = [refund_letter(made, debtor, actor.practice)] if send_to else []
    messages = queue_letters(letters, actor=actor)
    patient_code = payment.patient.code if payment.patient else ""
    data = {"refund": made.code, "amount_minor": made.amount_minor, "method": made.method}
    record_facts(
        [Fact("payment.refunded", "payment", payment.code, patient_code, refund.reason, data)], actor=actor
    )
    return Refunded(
        payment_code=payment.code,
        refund_code=made.code,
        number=made.number_label,
        amount_minor=made.amount_minor,
        document_code=made.document.code,
        message_code=messages[0].code if messages else "",
    )


def owner_of(payment: Payment, practice: Practice) -> Debtor:
    """Whose money it is: who gets it back."""
    if payment.payer is not None:
        return payer_as_debtor(payment.payer, practice)
    if payment.guarantor is not None:
        return guarantor_debtor(payment.guarantor, practice)
    if payment.patient is None:
        raise ValueError(f"payment {payment.code} is nobody's")
    return patient_debtor(payment.patient, practice)


def check_limit(actor: Member, amount: Money) -> None:
    """Raises NotAllowed, with the limit, above what this role may give back at once."""
    limit_minor = refund_limit(actor)
    if limit_minor is not None and amount.minor > limit_minor:
        limit = format_money(Money(limit_minor, actor.practice.currency), actor.practice.locale)
        raise NotAllowed(
            _("You may refund up to %(limit)s. Ask the owner of the practice to do this one.")
            % {"limit": limit},
            field="amount",
        )


def refund_limit(actor: Member) -> int | None:
    """What this person may give back at once, in minor units; None: any amount. Front desks may nothing."""
    practice = actor.practice
    return {
        Role.OWNER: None,
        Role.BILLER: practice.biller_refund_limit_minor,
        Role.PRACTITIONER: practice.practitioner_refund_limit_minor,
        Role.FRONT_DESK: 0,
    }[Role(actor.role)]
