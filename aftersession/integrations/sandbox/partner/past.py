# SPDX-License-Identifier: Apache-2.0
"""A past that the partner was not there for: payments told to it in a file, and the payouts that followed."""

import datetime
import json
from pathlib import Path

from aftersession.integrations.sandbox.partner.books import Refusal
from aftersession.integrations.sandbox.partner.later import LaterBooks

PAYOUTS_OF_DAYS = 7


def take_up(books: LaterBooks, file: Path) -> int:
    """Keep the payments of a file (JSON, one a line) that are not known yet; how many. Safe to repeat.

    A line holds `account`, `id`, `reference`, `amount`, `currency`, `paid_at` (Unix time) and `webhook_url`.
    If any was new, what came by the day before goes out in one payout for each day of the last week.
    """
    lines = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    new = [line["account"] for line in lines if books.remember_payment(line)]
    today = datetime.datetime.fromtimestamp(books.clock(), datetime.UTC).date()
    for account in sorted(set(new)):
        for ago in range(PAYOUTS_OF_DAYS, 0, -1):
            _pay_out(books, account, today - datetime.timedelta(days=ago))
    return len(new)


def _pay_out(books: LaterBooks, account: str, day: datetime.date) -> None:
    midnight = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    try:
        books.pay_out(account, on=day, came_before=midnight.timestamp())
    except Refusal as refusal:
        if refusal.code != "nothing_due":
            raise
