# SPDX-License-Identifier: Apache-2.0
"""Whether everything that says what is owed says the same: accounts, statements, ages and the books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from aftersession.coverage.models import Payer
from aftersession.ledger.models import Account, Entry
from aftersession.ledger.queries import total_of
from aftersession.patients.models import Patient
from aftersession.practices.models import Practice
from aftersession.statements.accounts import (
    AccountView,
    book_account,
    client_account,
    client_account_at_payers,
    payer_account,
)
from aftersession.statements.ageing import Debtors, age_all, age_by_debtor, booked
from aftersession.statements.holders import statements_of
from aftersession.statements.statement import Basis, make_statement
from aftersession.statements.wording import TELLERS

FIRST, LAST = date(2000, 1, 1), date(2099, 12, 31)


def disagreements(practice: Practice) -> list[str]:
    """In plain words, what differs; nothing if all agree."""
    return [*_accounts(practice), *_statements(practice), *_ages(practice), *_kinds(practice)]


def _accounts(practice: Practice) -> Iterator[str]:
    views = [(f"books of {each}", book_account(practice, each)) for each in Account]
    for patient in Patient.objects.all():
        views.append((f"account of {patient}", client_account(practice, patient)))
        views.append((f"insurers of {patient}", client_account_at_payers(practice, patient)))
    views += [(f"account of {each}", payer_account(practice, each)) for each in Payer.objects.all()]
    for name, view in views:
        yield from _explained(name, view)


def _explained(name: str, view: AccountView) -> Iterator[str]:
    told = list(view.all())
    if view.total.minor != total_of(view.lines):
        yield f"{name}: {view.total.minor}, but the books say {total_of(view.lines)}"
    if view.total.minor != sum(each.amount.minor for each in told):
        yield f"{name}: {view.total.minor} is not the sum of its sentences"
    balance = 0
    for each in reversed(told):
        balance += each.amount.minor
        if balance != each.balance.minor:
            yield f"{name}: the balance after “{each.text}” is wrong"
        if each.text.startswith("Booked"):
            yield f"{name}: “{each.text}” explains nothing"


def _statements(practice: Practice) -> Iterator[str]:
    for patient in Patient.objects.all():
        total = client_account(practice, patient).total.minor
        for basis in Basis:
            closing = sum(
                make_statement(practice, each.holder, basis, FIRST, LAST).closing.minor
                for each in statements_of(practice, patient)
                if not each.is_of_all
            )
            if closing != total:
                yield f"statements of {patient} by {basis}: {closing}, but the account is at {total}"


def _ages(practice: Practice) -> Iterator[str]:
    books = booked(practice)
    for debtors in Debtors:
        rows = age_by_debtor(practice, debtors, size=None).rows
        total = age_all(practice, debtors).total
        if not total.minor == books[debtors].minor == sum(each.total.minor for each in rows):
            yield f"what {debtors} owe by age is not what the books say"
        for row in rows if debtors is Debtors.CLIENTS else ():
            holdings = client_account(practice, Patient.objects.get(code=row.code)).holdings
            if holdings is None or holdings.balance().owed != row.total:
                yield f"{row.name} owes something else by age"


def _kinds(practice: Practice) -> Iterator[str]:
    kinds = Entry.objects.for_practice(practice).values_list("kind", flat=True)
    for kind in set(kinds) - set(TELLERS):
        yield f"{kind} has no sentence"
