# SPDX-License-Identifier: Apache-2.0
"""One account with its balance and how it came to it: a client's, an insurer's, or one of the practice's books."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import QuerySet

from aftersession.coverage.models import Payer
from aftersession.ledger import queries as books
from aftersession.ledger.models import Account, Line
from aftersession.lib.money import Money
from aftersession.patients.models import Patient
from aftersession.practices.models import Practice
from aftersession.statements.balances import (
    Holdings,
    holdings_of_client,
    holdings_of_client_at_payers,
    holdings_of_payer,
)
from aftersession.statements.wording import Told, tell_all

CHUNK = 500


@dataclass(frozen=True)
class AccountPage:
    """Sentences, newest first, and what the next page begins after."""

    told: list[Told]
    after: str


@dataclass(frozen=True)
class AccountView:
    """An account to be read: its lines in the books, and what it comes to now."""

    practice: Practice
    lines: "QuerySet[Line]"
    total: Money
    holdings: Holdings | None = None

    def page(self, after: str = "", *, size: int = books.PAGE_SIZE) -> AccountPage:
        """A page of its story. As many queries for a long account as for a short one."""
        found = books.page_of(self.lines, balance_minor=self.total.minor, after=after, size=size)
        return AccountPage(tell_all(found.movements, self.practice), found.after)

    def all(self) -> Iterator[Told]:
        """Its whole story, newest first, a chunk at a time."""
        balance_minor, lines = self.total.minor, self.lines
        while True:
            found = books.page_of(lines, balance_minor=balance_minor, size=CHUNK)
            yield from tell_all(found.movements, self.practice)
            if not found.after:
                return
            balance_minor = found.movements[-1].balance_minor - found.movements[-1].amount_minor
            lines = self.lines.filter(entry_id__lt=int(found.after))


def client_account(practice: Practice, patient: Patient) -> AccountView:
    """A client's own account: what they and responsible persons owe, and what of their money is unused."""
    holdings = holdings_of_client(practice, patient)
    lines = books.lines_of_client(practice, patient.code)
    return AccountView(practice, lines, holdings.balance().total, holdings)


def client_account_at_payers(practice: Practice, patient: Patient) -> AccountView:
    """What insurers owe for a client."""
    holdings = holdings_of_client_at_payers(practice, patient)
    lines = books.lines_of_client_at_payers(practice, patient.code)
    return AccountView(practice, lines, holdings.balance().total, holdings)


def payer_account(practice: Practice, payer: Payer) -> AccountView:
    """What an insurer owes, for all clients."""
    holdings = holdings_of_payer(practice, payer)
    return AccountView(
        practice, books.lines_of_payer(practice, payer.code), holdings.balance().total, holdings
    )


def book_account(practice: Practice, account: Account) -> AccountView:
    """One account of the practice's books. Its balance is summed from its lines: money has no open rows."""
    lines = books.lines_of_book(practice, account)
    return AccountView(practice, lines, Money(books.total_of(lines), practice.currency))
