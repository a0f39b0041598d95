# SPDX-License-Identifier: Apache-2.0
"""Writes about reminders: the ladder's steps, what holds reminders back, and what went out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.models import InvoiceShare
from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.lib.changes import changed_names, digest_of
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.patients.models import Patient
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practice
from aftersession.reminders.letters import Words, check_words, own_words
from aftersession.reminders.models import LONGEST_DAYS, Hold, HoldKind, Reminder, ReminderStep
from aftersession.reminders.queries import ladder_of

FIRST_LADDER = (2, 5)
MOST_STEPS = 6


@dataclass(frozen=True, kw_only=True)
class StepDetails:
    """When a step is due, in days after the invoice was sent, and its words; empty words are the product's."""

    days: int
    is_on: bool = True
    subject: str = ""
    body: str = ""

    @classmethod
    def names(cls) -> list[str]:
        """The fields, as the model calls them too."""
        return ["days", "is_on", "subject", "body"]


@dataclass(frozen=True)
class StepSaved:
    """The step's public code."""

    step_code: str


def open_ladder(practice: Practice) -> None:
    """Give a new practice its ladder. Safe to repeat, and nothing for one that has had any step."""
    if ReminderStep.objects.for_practice(practice).exists():
        return
    ReminderStep.objects.bulk_create(ReminderStep(practice=practice, days=days) for days in FIRST_LADDER)


@command(StepSaved)
def add_step(*, details: StepDetails, actor: Actor, key: str) -> StepSaved:
    """Add a step to the ladder, once. Raises BadInput past six steps, and beside the field that is wrong."""
    ladder = _hold_ladder(actor.practice)
    if len(ladder) >= MOST_STEPS:
        raise BadInput(
            _("A ladder has at most %(most)s steps. Remove one before you add another.")
            % {"most": MOST_STEPS}
        )
    values = _values(details, ladder, None, actor.practice)
    step = ReminderStep.objects.create(practice=actor.practice, **values)
    record_facts([_fact("reminder_step.added", step, sorted(values))], actor=actor)
    return StepSaved(step.code)


@command(StepSaved)
def change_step(*, step: ReminderStep, details: StepDetails, seen: str, actor: Actor, key: str) -> StepSaved:
    """Another day or other words, for reminders from now on.

    `seen` is `digest_of(step, StepDetails.names())` as the form showed it. Raises InvalidTransition if
    somebody has changed or removed it since, BadInput beside the field that is wrong.
    """
    ladder = _hold_ladder(actor.practice)
    kept = _kept(step, ladder)
    if digest_of(kept, StepDetails.names()) != seen:
        raise InvalidTransition(
            _("Somebody else has changed this meanwhile. Nothing was saved: open the page again."),
            code="changed_meanwhile",
        )
    values = _values(details, ladder, kept, actor.practice)
    changed = changed_names(kept, values)
    if changed:
        ReminderStep.objects.filter(pk=kept.pk).update(**values)
        record_facts([_fact("reminder_step.changed", kept, changed)], actor=actor)
    return StepSaved(kept.code)


@command(StepSaved)
def remove_step(*, step: ReminderStep, actor: Actor, key: str) -> StepSaved:
    """Take a step off the ladder, once; what it sent stays told. Raises InvalidTransition if it is gone."""
    kept = _kept(step, _hold_ladder(actor.practice))
    ReminderStep.objects.filter(pk=kept.pk).update(removed_at=clock.now())
    record_facts([_fact("reminder_step.removed", kept, [])], actor=actor)
    return StepSaved(kept.code)


def place_hold(
    kind: HoldKind,
    *,
    share: InvoiceShare | None = None,
    patient: Patient | None = None,
    reason: str,
    until_on: date | None,
    actor: Actor,
) -> Hold:
    """Hold reminders back from now on; an older hold of the kind gives way. In the caller's transaction.

    Raises BadInput for a day that is over.
    """
    if until_on is not None and until_on < clock.today(actor.practice.time_zone):
        raise BadInput(_("This day is over. Choose today or a later one."), field="until_on")
    now = clock.now()
    former = Hold.objects.filter(share=share, patient=patient, kind=kind, lifted_at=None)
    former.update(lifted_at=now, lifted_by=actor.label)
    return Hold.objects.create(
        practice=actor.practice,
        kind=kind,
        share=share,
        patient=patient,
        reason=reason,
        until_on=until_on,
        placed_at=now,
        placed_by=actor.label,
    )


def lift_holds(*, share: InvoiceShare | None = None, patient: Patient | None = None, actor: Actor) -> int:
    """End every hold of a share, or of a client; how many. In the caller's transaction."""
    live = Hold.objects.filter(share=share, patient=patient, lifted_at=None)
    return live.update(lifted_at=clock.now(), lifted_by=actor.label)


def note_reminder(
    share: InvoiceShare,
    step: ReminderStep | None,
    *,
    debtor_ref: str,
    message_code: str,
    actor: Actor,
) -> Reminder:
    """Write down that a reminder was put into the outbox. The database refuses a second one of a step or day."""
    return Reminder.objects.create(
        practice=actor.practice,
        share=share,
        step=step,
        days=step.days if step else None,
        debtor_ref=debtor_ref,
        reminded_on=clock.today(actor.practice.time_zone),
        open_minor=share.open_minor,
        message_code=message_code,
        at=clock.now(),
        by=actor.label,
    )


def _hold_ladder(practice: Practice) -> list[ReminderStep]:
    """The ladder, held until commit: two who add the sixth step at once come one after the other."""
    Practice.objects.select_for_update(no_key=True).get(pk=practice.pk)
    return ladder_of(practice)


def _kept(step: ReminderStep, ladder: Sequence[ReminderStep]) -> ReminderStep:
    for each in ladder:
        if each.pk == step.pk:
            return each
    raise InvalidTransition(_("This step has been removed meanwhile. Nothing was changed."))


def _values(
    details: StepDetails, ladder: Sequence[ReminderStep], step: ReminderStep | None, practice: Practice
) -> dict[str, object]:
    others = [each for each in ladder if step is None or each.pk != step.pk]
    if not 1 <= details.days <= LONGEST_DAYS:
        raise BadInput(_("Write a number of days from 1 to %(most)s.") % {"most": LONGEST_DAYS}, field="days")
    if any(each.days == details.days for each in others):
        raise BadInput(_("Another step is on this day already. Choose another day."), field="days")
    words = Words(details.subject, details.body)
    check_words(words)
    with translation.override(practice.language):
        own = own_words(sum(1 for each in others if each.days < details.days))
    # Words that are the product's own are not kept: so they stay in everybody's own language.
    return {
        "days": details.days,
        "is_on": details.is_on,
        "subject": "" if words.subject == own.subject else words.subject,
        "body": "" if words.body == own.body else words.body,
    }


def _fact(action: str, step: ReminderStep, names: list[str]) -> Fact:
    return Fact(action, "reminder_step", step.code, data={"days": step.days, "fields": names})
