# SPDX-License-Identifier: Apache-2.0
"""Money given back: from what of a payment is unused, never more. Inside the caller's transaction."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import F
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.billing.documents import party_of, practice_block
from aftersession.billing.messages import closing, greeting, letter_to
from aftersession.billing.numbers import REFUNDS, take_number
from aftersession.billing.shares import check_amount
from aftersession.documents import sheets
from aftersession.documents.actions import create_document
from aftersession.documents.contexts import Labelled, Note
from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import Letter
from aftersession.payments.credit import not_unused
from aftersession.payments.models import (
    USED,
    Payment,
    PaymentState,
    Refund,
    RefundMethod,
    RefundState,
    TrayReason,
)
from aftersession.payments.provider import PartnerRefund
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practice

FIRST_CHECK = timedelta(minutes=1)
DIFFERS, LATE = "amount_differs", "done_after_failing"
UNDECIDED = (DIFFERS, LATE)
"""The problems of a refund of which a person must say what is true."""
# No request of ours lasts nearly as long.
ASKING_TAKES = timedelta(minutes=2)
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
    _take(payment, "refunded_minor", given.amount_minor, actor)
    return _write(payment, given, debtor, actor=actor, state=RefundState.DONE, settled_at=clock.now())


def ask_back(payment: Payment, given: RefundInput, debtor: Debtor, *, actor: Actor) -> Refund:
    """Reserve money that a partner shall give back, number it and write its paper. The books do not move yet.

    Takes the refunds' number: last of all series. Raises AmountTooLarge past what is unused of the payment,
    BadInput for nothing.
    """
    check_amount(given.amount_minor)
    _take(payment, "refunding_minor", given.amount_minor, actor)
    check_at = clock.now() + FIRST_CHECK
    return _write(payment, given, debtor, actor=actor, state=RefundState.REQUESTED, next_check_at=check_at)


def write_made_there(
    payment: Payment, given: RefundInput, external_id: str, debtor: Debtor, *, actor: Actor
) -> Refund:
    """Record money that somebody gave back at the partner itself: done, and to be seen by staff.

    Takes the refunds' number: last of all series. Raises AmountTooLarge past what is unused of the payment.
    """
    _take(payment, "refunded_minor", given.amount_minor, actor, may_be_disputed=True)
    facts = {"external_id": external_id, "is_made_there": True, "settled_at": clock.now()}
    return _write(payment, given, debtor, actor=actor, state=RefundState.DONE, **facts)


def take_first_turn(refund: Refund) -> bool:
    """Whether the caller is the first to ask the partner for this refund, and the only one to do so now."""
    return refund.checks == 0 and refund.state == RefundState.REQUESTED and take_turn(refund, None)


def take_turn(refund: Refund, next_check_at: datetime | None) -> bool:
    """Whether it is the caller's turn to ask, by compare-and-set on how often it was asked before.

    The next look is booked with it, by default for when no answer can come any more.
    """
    open_ones = Refund.objects.filter(
        pk=refund.pk, checks=refund.checks, state__in=(RefundState.REQUESTED, RefundState.PENDING)
    )
    return bool(
        open_ones.update(
            checks=min(refund.checks + 1, 1000), next_check_at=next_check_at or clock.now() + ASKING_TAKES
        )
    )


def note_told(refund: Refund, found: PartnerRefund, problem: str) -> None:
    """Keep what the partner says that nobody here can decide: nothing is booked, and it stays in sight."""
    Refund.objects.filter(pk=refund.pk).update(
        problem=problem,
        decided_at=None,
        told_minor=found.amount.minor,
        told_currency=found.amount.currency,
        told_state=found.state.value,
        told_id=found.external_id,
    )


def mark_decided(refund: Refund) -> bool:
    """Note that somebody has said which is true; False if somebody else did first, or it is settled."""
    rows = Refund.objects.filter(pk=refund.pk, decided_at=None, problem__in=UNDECIDED)
    return bool(rows.update(decided_at=clock.now(), problem=""))


def mark_accepted(refund: Refund, external_id: str, problem: str = "") -> bool:
    """The partner has taken the refund on, and says what it waits for, if anything; older news moves nothing."""
    facts = {"external_id": external_id, "problem": problem[:120]}
    rows = Refund.objects.filter(pk=refund.pk)
    if rows.filter(state=RefundState.REQUESTED).update(state=RefundState.PENDING, **facts):
        return True
    rows.filter(state=RefundState.PENDING).update(**facts)
    return False


def mark_done(refund: Refund, external_id: str) -> bool:
    """The partner has given the money back: from reserved to refunded. False if that was known."""
    rows = Refund.objects.filter(pk=refund.pk, state__in=[RefundState.REQUESTED, RefundState.PENDING])
    if not rows.update(state=RefundState.DONE, external_id=external_id, problem="", **_settled()):
        return False
    amount_minor = refund.amount_minor
    Payment.objects.filter(pk=refund.payment_id).update(
        refunding_minor=F("refunding_minor") - amount_minor, refunded_minor=F("refunded_minor") + amount_minor
    )
    return True


def mark_failed(refund: Refund, external_id: str, problem: str) -> RefundState | None:
    """The money stays with the practice, as unused money again. Returns from which state; None if that was known.

    A partner may bounce what it had called done: then the books had moved, and have to move back.
    """
    for column, states in (
        ("refunding_minor", (RefundState.REQUESTED, RefundState.PENDING)),
        ("refunded_minor", (RefundState.DONE,)),
    ):
        rows = Refund.objects.filter(pk=refund.pk, state__in=states)
        failed = {"state": RefundState.FAILED, "problem": problem[:120] or "failed", **_settled()}
        if rows.update(external_id=external_id, **failed):
            Payment.objects.filter(pk=refund.payment_id).update(
                **{column: F(column) - refund.amount_minor}, tray_reason=TrayReason.REFUND_FAILED
            )
            return states[-1]
    return None


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


def bounce_posting(refund: Refund) -> Posting:
    """What a partner had given back and did not: the way back of `refund_posting`."""
    back = refund_posting(refund).opposite("refund_failed", refund.reason)
    return replace(back, source_code=refund.code)


def _settled() -> dict[str, object]:
    return {"settled_at": clock.now(), "next_check_at": None}


def _take(
    payment: Payment, column: str, amount_minor: int, actor: Actor, *, may_be_disputed: bool = False
) -> None:
    """Count a part of what is unused in a column, by one statement.

    Raises AmountTooLarge past what is unused, InvalidTransition while a dispute is open.
    """
    rows = Payment.objects.alias(needed=USED + amount_minor)
    rows = rows.filter(pk=payment.pk, state=PaymentState.RECORDED, amount_minor__gte=F("needed"))
    if not may_be_disputed:
        rows = rows.filter(is_disputed=False)
    if rows.update(**{column: F(column) + amount_minor}) != 1:
        payment.refresh_from_db(fields=["is_disputed"])
        if payment.is_disputed and not may_be_disputed:
            raise InvalidTransition(
                _("The payer's bank disputes this payment. Give nothing back until that is decided."),
                code="disputed",
            )
        raise not_unused(payment, actor)
    payment.refresh_from_db(fields=["refunded_minor", "refunding_minor"])
    if payment.unallocated_minor == 0:
        Payment.objects.filter(pk=payment.pk).update(tray_reason="")


def _write(payment: Payment, given: RefundInput, debtor: Debtor, *, actor: Actor, **state: object) -> Refund:
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
        document=document,
        recorded_at=clock.now(),
        recorded_by=actor.label,
        **state,
    )


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
            _given_back(refund) % facts,
            *closing(practice),
        ]
        subject = _("Refund %(number)s from %(practice)s") % facts
    return letter_to(
        debtor,
        kind="refund",
        dedupe_key=f"refund:{refund.code}",
        subject=subject,
        parts=parts,
        about_kind="payment",
        about_code=payment.code,
        patient_code=payment.patient.code if payment.patient else "",
        document_codes=(refund.document.code,),
    )


def _given_back(refund: Refund) -> str:
    if refund.method == RefundMethod.PARTNER:
        return _(
            "%(amount)s goes back to the card or account that you paid from; your bank may take some days to "
            "show it. The confirmation %(number)s is attached."
        )
    return _("We have given %(amount)s back to you by %(method)s. The confirmation %(number)s is attached.")


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
            lead=_("<b>{name}, {amount} goes back to you</b>, asked for on {day}.")
            if given.method == RefundMethod.PARTNER
            else _("<b>{name}, you got {amount} back</b> on {day}."),
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
