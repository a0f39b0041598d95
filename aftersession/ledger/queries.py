# SPDX-License-Identifier: Apache-2.0
"""Reads of the books: what moved an account, newest first, with the balance after each."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from aftersession.ledger.models import Account, Entry, Line
from aftersession.practices.models import Practice

PAGE_SIZE = 25
ON_ACCOUNT = (Account.CLIENT_RECEIVABLE, Account.PAYER_RECEIVABLE, Account.UNALLOCATED)
"""What is owed, and what came in and is not used: the three accounts that people have a part of."""
LONGEST_KEY = 18


@dataclass(frozen=True)
class Movement:
    """One entry as far as it concerns an account.

    Amounts are minor units; positive: more is owed. `balance_minor` is what the account came to after it.
    """

    entry: Entry
    lines: Sequence[Line]
    amount_minor: int
    balance_minor: int


@dataclass(frozen=True)
class MovementPage:
    """One page of an account, and what the next one begins after."""

    movements: Sequence[Movement]
    after: str


def lines_of_client(practice: Practice, patient_code: str) -> "QuerySet[Line]":
    """A client's own account: what they and responsible persons owe, and their unused money."""
    return _on_account(practice).filter(payer_code="", patient_code=patient_code).exclude(patient_code="")


def lines_of_client_at_payers(practice: Practice, patient_code: str) -> "QuerySet[Line]":
    """What insurers owe for a client."""
    return _on_account(practice).filter(patient_code=patient_code).exclude(patient_code="").exclude(
        payer_code=""
    )  # fmt: skip


def lines_of_payer(practice: Practice, payer_code: str) -> "QuerySet[Line]":
    """An insurer's account, for all clients."""
    return _on_account(practice).filter(payer_code=payer_code).exclude(payer_code="")


def lines_of_book(practice: Practice, account: str) -> "QuerySet[Line]":
    """One account of the chart."""
    return _lines(practice).filter(account=account)


def page_of(
    lines: "QuerySet[Line]", *, balance_minor: int, after: str = "", size: int = PAGE_SIZE
) -> MovementPage:
    """A page of an account by keyset, newest first. `balance_minor` is what it comes to now.

    `after` is the last entry of the page before; anything else means the first page. However long an
    account is, its first page reads as many lines as it shows: no sum over all of them is needed.
    """
    sums = lines.order_by("-entry_id").values("entry_id").annotate(amount=Sum("amount_minor"))
    if after.isascii() and after.isdigit() and len(after) <= LONGEST_KEY:
        newer = lines.filter(entry_id__gte=int(after)).aggregate(amount=Sum("amount_minor"))
        balance_minor -= newer["amount"] or 0
        sums = sums.filter(entry_id__lt=int(after))
    found = list(sums.values_list("entry_id", "amount")[: size + 1])
    by_entry: dict[int, list[Line]] = {pk: [] for pk, _amount in found[:size]}
    for line in lines.filter(entry__in=list(by_entry)).select_related("entry").order_by("pk"):
        by_entry[line.entry_id].append(line)
    movements = []
    for pk, amount_minor in found[:size]:
        movements.append(Movement(by_entry[pk][0].entry, by_entry[pk], amount_minor, balance_minor))
        balance_minor -= amount_minor
    return MovementPage(movements, str(found[size - 1][0]) if len(found) > size else "")


def total_of(lines: "QuerySet[Line]") -> int:
    """What lines come to, in minor units, by reading them all."""
    return lines.aggregate(total=Sum("amount_minor"))["total"] or 0


def balances_of_books(practice: Practice) -> dict[Account, int]:
    """Every account of the chart with its balance in minor units of the practice's currency."""
    rows = _lines(practice).order_by().values("account").annotate(total=Sum("amount_minor"))
    found = dict(rows.values_list("account", "total"))
    return {account: found.get(account.value, 0) for account in Account}


def _lines(practice: Practice) -> "QuerySet[Line]":
    rows: QuerySet[Line] = Line.objects.for_practice(practice)
    return rows.filter(currency=practice.currency)


def _on_account(practice: Practice) -> "QuerySet[Line]":
    return _lines(practice).filter(account__in=ON_ACCOUNT)
