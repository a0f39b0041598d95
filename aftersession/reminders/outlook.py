# SPDX-License-Identifier: Apache-2.0
"""When somebody is reminded next, or why not. One answer for the worker that sends and the pages that tell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from aftersession.billing.debtors import Debtor
from aftersession.billing.models import InvoiceShare, InvoiceState
from aftersession.lib import clock
from aftersession.reminders.models import Hold, HoldKind, ReminderStep

DAY_BEGINS, DAY_ENDS = 8, 18
"""The hours of the practice's day, in its own zone, in which letters of this kind leave."""
FORGOTTEN_AFTER = timedelta(days=14)
"""A step that has been due for longer is not sent any more: nobody shall be written to out of the blue."""
ONE_DAY = timedelta(days=1)


class Prospect(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    SETTLED = "settled"
    UNSENT = "unsent"
    UNREACHABLE = "unreachable"
    OFF = "off"
    DONE = "done"


@dataclass(frozen=True)
class Chased:
    """A client's share with everything that decides about its reminders.

    `told_on` is the day the invoice was last sent to whoever owes; `last_days` how far up the ladder
    the reminders so far have come; `is_done_today` whether whoever owes was reminded of anything today.
    """

    share: InvoiceShare
    debtor: Debtor
    told_on: date | None
    steps: Sequence[ReminderStep]
    holds: Sequence[Hold] = ()
    used: frozenset[int] = field(default_factory=frozenset)
    last_days: int = 0
    last_on: date | None = None
    is_done_today: bool = False
    count: int = 0


@dataclass(frozen=True)
class Outlook:
    """What comes next. `on` and `step` for what is planned, `hold` for what stands in the way."""

    prospect: Prospect
    on: date | None = None
    step: ReminderStep | None = None
    hold: Hold | None = None


def is_daytime(now: datetime, zone: str) -> bool:
    """Whether letters may leave at this instant, by the practice's own clock."""
    return DAY_BEGINS <= clock.local(now, zone).hour < DAY_ENDS


def outlook_of(chased: Chased, *, now: datetime, zone: str) -> Outlook:
    """The next reminder of a share, or why there is none. Days are the practice's own."""
    local = clock.local(now, zone)
    today = local.date()
    if not is_chaseable(chased.share):
        return Outlook(Prospect.SETTLED)
    hold = hold_on(chased.holds, today)
    if hold is not None:
        return Outlook(Prospect.HELD, hold=hold)
    if chased.told_on is None:
        return Outlook(Prospect.UNSENT)
    if not chased.debtor.email:
        return Outlook(Prospect.UNREACHABLE)
    if not any(step.is_on for step in chased.steps):
        return Outlook(Prospect.OFF)
    found = _next(chased, today, zone)
    if found is None:
        return Outlook(Prospect.DONE)
    due_on, step = found
    earliest = today + ONE_DAY if local.hour >= DAY_ENDS or chased.is_done_today else today
    return Outlook(Prospect.PLANNED, on=max(due_on, earliest), step=step)


def is_chaseable(share: InvoiceShare) -> bool:
    """Whether somebody may be asked for it at all: open, on an invoice that stands, and no insurer's."""
    invoice = share.invoice
    stands = invoice.state == InvoiceState.ISSUED and invoice.superseded_at is None
    return stands and share.payer_id is None and share.open_minor > 0


def hold_on(holds: Sequence[Hold], day: date) -> Hold | None:
    """What keeps back reminders on this day: a dispute before a pause before a promise."""
    order = [HoldKind.DISPUTE, HoldKind.PAUSE, HoldKind.PROMISE]
    live = [
        each for each in holds if each.lifted_at is None and (each.until_on is None or each.until_on >= day)
    ]
    return min(live, key=lambda each: order.index(HoldKind(each.kind)), default=None)


def steps_left(chased: Chased) -> list[ReminderStep]:
    """The steps that may still come, the nearest first: those beyond whatever was sent so far."""
    return [
        step
        for step in chased.steps
        if step.is_on and step.pk not in chased.used and step.days > chased.last_days
    ]


def _next(chased: Chased, today: date, zone: str) -> tuple[date, ReminderStep] | None:
    """The newest step that is due, else the nearest to come. What was slept through is not made up for."""
    assert chased.told_on is not None
    free_on = _free_on(chased.holds, zone)
    dues = []
    for step in steps_left(chased):
        due_on = chased.told_on + timedelta(days=step.days)
        dues.append((max(due_on, free_on) if free_on else due_on, step))
    due = [each for each in dues if today - FORGOTTEN_AFTER <= each[0] <= today]
    if due:
        return due[-1]
    return next((each for each in dues if each[0] > today), None)


def _free_on(holds: Sequence[Hold], zone: str) -> date | None:
    """The first day after the last hold that is over: what was due meanwhile is due then."""
    ends = []
    for each in holds:
        if each.lifted_at is not None:
            lifted_on = clock.local(each.lifted_at, zone).date()
            ends.append(lifted_on if each.until_on is None else min(lifted_on, each.until_on + ONE_DAY))
        elif each.until_on is not None:
            ends.append(each.until_on + ONE_DAY)
    return max(ends, default=None)
