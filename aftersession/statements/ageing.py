# SPDX-License-Identifier: Apache-2.0
"""Aged receivables: what is owed, by how long it has been due.

A client's part is due on the invoice's due day. An insurer's part has no such day: it ages from the day its
claim was sent, or else from the day the account was issued.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import DateField, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, TruncDate
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from aftersession.billing.models import DebtorKind
from aftersession.billing.models.shares import OPEN_MINOR
from aftersession.claims.models import Claim
from aftersession.ledger.models import Account
from aftersession.ledger.queries import balances_of_books
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.practices.models import Practice
from aftersession.statements.balances import open_shares

PAGE_SIZE = 25


class Debtors(StrEnum):
    """Whose debts: the two receivable accounts of the books."""

    CLIENTS = "clients"
    PAYERS = "payers"


@dataclass(frozen=True)
class Bucket:
    """An age: due for at least and at most so many days (None: no end)."""

    name: str
    label: str | Promise
    least: int | None
    most: int | None


BUCKETS = (
    Bucket("current", _("Not yet due"), None, 0),
    Bucket("days_30", _("1 to 30 days"), 1, 30),
    Bucket("days_60", _("31 to 60 days"), 31, 60),
    Bucket("days_90", _("61 to 90 days"), 61, 90),
    Bucket("older", _("Over 90 days"), 91, None),
)


@dataclass(frozen=True)
class Aged:
    """What one debtor owes, or all of them, by age: in the order of `BUCKETS`."""

    code: str
    name: str
    amounts: Sequence[Money]

    @property
    def total(self) -> Money:
        return Money(sum(each.minor for each in self.amounts), self.amounts[0].currency)


@dataclass(frozen=True)
class AgedPage:
    """One page of debtors, and the code that the next one begins after."""

    rows: Sequence[Aged]
    after: str


def age_all(practice: Practice, debtors: Debtors) -> Aged:
    """What all of them owe, by age. One query over what is open."""
    found = _open(practice, debtors).aggregate(**_sums(practice))
    return _aged("", "", found, practice)


def age_by_debtor(
    practice: Practice, debtors: Debtors, *, after: str = "", size: int | None = PAGE_SIZE
) -> AgedPage:
    """A page of debtors by name, each with what they owe by age. `size` None: all of them."""
    who, name = ("payer", "payer__name") if debtors is Debtors.PAYERS else ("account", "account__sort_name")
    shown = (
        ("payer__name",) if debtors is Debtors.PAYERS else ("account__given_names", "account__family_name")
    )
    rows = _open(practice, debtors)
    edge = rows.filter(**{f"{who}__code": after}).values_list(name, who).first() if after else None
    if edge:
        rows = rows.filter(Q(**{f"{name}__gt": edge[0]}) | Q(**{name: edge[0], f"{who}__gt": edge[1]}))
    grouped = rows.order_by(name, who).values(f"{who}__code", name, who, *shown).annotate(**_sums(practice))
    found = list(grouped if size is None else grouped[: size + 1])
    aged = [
        _aged(row[f"{who}__code"], " ".join(row[part] for part in shown if row[part]), row, practice)
        for row in (found if size is None else found[:size])
    ]
    return AgedPage(aged, aged[-1].code if size is not None and len(found) > size else "")


def booked(practice: Practice) -> Mapping[Debtors, Money]:
    """What the books say is owed: the totals must be the same."""
    balances = balances_of_books(practice)
    return {
        Debtors.CLIENTS: Money(balances[Account.CLIENT_RECEIVABLE], practice.currency),
        Debtors.PAYERS: Money(balances[Account.PAYER_RECEIVABLE], practice.currency),
    }


def _open(practice: Practice, debtors: Debtors) -> "QuerySet[Any]":
    rows = open_shares(practice).filter(currency=practice.currency)
    if debtors is Debtors.CLIENTS:
        return rows.exclude(debtor_kind=DebtorKind.PAYER).annotate(
            aged_from=Coalesce(F("due_on"), F("invoice__due_on"), F("invoice__issued_on"))
        )
    claims = Claim.objects.for_practice(practice).filter(share=OuterRef("pk"), submitted_at__isnull=False)
    sent = Subquery(claims.order_by("-pk").values("submitted_at")[:1])
    zone = ZoneInfo(practice.time_zone)
    sent_on = TruncDate(sent, tzinfo=zone, output_field=DateField())
    return rows.filter(debtor_kind=DebtorKind.PAYER).annotate(
        aged_from=Coalesce(sent_on, F("invoice__issued_on"), output_field=DateField())
    )


def _sums(practice: Practice) -> dict[str, Sum]:
    today = clock.today(practice.time_zone)
    return {each.name: Sum(OPEN_MINOR, filter=_within(each, today)) for each in BUCKETS}


def _within(bucket: Bucket, today: date) -> Q:
    condition = Q()
    if bucket.least is not None:
        condition &= Q(aged_from__lte=today - timedelta(days=bucket.least))
    if bucket.most is not None:
        condition &= Q(aged_from__gte=today - timedelta(days=bucket.most))
    return condition


def _aged(code: str, name: str, row: Mapping[str, Any], practice: Practice) -> Aged:
    return Aged(code, name, [Money(row[each.name] or 0, practice.currency) for each in BUCKETS])
