# SPDX-License-Identifier: Apache-2.0
"""What an account comes to now, from open shares and unused money alone: never by reading its history."""

from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from aftersession.billing.models import DebtorKind, InvoiceShare, InvoiceState
from aftersession.billing.models.shares import OPEN, OPEN_MINOR
from aftersession.coverage.models import Payer
from aftersession.lib.money import Money
from aftersession.patients.models import Patient
from aftersession.payments.models import UNUSED, Payment, Refund, RefundState
from aftersession.payments.queries import UNUSED_MINOR
from aftersession.practices.models import Practice

ON_ITS_WAY = (RefundState.REQUESTED, RefundState.PENDING)
MOST = 20


@dataclass(frozen=True)
class Balance:
    """What is owed, what is unused, and what is on its way back. The books have one figure: `total`."""

    owed: Money
    unused: Money
    returning: Money

    @property
    def total(self) -> Money:
        return self.owed - self.unused - self.returning


@dataclass(frozen=True)
class Holdings:
    """The open shares and the unused money behind a balance."""

    practice: Practice
    shares: "QuerySet[InvoiceShare]"
    payments: "QuerySet[Payment]"
    refunds: "QuerySet[Refund]"

    def balance(self) -> Balance:
        """Three sums, each over what is open."""
        currency = self.practice.currency
        owed = self.shares.filter(currency=currency).aggregate(sum=Sum(OPEN_MINOR))
        unused = self.payments.filter(currency=currency).aggregate(sum=Sum(UNUSED_MINOR))
        returning = self.refunds.filter(currency=currency).aggregate(sum=Sum("amount_minor"))
        return Balance(*(Money(found["sum"] or 0, currency) for found in (owed, unused, returning)))

    def open_shares(self, most: int = MOST) -> list[InvoiceShare]:
        """What is open, the oldest invoice first, so many of it."""
        rows = self.shares.select_related("invoice__patient", "account", "payer", "guarantor")
        return list(rows.order_by("invoice__number", "position")[:most])

    def unused_payments(self, most: int = MOST) -> list[Payment]:
        """What is unused, the oldest first, so much of it."""
        return list(self.payments.select_related("patient").order_by("received_on", "pk")[:most])


def holdings_of_client(practice: Practice, patient: Patient) -> Holdings:
    """What is open and unused on a client's own account; insurers' parts are theirs."""
    return _holdings(
        practice,
        open_shares(practice).filter(account=patient).exclude(debtor_kind=DebtorKind.PAYER),
        Payment.objects.for_practice(practice).filter(patient=patient, payer=None),
    )


def holdings_of_client_at_payers(practice: Practice, patient: Patient) -> Holdings:
    """What insurers owe for a client, and their unused money that came for them."""
    return _holdings(
        practice,
        open_shares(practice).filter(account=patient, debtor_kind=DebtorKind.PAYER),
        Payment.objects.for_practice(practice).filter(patient=patient, payer__isnull=False),
    )


def holdings_of_payer(practice: Practice, payer: Payer) -> Holdings:
    """What an insurer owes for everybody, and its unused money."""
    return _holdings(
        practice,
        open_shares(practice).filter(debtor_kind=DebtorKind.PAYER, payer=payer),
        Payment.objects.for_practice(practice).filter(payer=payer),
    )


def credit_of_client(practice: Practice, patient: Patient) -> Money:
    """What of a client's money settles nothing yet. One query."""
    unused = holdings_of_client(practice, patient).payments.filter(currency=practice.currency)
    return Money(unused.aggregate(sum=Sum(UNUSED_MINOR))["sum"] or 0, practice.currency)


def open_shares(practice: Practice) -> "QuerySet[InvoiceShare]":
    """Every open share of an issued invoice."""
    rows: QuerySet[InvoiceShare] = InvoiceShare.objects.for_practice(practice)
    return rows.filter(OPEN, invoice__state=InvoiceState.ISSUED)


def _holdings(
    practice: Practice, shares: "QuerySet[InvoiceShare]", payments: "QuerySet[Payment]"
) -> Holdings:
    refunds = Refund.objects.for_practice(practice).filter(state__in=ON_ITS_WAY, payment__in=payments)
    return Holdings(practice, shares, payments.filter(UNUSED), refunds)
