# SPDX-License-Identifier: Apache-2.0
"""In one sentence: when is somebody reminded next, or why not. And what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill
from aftersession.billing.queries import visible_invoices
from aftersession.lib import clock
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practice
from aftersession.reminders.models import Hold, HoldKind
from aftersession.reminders.outlook import Chased, Outlook, Prospect, is_chaseable, outlook_of
from aftersession.reminders.queries import chase, live_hold_of, open_client_shares
from aftersession.ui.formats import long_day, near_day
from aftersession.workflows.remind import why_not_now

ICONS = {
    Prospect.PLANNED: "bell",
    Prospect.HELD: "wait",
    Prospect.UNSENT: "info",
    Prospect.UNREACHABLE: "warn",
    Prospect.OFF: "info",
    Prospect.DONE: "check",
    Prospect.SETTLED: "check",
}


@dataclass(frozen=True)
class Card:
    """What is known about the reminders of one share."""

    chased: Chased
    outlook: Outlook
    sentence: str
    why_not: str

    @property
    def icon(self) -> str:
        return ICONS[self.outlook.prospect]

    @property
    def hold(self) -> Hold | None:
        return self.outlook.hold

    @property
    def is_held_here(self) -> bool:
        return self.hold is not None and self.hold.share_id is not None


@dataclass(frozen=True)
class ClientCard:
    """What is known about the reminders of one client: the pause of all of them, or the next one."""

    sentence: str
    icon: str
    is_paused: bool
    has_open: bool
    invoice_code: str = ""


def cards_of(bill: Bill, practice: Practice) -> list[Card]:
    """A card for each share of an invoice that somebody could be reminded of. A fixed number of queries."""
    shares = [share for share in bill.shares if is_chaseable(share)]
    return [card_of(chased, practice) for chased in chase(shares, practice)] if shares else []


def card_of(chased: Chased, practice: Practice) -> Card:
    """What is known about the reminders of one share."""
    outlook = outlook_of(chased, now=clock.now(), zone=practice.time_zone)
    return Card(chased, outlook, sentence_of(chased, outlook, practice), why_not_now(chased, outlook))


def client_card_of(patient: Patient, member: Member) -> ClientCard:
    """The client's pause, or the reminder that comes next of what this person may see."""
    practice = member.practice
    hold = live_hold_of(patient)
    today = clock.today(practice.time_zone)
    shares = open_client_shares(practice).filter(account=patient, invoice__in=visible_invoices(member))
    open_shares = list(shares)
    if hold is not None and (hold.until_on is None or hold.until_on >= today):
        return ClientCard(held_sentence(hold, practice), "wait", True, bool(open_shares))
    cards = [card_of(each, practice) for each in chase(open_shares, practice)] if open_shares else []
    nearest = _nearest(cards)
    if nearest is None:
        text = _("No reminder is planned.") if cards else _("Nothing is open, so nobody is reminded.")
        return ClientCard(text, "info" if cards else "check", False, bool(cards))
    invoice = nearest.chased.share.invoice
    return ClientCard(nearest.sentence, nearest.icon, False, True, invoice.code)


def sentence_of(chased: Chased, outlook: Outlook, practice: Practice) -> str:
    """When the next reminder goes and where to, or why there is none."""
    facts = {"name": chased.debtor.name, "address": chased.debtor.email}
    if outlook.hold is not None:
        return held_sentence(outlook.hold, practice)
    if outlook.on is not None:
        if outlook.on == clock.today(practice.time_zone):
            return _("Next reminder today, to %(address)s.") % facts
        day = long_day(outlook.on, practice.locale, practice.time_zone)
        return _("Next reminder on %(day)s, to %(address)s.") % {**facts, "day": day}
    if outlook.prospect == Prospect.UNSENT:
        return _("No reminders yet: the invoice has not reached %(name)s by e-mail.") % facts
    if outlook.prospect == Prospect.UNREACHABLE:
        return _("No reminders: %(name)s has no e-mail address.") % facts
    if outlook.prospect == Prospect.OFF:
        return _("No reminders: the practice has switched them off.")
    if outlook.prospect == Prospect.SETTLED:
        return _("Nothing is open, so nobody is reminded.")
    if chased.last_on is None:
        return _("No reminders: their days have passed.")
    day = near_day(chased.last_on, practice.locale, practice.time_zone)
    return _("No more reminders: the last one went %(day)s.") % {"day": day}


def held_sentence(hold: Hold, practice: Practice) -> str:
    """What holds reminders back, until when, and why."""
    facts = {
        "name": hold.patient.full_name if hold.patient else "",
        "day": long_day(hold.until_on, practice.locale, practice.time_zone) if hold.until_on else "",
        "reason": hold.reason,
    }
    if hold.kind == HoldKind.PROMISE:
        text = _("No reminders: promised to pay by %(day)s.")
    elif hold.kind == HoldKind.DISPUTE:
        text = _("No reminders: disputed.")
    elif hold.patient_id and hold.until_on:
        text = _("No reminders: paused for %(name)s until %(day)s.")
    elif hold.patient_id:
        text = _("No reminders: paused for %(name)s.")
    elif hold.until_on:
        text = _("No reminders: paused until %(day)s.")
    else:
        text = _("No reminders: paused.")
    return f"{text % facts} {hold.reason}".strip()


def _nearest(cards: Sequence[Card]) -> Card | None:
    planned = [each for each in cards if each.outlook.on is not None]
    return min(planned, key=lambda each: each.outlook.on or clock.now().date(), default=None)
