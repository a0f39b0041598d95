# SPDX-License-Identifier: Apache-2.0
"""What happened to an invoice, newest first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import Invoice
from aftersession.desk.billing.settling import Kind, Settling
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.money import Money, format_money
from aftersession.messaging.models import Message, MessageState
from aftersession.payments.models import Payment, PaymentLink
from aftersession.practices.models import Practice
from aftersession.ui.formats import near_day, wall_time

HISTORY_SIZE = 100
# Audit facts that no other row tells of, with their glyph; payments and letters tell of themselves.
FACTS = {
    "invoice.drafted": ("draft", "", _lazy("Draft saved")),
    "invoice.issued": ("check", "", _lazy("Issued")),
    "invoice.discarded": ("void", "", _lazy("Draft discarded")),
    "invoice.voided": ("void", "warn", _lazy("Voided")),
    "invoice.paid_document": ("doc", "", _lazy("Paid invoice made for the client's own claim")),
    "payment.attempted": ("link", "", _lazy("Payment begun on the pay page")),
    "invoice.credited": ("refund", "", _lazy("%(amount)s taken back by credit note")),
    "invoice.corrected": ("edit", "", _lazy("Corrected: another invoice stands in its place")),
    "invoice.written_off": ("none", "warn", _lazy("%(amount)s written off")),
    "invoice.write_off_undone": ("undo", "", _lazy("%(amount)s expected again")),
    "invoice.share_moved": ("people", "", _lazy("%(amount)s moved to somebody else to pay")),
    "invoice.promised": ("wait", "", _lazy("Promised to pay")),
    "invoice.disputed": ("warn", "warn", _lazy("Disputed")),
    "invoice.reminders_paused": ("wait", "", _lazy("Reminders paused")),
    "invoice.reminders_resumed": ("bell", "", _lazy("Reminders go on")),
    "payment.disputed": ("warn", "warn", _lazy("%(amount)s taken back by the payer's bank")),
    "payment.dispute_won": ("undo", "", _lazy("Dispute won: %(amount)s is back")),
    "payment.dispute_lost": ("x", "warn", _lazy("Dispute lost: %(amount)s stays owed")),
    "payment.refunded": ("refund", "warn", _lazy("%(amount)s given back at the payment partner")),
    "claim.submitted": ("send", "", _lazy("Claim submitted to the insurer")),
}
LETTERS = {
    "invoice": _lazy("Invoice"),
    "receipt": _lazy("Receipt"),
    "void": _lazy("Notice that the invoice no longer stands"),
    "account": _lazy("Account"),
    "credit_note": _lazy("Credit note"),
    "reminder": _lazy("Reminder"),
}


@dataclass(frozen=True)
class Happening:
    """One line of the history, drawn by the timeline."""

    at: datetime
    icon: str
    title: str
    note: str
    tone: str = ""


def history_of(
    invoice: Invoice,
    settlings: Sequence[Settling],
    unused: Sequence[Payment],
    links: Sequence[PaymentLink],
    messages: Sequence[Message],
    practice: Practice,
) -> list[Happening]:
    """What happened, newest first: done by whom, sent to whom, paid how. Two queries at most."""
    told = [
        *_told(invoice, practice),
        *_money(settlings, practice),
        *(_received(each, practice) for each in unused),
        *(_letter(each, practice) for each in messages),
        *(_opened(each, practice) for each in links if each.first_used_at),
    ]
    return sorted(told, key=lambda each: each.at, reverse=True)


def messages_about(invoice: Invoice) -> list[Message]:
    """Every letter about an invoice, oldest first."""
    return list(Message.objects.filter(about_kind="invoice", about_code=invoice.code).order_by("pk"))


def when(moment: datetime, practice: Practice) -> str:
    """The day and time of something, in the practice's zone: "today, 11:54"."""
    day = near_day(moment, practice.locale, practice.time_zone)
    return f"{day[:1].upper()}{day[1:]}, {wall_time(moment, practice.locale, practice.time_zone)}"


