# SPDX-License-Identifier: Apache-2.0
"""Remind whoever owes: by the worker when a step of the ladder is due, or by hand at once."""

import logging
from dataclasses import dataclass, replace

from django.utils import translation
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.models import InvoiceShare
from aftersession.billing.shares import REMINDER
from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.lib.errors import DomainError, InvalidTransition
from aftersession.messaging.actions import queue_letters
from aftersession.patients.models import Patient
from aftersession.payments.links import live_link
from aftersession.practices.actors import Actor, SystemActor
from aftersession.practices.models import Member, Practice
from aftersession.practices.tenancy import practice_scope
from aftersession.reminders.actions import note_reminder
from aftersession.reminders.letters import reminder_letter, words_of
from aftersession.reminders.models import ReminderStep
from aftersession.reminders.outlook import Chased, Outlook, Prospect, is_daytime, outlook_of, steps_left
from aftersession.reminders.queries import chase, ladder_of, open_client_shares
from aftersession.workflows.invoices import check_address, share_in, take_hold

log = logging.getLogger("aftersession.reminders")

# So many letters at most before the worker's other jobs have their turn.
BATCH = 50


@dataclass(frozen=True)
class Reminded:
    """The letter that waits in the outbox, and where it goes."""

    reminder_code: str
    message_code: str
    sent_to: str


def send_due_reminders(limit: int = BATCH) -> int:
    """Queue what is due, in every practice where it is daytime; how many letters. Safe for several at once."""
    queued = 0
    for practice in Practice.objects.order_by("pk"):
        if is_daytime(clock.now(), practice.time_zone) and queued < limit:
            with practice_scope(practice):
                queued += send_due_in(practice, limit - queued)
    return queued


def send_due_in(practice: Practice, limit: int = BATCH) -> int:
    """Queue what is due in the active practice, the oldest invoice first; how many letters."""
    if not any(step.is_on for step in ladder_of(practice)):
        return 0
    now, today = clock.now(), clock.today(practice.time_zone)
    queued = 0
    for chased in chase(list(open_client_shares(practice)), practice):
        outlook = outlook_of(chased, now=now, zone=practice.time_zone)
        if outlook.step is None or outlook.on is None or outlook.on > today:
            continue
        queued += _try(chased.share, outlook.step, practice)
        if queued >= limit:
            break
    return queued


@command(Reminded)
def remind_when_due(*, share: InvoiceShare, step: ReminderStep, actor: SystemActor, key: str) -> Reminded:
    """Queue the letter of a step, once for the share, if it is still due and nothing stands in its way.

    All of that is looked at again here, with the share, its client and whoever owes held until commit.
    Raises InvalidTransition when it no longer is so.
    """
    held, chased = _take_up(share, actor)
    outlook = outlook_of(chased, now=clock.now(), zone=actor.practice.time_zone)
    is_due = outlook.on is not None and outlook.on <= clock.today(actor.practice.time_zone)
    if not is_due or outlook.step is None or outlook.step.pk != step.pk:
        raise InvalidTransition(_("This reminder is not due any more."))
    return _remind(held, chased, outlook.step, actor=actor)


@command(Reminded)
def remind_now(*, share: InvoiceShare, send_to: str, actor: Member, key: str) -> Reminded:
    """Queue a reminder by hand, once for each key. It takes the place of the next step of the ladder.

    Raises InvalidTransition while something holds reminders back, before the invoice was sent, or when
    whoever owes was reminded today; DomainError when the address on the button is no longer theirs.
    """
    held, chased = _take_up(share, actor)
    check_address(chased.debtor, send_to)
    refusal = why_not_now(chased, outlook_of(chased, now=clock.now(), zone=actor.practice.time_zone))
    if refusal:
        raise InvalidTransition(refusal)
    left = steps_left(chased)
    return _remind(held, chased, left[0] if left else None, actor=actor)


def why_not_now(chased: Chased, outlook: Outlook) -> str:
    """What stands in the way of a reminder by hand, in a sentence; empty if nothing does."""
    name = chased.debtor.name
    if outlook.prospect == Prospect.SETTLED:
        return _("Nothing is open on it, so nobody is reminded.")
    if outlook.prospect == Prospect.HELD:
        return _("Reminders are held back. Resume them before you send one.")
    if outlook.prospect == Prospect.UNSENT:
        return _("The invoice has not been sent to %(name)s yet. Send it first.") % {"name": name}
    if not chased.debtor.email:
        return _("%(name)s has no e-mail address.") % {"name": name}
    if chased.is_done_today:
        return _("%(name)s was reminded today already. One reminder a day is enough.") % {"name": name}
    return ""


def _try(share: InvoiceShare, step: ReminderStep, practice: Practice) -> int:
    """One share. Whatever is wrong with it must not keep the others waiting."""
    key = f"{REMINDER}:{share.code}:{step.code}"
    try:
        remind_when_due(share=share, step=step, actor=SystemActor(practice), key=key)
    except DomainError:
        return 0
    except Exception:
        log.exception("reminder_not_made", extra={"facts": {"share": share.code}})
        return 0
    return 1


def _take_up(share: InvoiceShare, actor: Actor) -> tuple[InvoiceShare, Chased]:
    """The share read afresh and held, with its client: who pays, corrects or pauses takes turns."""
    bill, people = take_hold(share.invoice, actor.practice, share)
    list(Patient.objects.select_for_update(no_key=True).filter(pk=share.account_id).values_list("pk"))
    held = share_in(bill, share)
    (chased,) = chase([held], actor.practice)
    return held, replace(chased, debtor=people.debtor)


def _remind(share: InvoiceShare, chased: Chased, step: ReminderStep | None, *, actor: Actor) -> Reminded:
    practice, debtor, link = actor.practice, chased.debtor, live_link(share)
    which = step.code if step else f"{chased.count + 1}"
    with translation.override(debtor.language):
        words = words_of(step, chased.steps)
    letter = reminder_letter(
        share,
        debtor,
        words,
        practice,
        dedupe_key=f"{REMINDER}:{share.code}:{which}",
        link_code=link.code if link else "",
    )
    (message,) = queue_letters([letter], actor=actor)
    reminder = note_reminder(share, step, debtor_ref=debtor.ref, message_code=message.code, actor=actor)
    data = {"share": share.code, "reminder": reminder.code, "message": message.code}
    fact = Fact("invoice.reminded", "invoice", share.invoice.code, share.account.code, data=data)
    record_facts([fact], actor=actor)
    return Reminded(reminder.code, message.code, debtor.email)
