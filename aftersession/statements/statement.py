# SPDX-License-Identifier: Apache-2.0
"""Statements: what was open before a period, what happened in it, what is open after it.

A period can be one of sessions, of invoices or of payments. By session or invoice, everything that happened
to an invoice stands with it, whenever it happened: what is left open is what of these sessions is open now.
By payment, everything stands on the day it happened: what is left open is what was open at the period's end.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from operator import itemgetter
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Sum, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersession.billing.models import InvoiceShare
from aftersession.billing.models.shares import OPEN_MINOR
from aftersession.ledger.models import Account, Line
from aftersession.ledger.queries import ON_ACCOUNT, Movement
from aftersession.lib.days import format_day
from aftersession.lib.money import Money
from aftersession.patients.models import Guarantor, Patient
from aftersession.payments.models import Payment
from aftersession.practices.models import Practice
from aftersession.statements.balances import open_shares
from aftersession.statements.wording import Told, tell_all


class Basis(TextChoices):
    """What puts something into a period."""

    SERVICE = "service", gettext_lazy("Day of the session")
    INVOICE = "invoice", gettext_lazy("Day of the invoice")
    PAYMENT = "payment", gettext_lazy("Day of payment")


@dataclass(frozen=True)
class Holder:
    """Whose statement it is: a client in person, or a responsible person, for one client or for all of theirs."""

    patient: Patient | None = None
    guarantor: Guarantor | None = None

    @property
    def name(self) -> str:
        """The account as a statement calls it."""
        if self.patient is not None:
            return self.patient.full_name
        if self.guarantor is None:
            raise ValueError("nobody's statement")
        return self.guarantor.full_name

    def shares(self, practice: Practice) -> "QuerySet[InvoiceShare]":
        """What this person was billed."""
        rows = InvoiceShare.objects.for_practice(practice).filter(currency=practice.currency)
        if self.guarantor is None:
            return rows.filter(account=self.patient, patient=self.patient)
        rows = rows.filter(guarantor=self.guarantor)
        return rows if self.patient is None else rows.filter(account=self.patient)

    def payments(self, practice: Practice) -> "QuerySet[Payment]":
        """What this person paid."""
        rows = Payment.objects.for_practice(practice).filter(
            currency=practice.currency, payer=None, guarantor=self.guarantor
        )
        return rows if self.patient is None else rows.filter(patient=self.patient)


@dataclass(frozen=True)
class Statement:
    """A statement with its figures: the opening balance and the amounts come to the closing one."""

    practice: Practice
    holder: Holder
    basis: Basis
    first: date
    last: date
    opening: Money
    told: list[Told]

    @property
    def closing(self) -> Money:
        return self.told[-1].balance if self.told else self.opening

    @property
    def billed(self) -> Money:
        """All that made it more."""
        return self._sum(each.amount.minor for each in self.told if each.amount.minor > 0)

    @property
    def taken_off(self) -> Money:
        """All that made it less."""
        return self._sum(each.amount.minor for each in self.told if each.amount.minor < 0)

    @property
    def period(self) -> str:
        """1 March 2026 to 31 March 2026."""
        return _("%(first)s to %(last)s") % {
            "first": format_day(self.first, self.practice.locale),
            "last": format_day(self.last, self.practice.locale),
        }

    def _sum(self, minors: Iterable[int]) -> Money:
        return Money(sum(minors), self.practice.currency)


def make_statement(practice: Practice, holder: Holder, basis: Basis, first: date, last: date) -> Statement:
    """A statement from the books as they are now. A fixed number of queries."""
    if basis is Basis.PAYMENT:
        opening_minor, rows = _as_it_happened(practice, holder, first, last)
    else:
        opening_minor, rows = _with_its_invoice(practice, holder, basis, first, last)
    told, balance_minor = [], opening_minor
    for day, each in zip([row[0] for row in rows], tell_all([row[1] for row in rows], practice), strict=True):
        balance_minor += each.amount.minor
        balance = Money(balance_minor, practice.currency)
        told.append(replace(each, day=day, balance=balance))
    return Statement(practice, holder, basis, first, last, Money(opening_minor, practice.currency), told)


Dated = list[tuple[date, Movement]]


def _with_its_invoice(
    practice: Practice, holder: Holder, basis: Basis, first: date, last: date
) -> tuple[int, Dated]:
    """Everything about an invoice on the invoice's day, everything about unused money on the payment's."""
    column = "service_on" if basis is Basis.SERVICE else "issued_on"
    shares, payments = holder.shares(practice), holder.payments(practice)
    before = {f"invoice__{column}__lt": first}
    owed = open_shares(practice).filter(pk__in=shares.filter(**before).values("pk"))
    opening_minor = owed.aggregate(sum=Sum(OPEN_MINOR))["sum"] or 0
    opening_minor -= _held(payments.filter(received_on__lt=first))
    within = shares.filter(**{f"invoice__{column}__range": (first, last)})
    days = dict(within.values_list("code", f"invoice__{column}"))
    paid = dict(payments.filter(received_on__range=(first, last)).values_list("code", "received_on"))
    lines = _lines(practice).filter(Q(share_code__in=list(days)) | _unused_of(list(paid)))
    by_row: dict[tuple[date, int, str], list[Line]] = {}
    for line in lines.select_related("entry").order_by("entry_id", "pk"):
        day = days[line.share_code] if line.share_code else paid[line.payment_code]
        by_row.setdefault((day, line.entry_id, line.share_code), []).append(line)
    return opening_minor, _dated((key[0], found) for key, found in sorted(by_row.items(), key=itemgetter(0)))


def _as_it_happened(practice: Practice, holder: Holder, first: date, last: date) -> tuple[int, Dated]:
    """Everything on the day it took place: money on the day it came, not the day somebody wrote it down."""
    shares, payments = holder.shares(practice), holder.payments(practice)
    lines = _lines(practice).filter(
        Q(share_code__in=shares.values("code"))
        | Q(account=Account.UNALLOCATED, payment_code__in=payments.values("code"))
    )
    # What was written down before the period began also took place before it: nothing is written ahead.
    begins = datetime.combine(first, time(), ZoneInfo(practice.time_zone))
    opening_minor = lines.filter(entry__at__lt=begins).aggregate(sum=Sum("amount_minor"))["sum"] or 0
    by_entry: dict[int, list[Line]] = {}
    for line in lines.filter(entry__at__gte=begins).select_related("entry").order_by("entry_id", "pk"):
        by_entry.setdefault(line.entry_id, []).append(line)
    movements = [_movement(found) for found in by_entry.values()]
    days = [each.day for each in tell_all(movements, practice)]
    opening_minor += sum(each.amount_minor for day, each in zip(days, movements, strict=True) if day < first)
    rows = [(day, each) for day, each in zip(days, movements, strict=True) if first <= day <= last]
    return opening_minor, sorted(rows, key=lambda row: (row[0], row[1].entry.pk))


def _held(payments: "QuerySet[Payment]") -> int:
    """What of these payments settles nothing, and has not left: as the books have it."""
    unused = payments.filter(state="recorded").aggregate(
        came=Sum("amount_minor"),
        used=Sum("allocated_minor"),
        back=Sum(F("refunded_minor") + F("disputed_minor")),
    )
    return (unused["came"] or 0) - (unused["used"] or 0) - (unused["back"] or 0)


def _unused_of(codes: list[str]) -> Q:
    return Q(account=Account.UNALLOCATED, payment_code__in=codes)


def _lines(practice: Practice) -> "QuerySet[Line]":
    rows: QuerySet[Line] = Line.objects.for_practice(practice)
    return rows.filter(account__in=ON_ACCOUNT, currency=practice.currency)


def _dated(rows: Iterable[tuple[date, list[Line]]]) -> Dated:
    return [(day, _movement(lines)) for day, lines in rows]


def _movement(lines: list[Line]) -> Movement:
    return Movement(lines[0].entry, lines, sum(line.amount_minor for line in lines), 0)
