# SPDX-License-Identifier: Apache-2.0
"""Reads about reminders, and the gates to shares and steps."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import Max, QuerySet
from django.http import Http404

from aftersession.billing.debtors import debtor_of
from aftersession.billing.models import InvoiceShare, InvoiceState, ShareTransfer
from aftersession.billing.models.shares import OPEN
from aftersession.billing.queries import visible_invoices
from aftersession.lib import clock
from aftersession.messaging.models import Message, MessageState
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practice
from aftersession.reminders.models import Hold, Reminder, ReminderStep
from aftersession.reminders.outlook import Chased


def ladder_of(practice: Practice) -> list[ReminderStep]:
    """The steps as they stand, the first one first."""
    return list(ReminderStep.objects.for_practice(practice).filter(removed_at=None).order_by("days"))


def step_for(member: Member, code: str) -> ReminderStep:
    """A step of the ladder, or Http404 alike for none, for a removed one and for another practice's."""
    steps = ReminderStep.objects.for_practice(member.practice)
    step = steps.filter(code=code, removed_at=None).first()
    if step is None:
        raise Http404
    return step


def chased_share_for(member: Member, code: str) -> InvoiceShare:
    """A client's share of an invoice this person may see, or Http404. An insurer's is never chased."""
    shares = InvoiceShare.objects.for_practice(member.practice).filter(invoice__in=visible_invoices(member))
    share = with_people(shares).filter(code=code, payer=None).first()
    if share is None:
        raise Http404
    return share


def open_client_shares(practice: Practice) -> QuerySet[InvoiceShare]:
    """What clients and responsible persons still owe on invoices that stand, the oldest first."""
    shares = InvoiceShare.objects.for_practice(practice).filter(
        OPEN, payer=None, invoice__state=InvoiceState.ISSUED, invoice__superseded_at=None
    )
    return with_people(shares).order_by("invoice__number", "position")


def example_share(practice: Practice) -> InvoiceShare | None:
    """A bill to show words with: the newest open one of a client, else the newest that was settled."""
    newest = open_client_shares(practice).order_by("-invoice__number").first()
    if newest is not None:
        return newest
    shares = InvoiceShare.objects.for_practice(practice).filter(
        payer=None, invoice__state=InvoiceState.ISSUED
    )
    return with_people(shares).order_by("-invoice__number").first()


def with_people(shares: QuerySet[InvoiceShare]) -> QuerySet[InvoiceShare]:
    """Shares together with everything a letter about them names."""
    return shares.select_related(
        "practice", "invoice__patient", "invoice__practitioner", "account", "patient", "guarantor"
    )


def live_hold_of(patient: Patient) -> Hold | None:
    """The pause of a client that has not been lifted, if there is one; it may have run out."""
    return Hold.objects.for_practice(patient.practice).filter(patient=patient, lifted_at=None).first()


def chase(shares: Sequence[InvoiceShare], practice: Practice) -> list[Chased]:
    """These shares with all that decides about their reminders. A fixed number of queries."""
    steps = ladder_of(practice)
    told = _told(shares, practice)
    holds = _holds(shares, practice)
    reminders = _reminders(shares, practice)
    debtors = {share.pk: debtor_of(share, practice) for share in shares}
    done_today = _done_today({each.ref for each in debtors.values()}, practice)
    found = []
    for share in shares:
        debtor, sent = debtors[share.pk], reminders[share.pk]
        found.append(
            Chased(
                share=share,
                debtor=debtor,
                told_on=told.get(share.pk),
                steps=steps,
                holds=[*holds["share", share.pk], *holds["patient", share.account_id]],
                used=frozenset(each.step_id for each in sent if each.step_id),
                last_days=max((each.days or 0 for each in sent), default=0),
                last_on=max((each.reminded_on for each in sent), default=None),
                is_done_today=debtor.ref in done_today,
                count=len(sent),
            )
        )
    return found


def _told(shares: Sequence[InvoiceShare], practice: Practice) -> dict[int, date]:
    """The day whoever owes was last sent the invoice, by share. A receipt with what is open tells as well.

    What moved to a share later counts from the day it moved.
    """
    codes = {share.invoice.code for share in shares}
    letters = Message.objects.for_practice(practice).filter(
        about_kind="invoice", about_code__in=codes, kind__in=("invoice", "receipt"), state=MessageState.SENT
    )
    sent: dict[tuple[str, str, str], date] = {}
    for code, recipient, kind, at in letters.order_by("sent_at").values_list(
        "about_code", "recipient", "kind", "sent_at"
    ):
        letter = (code, recipient, kind)
        if at is not None and (kind == "invoice" or letter not in sent):
            sent[letter] = clock.local(at, practice.time_zone).date()
    moves = ShareTransfer.objects.for_practice(practice).filter(to_share__in=shares).order_by()
    moved = dict(moves.values_list("to_share").annotate(at=Max("at")))
    found = {}
    for share in shares:
        keys = [(share.invoice.code, debtor_of(share, practice).ref, kind) for kind in ("invoice", "receipt")]
        day = sent.get(keys[0]) or sent.get(keys[1])
        if day is not None:
            since = moved.get(share.pk)
            found[share.pk] = max(day, clock.local(since, practice.time_zone).date()) if since else day
    return found


def _holds(shares: Sequence[InvoiceShare], practice: Practice) -> dict[tuple[str, int], list[Hold]]:
    found: dict[tuple[str, int], list[Hold]] = defaultdict(list)
    rows = Hold.objects.for_practice(practice).select_related("patient").order_by("pk")
    for each in rows.filter(share__in=shares):
        found["share", each.share_id or 0].append(each)
    for each in rows.filter(patient__in={share.account_id for share in shares}):
        found["patient", each.patient_id or 0].append(each)
    return found


def _reminders(shares: Sequence[InvoiceShare], practice: Practice) -> dict[int, list[Reminder]]:
    found: dict[int, list[Reminder]] = defaultdict(list)
    for each in Reminder.objects.for_practice(practice).filter(share__in=shares):
        found[each.share_id].append(each)
    return found


def _done_today(refs: set[str], practice: Practice) -> set[str]:
    today = clock.today(practice.time_zone)
    rows = Reminder.objects.for_practice(practice).filter(debtor_ref__in=refs, reminded_on=today)
    return set(rows.values_list("debtor_ref", flat=True))
