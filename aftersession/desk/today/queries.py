# SPDX-License-Identifier: Apache-2.0
"""What Today reads beside appointments: money that arrived, and what is stuck."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum, Value, Window
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.billing.models import Invoice
from aftersession.billing.queries import visible_invoices
from aftersession.desk.today.partners import OFFICE, partner_money, text_column, words_of
from aftersession.documents.models import Document
from aftersession.documents.queries import failed_documents
from aftersession.integrations.queries import stuck_notices
from aftersession.lib import clock
from aftersession.lib.money import Money, format_money
from aftersession.messaging.models import MessageState
from aftersession.messaging.queries import undelivered
from aftersession.payments.models import (
    USED,
    Allocation,
    Payment,
    PaymentState,
    TrayReason,
)
from aftersession.practices.models import Member
from aftersession.scheduling.lists import day_start
from aftersession.scheduling.wording import time_label
from aftersession.workflows.watch_attempts import attempts_in_doubt

ARRIVED_SIZE = 5
STUCK_SIZE = 5
LOOK_BACK = timedelta(days=30)
SATURDAY = 5


@dataclass(frozen=True)
class Arrival:
    """One payment that came in, with when and how in a line."""

    code: str
    name: str
    amount: Money
    how: str


@dataclass(frozen=True)
class Arrived:
    """Money since the last working day."""

    since: date
    total: Money
    newest: list[Arrival]


@dataclass(frozen=True)
class Trouble:
    """Something that will not go on by itself: what, why, and where to mend it."""

    title: str
    text: str
    url: str
    action: str


def last_working_day(today: date) -> date:
    """The weekday before today."""
    day = today - timedelta(days=1)
    while day.weekday() >= SATURDAY:
        day -= timedelta(days=1)
    return day


def arrived_money(member: Member) -> Arrived:
    """Payments recorded since the last working day began. One query."""
    zone, currency = member.practice.time_zone, member.practice.currency
    since = last_working_day(clock.today(zone))
    payments = _visible_payments(member).filter(
        state=PaymentState.RECORDED,
        currency=currency,
        recorded_at__gte=day_start(since, zone),
        # A payment is recorded weeks after its day at most; this bound is what the index begins at.
        received_on__gte=since - LOOK_BACK,
    )
    rows = payments.annotate(whole_total=Window(Sum("amount_minor"))).order_by("-received_on", "-id")
    newest = list(rows[:ARRIVED_SIZE])
    total = Money(newest[0].whole_total if newest else 0, currency)
    return Arrived(since, total, [_arrival(payment, zone) for payment in newest])


def _arrival(payment: Payment, zone: str) -> Arrival:
    when = time_label(clock.local(payment.recorded_at, zone), clock.today(zone))
    how = _("%(method)s, %(when)s") % {"method": payment.get_method_display(), "when": when}
    return Arrival(payment.code, payment.from_name, payment.amount, how)


def stuck_things(member: Member) -> list[Trouble]:
    """Letters that did not leave, papers not made, money that settles nothing or is in doubt. Four queries."""
    return [
        *_stuck_letters(member),
        *_failed_papers(member),
        *_unsettled_money(member),
        *_stuck_notices(member),
    ]


def _stuck_notices(member: Member) -> list[Trouble]:
    """What partners told and nothing came of, as one line."""
    if member.role not in OFFICE:
        return []
    count = stuck_notices(member.practice).count()
    if not count:
        return []
    text = ngettext(
        "%(count)d notice of a payment partner could not be used",
        "%(count)d notices of payment partners could not be used",
        count,
    )
    return [
        Trouble(
            text % {"count": count},
            _("Compare with the partner what they are about, then put them aside."),
            reverse("desk:stray_list"),
            _("Look at them"),
        )
    ]


def _visible_payments(member: Member) -> "QuerySet[Payment]":
    """All payments, or for a practitioner those that settle their own invoices."""
    payments: QuerySet[Payment] = Payment.objects.for_practice(member.practice)
    if member.sees_everyone:
        return payments
    own = Allocation.objects.filter(
        payment=OuterRef("pk"), share__invoice__practitioner=member.practitioner_id or 0
    )
    return payments.filter(Exists(own))


def _stuck_letters(member: Member) -> list[Trouble]:
    letters = undelivered(member.practice).filter(created_at__gte=clock.now() - LOOK_BACK)
    if not member.sees_everyone:
        own = visible_invoices(member).values("code")
        letters = letters.filter(about_kind="invoice", about_code__in=own)
    return [
        Trouble(
            _("“%(subject)s” did not reach %(address)s")
            % {"subject": each.subject, "address": each.to_address},
            each.problem or str(MessageState(each.state).label),
            reverse("desk:message_detail", args=[each.code]),
            _("Open the message"),
        )
        for each in letters.order_by("-id")[:STUCK_SIZE]
    ]


def _failed_papers(member: Member) -> list[Trouble]:
    papers: QuerySet[Document] = failed_documents(member.practice)
    invoices: QuerySet[Invoice] = visible_invoices(member).filter(
        Q(document__in=papers) | Q(paid_document__in=papers)
    )
    return [
        Trouble(
            _("The document of %(invoice)s could not be made")
            % {"invoice": each.number_label or _("a draft")},
            _("The invoice itself stands; only its paper is missing."),
            reverse("desk:invoice_detail", args=[each.code]),
            _("Open the invoice"),
        )
        for each in invoices.order_by("-id")[:STUCK_SIZE]
    ]


def _unsettled_money(member: Member) -> list[Trouble]:
    """Money that settles nothing, and online payments without an end, in one query."""
    if not member.sees_everyone:
        return []
    unclaimed = Payment.objects.for_practice(member.practice).filter(
        ~Q(tray_reason=""),
        state=PaymentState.RECORDED,
        amount_minor__gt=USED,
    )
    columns = ("amount_minor", "currency")
    tray = unclaimed.annotate(
        rank=Value(3),
        kind=text_column("tray"),
        what=F("code"),
        who=F("from_name"),
        why=F("tray_reason"),
        by=F("recorded_at"),
    )
    doubt = attempts_in_doubt(member.practice).annotate(
        rank=Value(4),
        kind=text_column("doubt"),
        what=F("share__invoice__code"),
        who=F("share__debtor_name"),
        why=F("reference"),
        by=F("created_at"),
    )
    names = ("rank", "kind", "what", "who", "why", "by", *columns)
    rows, *others = (each.order_by().values_list(*names) for each in (tray, doubt, *partner_money(member)))
    found = rows.union(*others, all=True).order_by("rank", "by")[:STUCK_SIZE]
    return [_money_trouble(member, *row) for row in found]


def _money_trouble(
    member: Member,
    _rank: int,
    kind: str,
    what: str,
    who: str,
    why: str,
    by: datetime,
    amount_minor: int,
    currency: str,
) -> Trouble:
    facts = {"amount": format_money(Money(amount_minor, currency), member.practice.locale), "name": who}
    if kind == "tray":
        return Trouble(
            _("%(amount)s from %(name)s settles no invoice") % facts,
            str(TrayReason(why).label),
            reverse("desk:payment_detail", args=[what]),
            _("Open the payment"),
        )
    if kind != "doubt":
        title, text = words_of(kind, why, by, member.practice)
        route = reverse("desk:stray_list") if kind == "stray" else reverse("desk:payment_detail", args=[what])
        action = _("Look at it") if kind == "stray" else _("Open the payment")
        return Trouble(title % facts, text, route, action)
    return Trouble(
        _("An online payment of %(amount)s by %(name)s has no end yet") % facts,
        _("The payment partner has not said for a day whether it was paid. Look it up there: %(reference)s.")
        % {"reference": why},
        reverse("desk:invoice_detail", args=[what]),
        _("Open the invoice"),
    )
