# SPDX-License-Identifier: Apache-2.0
"""Aged receivables: each debt in its age, and the totals are those of the books."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

import pytest

from aftersession.claims.models import Claim
from aftersession.lib import clock
from aftersession.practices.models import Practice
from aftersession.statements.ageing import BUCKETS, Debtors, age_all, age_by_debtor, booked
from aftersession.statements.tests.scene import bill, stand_at, take, write_off
from tests.cast import Cast, make_patient
from tests.fixtures.database import QueryCount

D = date(2026, 3, 2)
DUE = D + timedelta(days=14)


@pytest.fixture(autouse=True)
def moved_clock() -> Iterator[None]:
    yield
    clock.freeze(None)


def ages(cast: Cast, debtors: Debtors) -> list[int]:
    total = age_all(cast.practice, debtors)
    assert booked(cast.practice)[debtors] == total.total
    return [each.minor for each in total.amounts]


@pytest.mark.parametrize(
    ("late", "place"),
    [(-14, 0), (0, 0), (1, 1), (30, 1), (31, 2), (60, 2), (61, 3), (90, 3), (91, 4), (999, 4)],
)
def test_a_client_is_late_from_the_day_after_the_due_day(
    cast: Cast, in_practice: Practice, late: int, place: int
) -> None:
    bill(cast, D)
    stand_at(DUE + timedelta(days=late))
    assert [place for place, minor in enumerate(ages(cast, Debtors.CLIENTS)) if minor] == [place]


def test_an_insurer_ages_from_its_claim_or_else_from_the_account(cast: Cast, in_practice: Practice) -> None:
    sent, _unsent = bill(cast, D, insured=True), bill(cast, D + timedelta(days=1), insured=True)
    stand_at(D + timedelta(days=40))
    Claim.objects.filter(invoice=sent).update(submitted_at=clock.now() - timedelta(days=5))
    assert ages(cast, Debtors.PAYERS) == [0, 950_00, 950_00, 0, 0]


def test_what_was_paid_or_given_up_is_not_owed(cast: Cast, in_practice: Practice) -> None:
    first = bill(cast, D)
    bill(cast, D + timedelta(days=30))
    write_off(cast, D + timedelta(days=31), first, 100_00)
    take(cast, D + timedelta(days=32), 500_00)
    assert ages(cast, Debtors.CLIENTS) == [950_00, 350_00, 0, 0, 0]


def test_debtors_come_by_name_page_by_page(
    cast: Cast, in_practice: Practice, query_count: QueryCount
) -> None:
    people = [
        make_patient(cast.practice, "A", f"Family{number}", email=f"a{number}@example.com")
        for number in range(5)
    ]
    for each in people:
        bill(cast, D, patient=each)
    names, after = [], ""
    while True:
        with query_count() as queries:
            page = age_by_debtor(cast.practice, Debtors.CLIENTS, after=after, size=2)
        assert len(queries) <= 2
        names += [each.name for each in page.rows]
        if not (after := page.after):
            break
    assert names == [f"A Family{number}" for number in range(5)]
    rows = age_by_debtor(cast.practice, Debtors.CLIENTS, size=None).rows
    assert sum(each.total.minor for each in rows) == 5 * 950_00


def test_the_ages_leave_no_day_out() -> None:
    for before, after in pairwise(BUCKETS):
        assert before.most is not None and after.least == before.most + 1
