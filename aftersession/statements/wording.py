# SPDX-License-Identifier: Apache-2.0
"""What moved an account, in sentences: the same words on pages, papers and in files."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from aftersession.billing.models import CreditNote, InvoiceShare
from aftersession.ledger.models import Line
from aftersession.ledger.queries import Movement
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.money import Money, format_money
from aftersession.payments.models import Payment, PaymentMethod, Refund
from aftersession.practices.models import Practice

METHODS = {
    PaymentMethod.CASH: lambda: _("Cash payment of %(day)s"),
    PaymentMethod.TRANSFER: lambda: _("Transfer of %(day)s"),
    PaymentMethod.CARD_MACHINE: lambda: _("Card payment of %(day)s"),
    PaymentMethod.OTHER: lambda: _("Payment of %(day)s"),
    PaymentMethod.ONLINE: lambda: _("Online payment of %(day)s"),
    PaymentMethod.INSURER: lambda: _("Insurer's payment of %(day)s"),
}

PACKAGES = {
    "package_sold": lambda: _("Package of %(number)s sold, to be earned session by session"),
    "package_used": lambda: _("A session given of the package of %(number)s"),
    "package_use_undone": lambda: _("A session given back to the package of %(number)s"),
    "package_credited": lambda: _("A part of the package of %(number)s credited"),
    "package_taken_back": lambda: _("Package of %(number)s taken back"),
    "package_closed": lambda: _("Package of %(number)s closed: the rest of it is earned"),
}

DISPUTES = {
    "dispute_opened": lambda: _("Taken back by the payer's bank"),
    "dispute_won": lambda: _("Given back by the payer's bank"),
    "dispute_changed": lambda: _("Correction of what the payer's bank took back"),
    "dispute_fee": lambda: _("Fee for a dispute"),
}

SAYING_THEIR_DAY = ("invoice_issued", "payment_received", "payment_reversed")
CREDIT_KINDS = ("credit_used", "credit_released")
REFUND_KINDS = ("refund", "refund_failed")


@dataclass(frozen=True)
class Told:
    """One thing that happened on an account. Amounts: positive, more is owed; negative, less.

    `about` is what it is about ("invoice", "payment" or "") and `about_code` which one. `by`
    and `reason`, who did it and why, are for the practice's own eyes: papers leave them out.
    """

    day: date
    text: str
    details: tuple[str, ...]
    amount: Money
    balance: Money
    about: str = ""
    about_code: str = ""
    by: str = ""
    reason: str = ""
    says_its_day: bool = False


@dataclass(frozen=True)
class Known:
    """What the codes in the books stand for, read at once for a page of them."""

    practice: Practice
    shares: dict[str, InvoiceShare]
    payments: dict[str, Payment]
    refunds: dict[str, Refund]
    notes: dict[str, CreditNote]
    settled: dict[int, str]
    """By entry: the share that credit went to, where an account has only the credit's side."""


def tell_all(movements: Sequence[Movement], practice: Practice) -> list[Told]:
    """The sentences of movements, in their order. A few queries, whatever they tell of."""
    known = _look_up(movements, practice)
    return [_tell(each, known) for each in movements]


def _look_up(movements: Sequence[Movement], practice: Practice) -> Known:
    lines = [line for each in movements for line in each.lines]
    settled = _settled_by_credit(movements, practice)
    codes = _codes(lines, "share_code") | set(settled.values())
    shares = InvoiceShare.objects.for_practice(practice).filter(code__in=codes)
    payments = Payment.objects.for_practice(practice).filter(code__in=_codes(lines, "payment_code"))
    kinds = {each.entry.kind for each in movements}
    sources = {each.entry.source_code for each in movements}
    refunds: Iterable[Refund] = ()
    if not kinds.isdisjoint(REFUND_KINDS):
        refunds = Refund.objects.for_practice(practice).filter(code__in=sources)
    by_code = {each.code: each for each in shares.select_related("invoice")}
    notes: Iterable[CreditNote] = ()
    if "credit_note" in kinds:
        notes = CreditNote.objects.for_practice(practice).filter(code__in=sources)
    return Known(
        practice,
        by_code,
        {each.code: each for each in payments},
        {each.code: each for each in refunds},
        {each.code: each for each in notes},
        settled,
    )