def _told(invoice: Invoice, practice: Practice) -> Iterator[Happening]:
    events = AuditEvent.objects.filter(
        subject_kind="invoice", subject_code=invoice.code, action__in=FACTS
    ).order_by("-pk")
    for event in events[:HISTORY_SIZE]:
        icon, tone, title = FACTS[event.action]
        amount = Money(abs(event.data.get("amount_minor", 0)), invoice.currency)
        words = str(title) % {"amount": format_money(amount, practice.locale)}
        if event.action == "invoice.issued":
            words = _("%(number)s issued") % {"number": invoice.number_label}
        note = _note(when(event.at, practice), event.actor_label, _until(event, practice), event.reason)
        yield Happening(event.at, icon, words, note, tone)


def _until(event: AuditEvent, practice: Practice) -> str:
    until = str(event.data.get("until_on") or "")
    if not until:
        return ""
    return _("until %(day)s") % {"day": format_day(date.fromisoformat(until), practice.locale)}


def _money(settlings: Iterable[Settling], practice: Practice) -> Iterator[Happening]:
    for row in settlings:
        payment = row.payment
        facts = {
            "name": payment.from_name,
            "amount": format_money(Money(abs(row.amount_minor), row.share.currency), practice.locale),
        }
        if row.kind is Kind.REVERSED:
            note = _note(when(row.at, practice), payment.reversal_reason)
            yield Happening(row.at, "undo", _("Payment of %(amount)s reversed") % facts, note, "warn")
        elif row.kind is Kind.RELEASED:
            title = _("%(amount)s of %(name)s taken off: unused now") % facts
            yield Happening(row.at, "undo", title, when(row.at, practice), "warn")
        elif row.kind is Kind.USED:
            title = _("%(amount)s of %(name)s’s credit used") % facts
            yield Happening(row.at, "paid", title, when(row.at, practice), "ok")
        else:
            method = str(payment.get_method_display())
            note = _note(when(row.at, practice), method, payment.reference, payment.recorded_by)
            yield Happening(row.at, "paid", _("%(name)s paid %(amount)s") % facts, note, "ok")


def _received(payment: Payment, practice: Practice) -> Happening:
    amount = format_money(Money(payment.unallocated_minor, payment.currency), practice.locale)
    title = _("%(amount)s came in and settles nothing yet") % {"amount": amount}
    note = _note(when(payment.recorded_at, practice), str(payment.get_tray_reason_display()))
    return Happening(payment.recorded_at, "warn", title, note, "warn")


def _letter(message: Message, practice: Practice) -> Happening:
    facts = {"what": LETTERS.get(message.kind, message.subject), "address": message.to_address}
    at = message.sent_at or message.created_at
    icon, tone, title = {
        MessageState.WAITING: ("mail", "later", _("%(what)s to %(address)s waits to be sent")),
        MessageState.SENDING: ("mail", "later", _("%(what)s is being sent to %(address)s")),
        MessageState.SENT: ("mail", "", _("%(what)s e-mailed to %(address)s")),
        MessageState.FAILED: ("warn", "warn", _("%(what)s could not be delivered to %(address)s")),
        MessageState.CANCELLED: ("x", "", _("%(what)s to %(address)s taken back before it left")),
        MessageState.HELD: ("warn", "warn", _("%(what)s to %(address)s is held: the address changed")),
    }[MessageState(message.state)]
    twice = _("may have arrived twice") if message.is_possible_duplicate else ""
    return Happening(at, icon, title % facts, _note(when(at, practice), message.problem, twice), tone)


def _opened(link: PaymentLink, practice: Practice) -> Happening:
    at = link.first_used_at or clock.now()
    return Happening(at, "eye", _("The pay page was used"), when(at, practice))


def _note(*parts: str) -> str:
    return ", ".join(part for part in parts if part)
