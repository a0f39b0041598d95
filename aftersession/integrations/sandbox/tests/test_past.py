# SPDX-License-Identifier: Apache-2.0
"""Payments from before the partner's books began."""

import datetime
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from aftersession.integrations.sandbox.partner.books import Refusal
from aftersession.integrations.sandbox.partner.later import LaterBooks
from aftersession.integrations.sandbox.partner.past import take_up

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.UTC)
KEY = "sk_test_acacia_12345678"


@pytest.fixture
def books(tmp_path: Path) -> Iterator[LaterBooks]:
    found = LaterBooks(tmp_path / "books.sqlite3", clock=NOW.timestamp)
    found.register(KEY, "whsec_x")
    yield found
    found.close()


def told(tmp_path: Path, *days_ago: int) -> Path:
    """A file of one payment of 950.00 for each of these days before today."""
    file = tmp_path / "past.jsonl"
    lines = [
        {
            "account": "acacia",
            "id": f"past-{days}",
            "reference": f"R-{days}",
            "amount": 950_00,
            "currency": "ZAR",
            "paid_at": int((NOW - datetime.timedelta(days=days)).timestamp()),
            "webhook_url": "http://localhost:9/webhooks/",
        }
        for days in days_ago
    ]
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def test_what_was_paid_before_is_known_and_can_be_given_back(books: LaterBooks, tmp_path: Path) -> None:
    assert take_up(books, told(tmp_path, 30, 0)) == 2
    payment = books.payment_of_reference("R-30", account="acacia")
    assert (payment["state"], payment["amount"], payment["fee"]) == ("succeeded", 950_00, 27_55)
    assert books.refund_by_hand(payment, 950_00)["amount"] == 950_00
    with pytest.raises(Refusal):
        books.refund_by_hand(payment, 1)


def test_the_days_before_are_paid_out_each_on_the_next_and_today_waits(
    books: LaterBooks, tmp_path: Path
) -> None:
    take_up(books, told(tmp_path, 30, 20, 3, 0))
    payouts = books.payouts_since("acacia", "2026-11-01")
    assert [(each["paid_on"], len(each["lines"])) for each in payouts] == [
        ("2026-11-16", 2),
        ("2026-11-21", 1),
    ]
    assert sum(each["amount"] for each in payouts) == 3 * (950_00 - 27_55)


def test_the_same_file_again_changes_nothing(books: LaterBooks, tmp_path: Path) -> None:
    file = told(tmp_path, 5, 0)
    take_up(books, file)
    payouts = books.payouts_since("acacia", "2026-11-01")
    assert take_up(books, file) == 0
    assert books.payouts_since("acacia", "2026-11-01") == payouts
    assert take_up(books, tmp_path / "none.jsonl") == 0