def _settled_by_credit(movements: Sequence[Movement], practice: Practice) -> dict[int, str]:
    lone = [
        each.entry.pk
        for each in movements
        if each.entry.kind in CREDIT_KINDS and not any(line.share_code for line in each.lines)
    ]
    if not lone:
        return {}
    rows = Line.objects.for_practice(practice).filter(entry__in=lone).exclude(share_code="")
    return dict(rows.values_list("entry_id", "share_code"))


def _codes(lines: Iterable[Line], column: str) -> set[str]:
    return {code for line in lines if (code := getattr(line, column))}


def _tell(movement: Movement, known: Known) -> Told:
    text, details, day = TELLERS.get(movement.entry.kind, _anything)(movement, known)
    about, code = _about(movement, known)
    currency = movement.lines[0].currency
    return Told(
        day=day,
        text=text,
        details=tuple(part for part in details if part),
        amount=Money(movement.amount_minor, currency),
        balance=Money(movement.balance_minor, currency),
        about=about,
        about_code=code,
        by=movement.entry.actor_label,
        reason=movement.entry.reason,
        says_its_day=movement.entry.kind in SAYING_THEIR_DAY,
    )


Words = tuple[str, Sequence[str], date]


def _about(movement: Movement, known: Known) -> tuple[str, str]:
    payment, share = _payment(movement, known), _share(movement, known)
    if payment is not None and movement.entry.kind in ("payment_received", "payment_reversed", *REFUND_KINDS):
        return "payment", payment.code
    if share is not None:
        return "invoice", share.invoice.code
    return ("payment", payment.code) if payment is not None else ("", "")


def _booked(movement: Movement, known: Known) -> date:
    return clock.local(movement.entry.at, known.practice.time_zone).date()


def _share(movement: Movement, known: Known) -> InvoiceShare | None:
    codes = [line.share_code for line in movement.lines]
    codes.append(known.settled.get(movement.entry.pk, ""))
    return next((known.shares[code] for code in codes if code in known.shares), None)


def _payment(movement: Movement, known: Known) -> Payment | None:
    codes = (line.payment_code for line in movement.lines)
    return next((known.payments[code] for code in codes if code in known.payments), None)


def _number(movement: Movement, known: Known) -> str:
    share = _share(movement, known)
    return share.invoice.number_label if share else ""


def _issued(movement: Movement, known: Known) -> Words:
    share = _share(movement, known)
    if share is None:
        return _anything(movement, known)
    day = format_day(share.invoice.service_on, known.practice.locale)
    details = [_("Session of %(day)s") % {"day": day}]
    return _("Invoice %(number)s") % {"number": share.invoice.number_label}, details, _booked(movement, known)


def _voided(movement: Movement, known: Known) -> Words:
    text = _("Invoice %(number)s made void") % {"number": _number(movement, known)}
    return text, [], _booked(movement, known)


def _received(movement: Movement, known: Known) -> Words:
    payment = _payment(movement, known)
    if payment is None:
        return _anything(movement, known)
    details = [*_settled(movement, known), _kept(movement, known), payment.reference]
    return payment_words(payment, known.practice), details, payment.received_on


def _settled(movement: Movement, known: Known) -> list[str]:
    """What of a payment went to which invoice, if that is not all there is to say."""
    parts = [line for line in movement.lines if line.share_code in known.shares]
    if len(movement.lines) == 1 and parts:
        number = known.shares[parts[0].share_code].invoice.number_label
        return [_("For %(number)s") % {"number": number}]
    return [
        _("%(amount)s for %(number)s")
        % {
            "amount": _shown(-line.amount_minor, line.currency, known),
            "number": known.shares[line.share_code].invoice.number_label,
        }
        for line in parts
    ]


def _kept(movement: Movement, known: Known) -> str:
    kept = [line for line in movement.lines if not line.share_code]
    if not kept:
        return ""
    minor = -sum(line.amount_minor for line in kept)
    return _("%(amount)s kept as credit") % {"amount": _shown(minor, kept[0].currency, known)}


def _reversed(movement: Movement, known: Known) -> Words:
    payment = _payment(movement, known)
    if payment is None:
        return _anything(movement, known)
    text = _("%(payment)s reversed") % {"payment": payment_words(payment, known.practice)}
    return text, [], _booked(movement, known)


def _credited(movement: Movement, known: Known) -> Words:
    note = known.notes.get(movement.entry.source_code)
    facts = {"number": _number(movement, known), "note": note.number_label if note else ""}
    text = _("Credit note %(note)s for %(number)s") if note else _("Credit note for %(number)s")
    return text % facts, [], _booked(movement, known)


