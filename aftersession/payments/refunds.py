# SPDX-License-Identifier: Apache-2.0
"""Money given back: from what of a payment is unused, never more. Inside the caller's transaction."""

from dataclasses import dataclass
from datetime import date

from django.db.models import F
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.billing.documents import party_of, practice_block
from aftersession.billing.messages import closing, greeting
from aftersession.billing.numbers import REFUNDS, take_number
from aftersession.billing.shares import check_amount
from aftersession.documents import sheets
from aftersession.documents.actions import create_document
from aftersession.documents.contexts import Labelled, Note
from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.errors import BadInput
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import Letter
from aftersession.payments.credit import not_unused
from aftersession.payments.models import USED, Payment, PaymentState, Refund, RefundMethod, RefundState
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practice

FROM_ACCOUNT = {
    RefundMethod.CASH: Account.CASH,
    RefundMethod.TRANSFER: Account.BANK,
    RefundMethod.CARD_MACHINE: Account.CARD_CLEARING,
    RefundMethod.PARTNER: Account.PARTNER_CLEARING,
}


@dataclass(frozen=True, kw_only=True)
class RefundInput:
    """What is given back: how, when, how much (minor units), under which reference, and why."""

    method: str
    refunded_on: date
    amount_minor: int
    reason: str
    reference: str = ""


def give_back(payment: Payment, given: RefundInput, debtor: Debtor, *, actor: Actor) -> Refund:
    """Record money given back by hand, number it and write its paper.

    Takes the refunds' number: last of all series. Raises AmountTooLarge past what is unused of the payment,
    BadInput for nothing, and for a day before the money came or that has not come yet.
    """
    check_amount(given.amount_minor)
    check_refund_day(payment, given.refunded_on, actor.practice)
    rows = Payment.objects.alias(needed=USED + given.amount_minor)
    moved = rows.filter(pk=payment.pk, state=PaymentState.RECORDED, amount_minor__gte=F("needed")).update(
        refunded_minor=F("refunded_minor") + given.amount_minor
    )
    if moved != 1:
        raise not_unused(payment, actor)
    payment.refresh_from_db(fields=["refunded_minor"])
    if payment.unallocated_minor == 0:
        Payment.objects.filter(pk=payment.pk).update(tray_reason="")
    now = clock.now()
    number = take_number(actor.practice, REFUNDS)
    label = f"{REFUNDS}-{number:06d}"
    document = create_document(
        practice=actor.practice,
        context=_sheet(payment, given, debtor, label, actor.practice),
        filename=f"{label}.pdf",
    )
    return Refund.objects.create(
        practice=actor.practice,
        number=number,
        payment=payment,
        amount_minor=given.amount_minor,
        currency=payment.currency,
        method=given.method,
        refunded_on=given.refunded_on,
        reference=given.reference,
        reason=given.reason,
        state=RefundState.DONE,
        document=document,
        recorded_at=now,
        recorded_by=actor.label,
        settled_at=now,
    )


def check_refund_day(payment: Payment, day: date, practice: Practice) -> None:
    """Refuse a day that has not come, and one before the money came. Raises BadInput."""
    if day > clock.today(practice.time_zone):
        raise BadInput(_("This day has not come yet."), field="refunded_on")
    if day < payment.received_on:
        raise BadInput(
            _("The money came on %(day)s: it cannot have been given back before.")
            % {"day": format_day(payment.received_on, practice.locale)},
            field="refunded_on",
        )


def refund_posting(refund: Refund) -> Posting:
    """What giving back means in the books: less is owed to the payer, less money is there."""
    payment = refund.payment
    patient_code = payment.patient.code if payment.patient else ""
    payer_code = payment.payer.code if payment.payer else ""
    money = FROM_ACCOUNT[RefundMethod(refund.method)]
    sides = tuple(
        Side(account, amount_minor, "", payment.code, patient_code, payer_code)
        for account, amount_minor in (
            (Account.UNALLOCATED, refund.amount_minor),
            (money, -refund.amount_minor),
        )
    )
    return Posting("refund", refund.currency, sides, refund.reason, refund.code)


def refund_letter(refund: Refund, debtor: Debtor, practice: Practice) -> Letter:
    """To whoever gets the money back."""
    payment = refund.payment
    with translation.override(debtor.language):
        facts = {
            "amount": format_money(refund.amount, practice.locale),
            "number": refund.number_label,
            "practice": practice.name,
            "method": str(RefundMethod(refund.method).label).lower(),
        }
        parts = [
            greeting(debtor),
            _("We have given %(amount)s back to you by %(method)s. The confirmation %(number)s is attached.")
            % facts,
            *closing(practice),
        ]
        subject = _("Refund %(number)s from %(practice)s") % facts
    return Letter(
        kind="refund",
        dedupe_key=f"refund:{refund.code}",
        to_name=debtor.name,
        to_address=debtor.email,
        recipient=debtor.ref,
        subject=subject,
        body="\n\n".join(parts) + "\n",
        about_kind="payment",
        about_code=payment.code,
        patient_code=payment.patient.code if payment.patient else "",
        language=debtor.language,
        document_codes=(refund.document.code,),
    )


def _sheet(
    payment: Payment, given: RefundInput, debtor: Debtor, label: str, practice: Practice
) -> sheets.Sheet:
    with translation.override(debtor.language):
        amount = format_money(payment.amount, practice.locale)
        method = str(RefundMethod(given.method).label)
        day = format_day(given.refunded_on, practice.locale)
        return sheets.Sheet(
            kind=sheets.REFUND,
            title=_("Refund"),
            number=label,
            issued_on=clock.today(practice.time_zone),
            locale=practice.locale,
            currency=payment.currency,
            practice=practice_block(practice),
            recipient=party_of(debtor),
            lead=_("<b>{name}, you got {amount} back</b> on {day}."),
            facts=(
                Labelled(label="name", value=debtor.greeting),
                Labelled(label="amount", value=_amount(given, payment, practice)),
                Labelled(label="day", value=day),
            ),
            row_label=_("Paid back from"),
            columns=(_("Received"), _("Paid back")),
            rows=(
                sheets.SheetRow(
                    text=_("Payment of %(amount)s") % {"amount": amount},
                    details=tuple(
                        part
                        for part in (format_day(payment.received_on, practice.locale), payment.reference)
                        if part
                    ),
                    amounts=(payment.amount_minor, given.amount_minor),
                ),
            ),
            adds_up=1,
            balance_label=_("Paid back"),
            balance_minor=given.amount_minor,
            about=(
                Labelled(
                    label=capfirst(_("refund")),
                    value=", ".join(part for part in (day, method, given.reference) if part),
                ),
            ),
            notes=(Note(title=_("Why"), text=given.reason),),
        )


def _amount(given: RefundInput, payment: Payment, practice: Practice) -> str:
    return format_money(Money(given.amount_minor, payment.currency), practice.locale)
