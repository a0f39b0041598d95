# SPDX-License-Identifier: Apache-2.0
"""What Today says of money at partners: what they took back or hold, with what is to be done about it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Case, CharField, F, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Concat
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.payments.models import (
    Dispute,
    Inquiry,
    InquiryState,
    Refund,
    RefundMethod,
    RefundState,
    StrayPayment,
    StrayReason,
    StrayState,
)
from aftersession.payments.partner_queries import NEEDS_A_LOOK
from aftersession.payments.refunds import UNDECIDED
from aftersession.practices.models import Member, Practice, Role

OFFICE = (Role.OWNER, Role.BILLER)
"""Who decides about money that is nobody's."""
LONG = timedelta(days=1)
"""After this a refund that has no end is shown."""

Words = tuple[str | Promise, str | Promise]

WORDS: Mapping[str, Words] = {
    "dispute_open": (
        _("The bank of %(name)s has taken %(amount)s back"),
        _("It is owed again. Answer the dispute at the payment partner."),
    ),
    "inquiry": (
        _("The bank of %(name)s asks about %(amount)s"),
        _("No money has moved. Answer at the payment partner, or it may be taken back."),
    ),
    "dispute_won": (
        _("The dispute of %(name)s over %(amount)s was won"),
        _("The money is back and settles what it did."),
    ),
    "dispute_lost": (
        _("The dispute of %(name)s over %(amount)s was lost"),
        _("It stays owed: ask for it again, or write it off."),
    ),
    "refund": (
        _("%(amount)s was given back to %(name)s at the payment partner"),
        _("Somebody did that on the partner's own pages. What it had paid may be owed again."),
    ),
    "refund_differs": (
        _("The payment partner says otherwise of a refund of %(amount)s to %(name)s"),
        _("Compare with its statement, then decide what is true on the payment's page."),
    ),
    "refund_waits": (
        _("A refund of %(amount)s to %(name)s waits at the payment partner"),
        _("Look it up there: it may need something from you."),
    ),
}
ANSWER_BY = {
    "dispute_open": _("It is owed again. Answer the dispute at the payment partner by %(day)s."),
    "inquiry": _("No money has moved. Answer at the payment partner by %(day)s, or it may be taken back."),
}


def partner_money(member: Member) -> "list[QuerySet[Any]]":
    """The rows, each with the columns that Today reads of money: what is urgent has the lower `rank`."""
    found = [
        _disputes(member.practice),
        _inquiries(member.practice),
        _refunds_made_there(member.practice),
        _waiting(member.practice),
        _undecided(member.practice),
    ]
    return [*found, _strays(member.practice)] if member.role in OFFICE else found


def words_of(kind: str, why: str, by: datetime, practice: Practice) -> tuple[str, str]:
    """What happened, to be filled with amount and name, and what to do."""
    if kind == "stray":
        return str(_("%(amount)s at a payment partner is nobody's here")), str(StrayReason(why).label)
    title, text = WORDS[kind]
    if kind in ANSWER_BY and why:
        day = format_day(clock.local(by, practice.time_zone).date(), practice.locale)
        return str(title), str(ANSWER_BY[kind]) % {"day": day}
    return str(title), str(text)


def text_column(value: str) -> Value:
    """A constant as a column."""
    return Value(value, output_field=CharField())


def _disputes(practice: Practice) -> "QuerySet[Any]":
    return Dispute.objects.for_practice(practice).filter(NEEDS_A_LOOK).annotate(
        rank=Value(1),
        kind=Concat(text_column("dispute_"), F("state")), **_until(), **_of_payment()
    )  # fmt: skip


def _inquiries(practice: Practice) -> "QuerySet[Any]":
    """Those that wait for the practice's answer: what is answered or closed is nobody's task."""
    rows = Inquiry.objects.for_practice(practice).filter(state=InquiryState.ASKED)
    return rows.annotate(rank=Value(1), kind=text_column("inquiry"), **_until(), **_of_payment())


def _until() -> dict[str, Any]:
    """Until when to answer, where the partner says it."""
    return {
        "why": Case(When(respond_by=None, then=text_column("")), default=text_column("by")),
        "by": Coalesce("respond_by", "opened_at"),
    }


def _refunds_made_there(practice: Practice) -> "QuerySet[Any]":
    rows = Refund.objects.for_practice(practice).filter(is_made_there=True, seen_at=None)
    return _as_rows(rows, "refund")


def _waiting(practice: Practice) -> "QuerySet[Any]":
    """Refunds that a partner waits for something with, or says nothing of for a day."""
    rows = Refund.objects.for_practice(practice).filter(
        method=RefundMethod.PARTNER, state__in=[RefundState.REQUESTED, RefundState.PENDING]
    )
    needs = Q(state=RefundState.PENDING) & ~Q(problem="")
    rows = rows.exclude(problem__in=UNDECIDED)
    return _as_rows(rows.filter(needs | Q(recorded_at__lt=clock.now() - LONG)), "refund_waits")


def _undecided(practice: Practice) -> "QuerySet[Any]":
    """Refunds of which a partner says otherwise than was asked for, however they stand here."""
    rows = Refund.objects.for_practice(practice).filter(problem__in=UNDECIDED)
    return _as_rows(rows, "refund_differs")


def _as_rows(refunds: "QuerySet[Refund]", kind: str) -> "QuerySet[Any]":
    return refunds.annotate(
        rank=Value(2), kind=text_column(kind), why=F("series"), by=F("recorded_at"), **_of_payment()
    )


def _strays(practice: Practice) -> "QuerySet[Any]":
    return StrayPayment.objects.for_practice(practice).filter(state=StrayState.OPEN).annotate(
        rank=Value(5),
        kind=text_column("stray"),
        what=F("code"),
        who=F("reference"),
        why=F("reason"),
        by=F("found_at"),
    )  # fmt: skip


def _of_payment() -> dict[str, F]:
    return {"what": F("payment__code"), "who": F("payment__from_name")}