def _written_off(movement: Movement, known: Known) -> Words:
    text = _("Written off of %(number)s") % {"number": _number(movement, known)}
    return text, [], _booked(movement, known)


def _expected_again(movement: Movement, known: Known) -> Words:
    text = _("Write-off of %(number)s taken back") % {"number": _number(movement, known)}
    return text, [], _booked(movement, known)


def _moved(movement: Movement, known: Known) -> Words:
    facts = {"number": _number(movement, known)}
    if len(movement.lines) > 1:
        who = [known.shares[each.share_code] for each in movement.lines if each.share_code in known.shares]
        if len(who) == 2:
            facts |= {
                "amount": _shown(abs(movement.lines[0].amount_minor), movement.lines[0].currency, known),
                "giver": who[0].debtor_name,
                "taker": who[1].debtor_name,
            }
            text = _("%(amount)s of %(number)s moved from %(giver)s to %(taker)s") % facts
            return text, [], _booked(movement, known)
    text = _("Moved here of %(number)s") if movement.amount_minor > 0 else _("Moved away of %(number)s")
    return text % facts, [], _booked(movement, known)


def _used(movement: Movement, known: Known) -> Words:
    return _between(movement, known, _("%(amount)s of the credit used for %(number)s"))


def _released(movement: Movement, known: Known) -> Words:
    return _between(movement, known, _("%(amount)s taken off %(number)s and kept as credit"))


def _between(movement: Movement, known: Known, text: str) -> Words:
    payment, line = _payment(movement, known), movement.lines[0]
    facts = {
        "amount": _shown(abs(line.amount_minor), line.currency, known),
        "number": _number(movement, known),
    }
    details = [payment_words(payment, known.practice)] if payment else []
    return text % facts, [*details], _booked(movement, known)


def _refunded(movement: Movement, known: Known) -> Words:
    refund = known.refunds.get(movement.entry.source_code)
    if refund is None:
        return _("Refund"), [], _booked(movement, known)
    text = _("Refund %(number)s by %(method)s") % {
        "number": refund.number_label,
        "method": str(refund.get_method_display()).lower(),
    }
    return text, [refund.reference], refund.refunded_on


def _bounced(movement: Movement, known: Known) -> Words:
    refund = known.refunds.get(movement.entry.source_code)
    facts = {"number": refund.number_label if refund else ""}
    text = _("Refund %(number)s did not go through: kept as credit") % facts
    return text, [], _booked(movement, known)


def _disputed(movement: Movement, known: Known) -> Words:
    """What a payer's bank took back of a payment, or gave back after all."""
    payment = _payment(movement, known)
    text = DISPUTES[movement.entry.kind]()
    details = [payment_words(payment, known.practice)] if payment else []
    return text, details, _booked(movement, known)


def _of_package(movement: Movement, known: Known) -> Words:
    """What was put off when a package was sold, and what of it is earned or taken back since."""
    text = PACKAGES[movement.entry.kind]() % {"number": _number(movement, known)}
    return text, [], _booked(movement, known)


def _anything(movement: Movement, known: Known) -> Words:
    """An entry of a kind that has no sentence of its own still says what it is about."""
    number = _number(movement, known)
    text = _("Booked on %(number)s") % {"number": number} if number else _("Booked")
    return text, [], _booked(movement, known)


def payment_words(payment: Payment, practice: Practice) -> str:
    """A payment as a sentence calls it: Card payment of 3 March 2026."""
    day = format_day(payment.received_on, practice.locale)
    return METHODS[PaymentMethod(payment.method)]() % {"day": day}


def _shown(minor: int, currency: str, known: Known) -> str:
    return format_money(Money(minor, currency), known.practice.locale)


TELLERS: dict[str, Callable[[Movement, Known], Words]] = {
    "invoice_issued": _issued,
    "invoice_voided": _voided,
    "payment_received": _received,
    "payment_reversed": _reversed,
    "credit_note": _credited,
    "write_off": _written_off,
    "write_off_undone": _expected_again,
    "share_transferred": _moved,
    "credit_used": _used,
    "credit_released": _released,
    "refund": _refunded,
    "refund_failed": _bounced,
    **dict.fromkeys(DISPUTES, _disputed),
    **dict.fromkeys(PACKAGES, _of_package),
}
