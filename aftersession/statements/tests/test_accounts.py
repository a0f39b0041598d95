# SPDX-License-Identifier: Apache-2.0
"""An account explains itself: every balance is the sum of the sentences, however long it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection

from aftersession.ledger.models import Account, Entry, Line
from aftersession.ledger.queries import lines_of_client, page_of, total_of
from aftersession.lib import clock
from aftersession.practices.models import Practice
from aftersession.statements.accounts import client_account, client_account_at_payers, payer_account
from aftersession.statements.balances import holdings_of_client
from aftersession.statements.tests.scene import bill, credit, give_back, share_of, take, write_off
from aftersession.statements.wording import Told
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.use_credit import release_credit
from tests.cast import Cast
from tests.fixtures.database import QueryCount

D = date(2026, 3, 2)


@pytest.fixture(autouse=True)
def moved_clock() -> Iterator[None]:
    yield
    clock.freeze(None)


def story(told: list[Told]) -> list[tuple[str, int, int]]:
    return [(each.text.replace("\u00a0", " "), each.amount.minor, each.balance.minor) for each in told]


def test_every_sentence_has_its_amount_and_the_balance_after_it(
    cast: Cast, in_practice: Practice, db: None
) -> None:
    first = bill(cast, D)
    second = bill(cast, date(2026, 3, 9))
    paid = take(cast, date(2026, 3, 10), 2_000_00)
    credit(cast, date(2026, 3, 11), second, 150_00)
    give_back(cast, date(2026, 3, 12), paid.payment_code, 200_00)
    release_credit(
        share=share_of(cast, first), amount_minor=50_00, reason="Wrong", actor=cast.owner, key="k9"
    )
    write_off(cast, date(2026, 3, 13), first, 50_00)
    account = client_account(cast.practice, cast.adult)
    assert story(account.page().told)[::-1] == [
        ("Invoice INV-000001", 950_00, 950_00),
        ("Invoice INV-000002", 950_00, 1_900_00),
        ("Cash payment of 10 March 2026", -2_000_00, -100_00),
        ("R 150.00 taken off INV-000002 and kept as credit", 0, -100_00),
        ("Credit note CRN-000001 for INV-000002", -150_00, -250_00),
        ("Refund RFD-000001 by cash", 200_00, -50_00),
        ("R 50.00 taken off INV-000001 and kept as credit", 0, -50_00),
        ("Written off of INV-000001", -50_00, -100_00),
    ]
    assert account.total.minor == total_of(account.lines) == -100_00
    balance = holdings_of_client(cast.practice, cast.adult).balance()
    assert (balance.owed.minor, balance.unused.minor, balance.returning.minor) == (0, 100_00, 0)
    assert list(check_invariants()) == []


def test_a_payment_says_what_it_settled_and_what_is_kept(cast: Cast, in_practice: Practice) -> None:
    bill(cast, D), bill(cast, date(2026, 3, 9))
    take(cast, date(2026, 3, 10), 2_000_00)
    (newest, *_rest) = client_account(cast.practice, cast.adult).page().told
    said = [part.replace("\u00a0", " ") for part in newest.details]
    assert said == ["R 950.00 for INV-000001", "R 950.00 for INV-000002", "R 100.00 kept as credit"]
    assert newest.about == "payment"


def test_what_an_insurer_owes_is_no_part_of_the_clients_own_account(
    cast: Cast, in_practice: Practice
) -> None:
    bill(cast, D, insured=True)
    assert client_account(cast.practice, cast.insured).page().told == []
    for account in (
        client_account_at_payers(cast.practice, cast.insured),
        payer_account(cast.practice, cast.payer),
    ):
        assert story(account.page().told) == [("Invoice INV-000001", 950_00, 950_00)]


def test_pages_follow_each_other_without_a_gap_and_the_balance_runs_on(
    cast: Cast, in_practice: Practice
) -> None:
    _visits(cast, 7)
    account = client_account(cast.practice, cast.adult)
    told, after = [], ""
    while True:
        page = account.page(after, size=3)
        told += page.told
        if not (after := page.after):
            break
    assert story(told) == story(list(account.all())) and len(told) == 14
    assert [each.balance.minor for each in told] == [0, 950_00] * 7


@pytest.mark.parametrize("after", ["x", "-1", "9" * 30, "١٢", "\x00", "0; DROP"])
def test_a_page_that_never_was_is_the_first_or_empty(cast: Cast, in_practice: Practice, after: str) -> None:
    _visits(cast, 1)
    assert len(client_account(cast.practice, cast.adult).page(after).told) == 2


def test_a_long_account_is_read_like_a_short_one(
    cast: Cast, in_practice: Practice, query_count: QueryCount
) -> None:
    counts = []
    for visits in (5, 495):
        _visits(cast, visits)
        with query_count() as queries:
            assert client_account(cast.practice, cast.adult).page().told
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 9


def test_the_first_page_is_found_in_the_index_of_accounts(cast: Cast, in_practice: Practice) -> None:
    _visits(cast, 100)
    _visits(cast, 1500, of=cast.minor.code)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE ledger_line")
    lines = lines_of_client(cast.practice, cast.adult.code)
    sums = lines.order_by("-entry_id").values_list("entry_id")[:26]
    assert "line_of_account" in sums.explain()
    assert page_of(lines, balance_minor=0).movements


def _visits(cast: Cast, count: int, of: str = "") -> None:
    """So many visits, each billed and paid, written straight into the books: quick, and balanced."""
    entries = Entry.objects.bulk_create(
        Entry(practice=cast.practice, at=clock.now(), kind=kind, actor_label="Desk")
        for _visit in range(count)
        for kind in ("invoice_issued", "payment_received")
    )
    Line.objects.bulk_create(
        Line(
            practice=cast.practice, entry=entry, account=account, amount_minor=sign * side * 950_00,
            currency="ZAR", patient_code=of or cast.adult.code,
        )
        for number, entry in enumerate(entries)
        for sign in [-1 if number % 2 else 1]
        for account, side in ((Account.CLIENT_RECEIVABLE, 1), (Account.CASH, -1))
    )  # fmt: skip
