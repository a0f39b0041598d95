# SPDX-License-Identifier: Apache-2.0
"""The program that forks: each line of its input is an order, each line of its output what came of it.

An order names a database of its own and what to do there: `crash` or `race`, of which name, how often. One
that is `sabotaged` is carried out without the guard that its test is about: it must then find something.
Everything is loaded once, and each order is carried out by a child. No connection is open while it forks.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from django.conf import settings  # noqa: E402 — models need the set-up
from django.db import connection  # noqa: E402
from django.db.models import QuerySet  # noqa: E402

from aftersession.commands import command  # noqa: E402
from aftersession.commands.models import CommandKey  # noqa: E402
from aftersession.lib.codes import new_code  # noqa: E402
from aftersession.workflows.finalise import Step  # noqa: E402
from aftersession.workflows.invariants import check_invariants  # noqa: E402
from tests.billing import cash, complete  # noqa: E402
from tests.cast import make_cast  # noqa: E402
from tests.torture.crashing import torture  # noqa: E402
from tests.torture.flows import FLOWS  # noqa: E402
from tests.torture.races import RACES, run_race  # noqa: E402
from tests.torture.warm import in_child  # noqa: E402


@dataclass(frozen=True)
class Order:
    """What to do, on which database (a file or a name on the server), with which files and mail server."""

    what: str
    name: str
    number: int
    database: str
    folder: str
    mail_port: int = 0
    is_sabotaged: bool = False


def serve() -> None:
    for line in sys.stdin:
        order = Order(**json.loads(line))
        reply = in_child(lambda: carry_out(order))  # noqa: B023 — run at once
        print(json.dumps({"report": reply.value, "error": reply.error}), flush=True)


def carry_out(order: Order) -> dict[str, Any]:
    connection.settings_dict["NAME"] = order.database
    settings.DATA_DIR = Path(order.folder)
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", order.mail_port
    if order.is_sabotaged:
        sabotage(order.what)
    # Letters may leave at once: nothing here waits for somebody to undo it.
    cast = make_cast(undo_seconds=0)
    # So that the children find everything loaded. Nothing that starts threads, such as drawing a paper.
    complete(cast, Step.SEND_RECEIPT, payment=cash())
    list(check_invariants())
    connection.close()
    if order.what == "crash":
        return torture(FLOWS[order.name], cast, every=order.number)
    return run_race(RACES[order.name], cast, rounds=order.number)


def sabotage(what: str) -> None:
    """Commands that are no transaction, or that anybody may repeat: for the life of this process."""
    if what == "crash":
        patch.object(command, "transaction", SimpleNamespace(atomic=lambda **_named: nullcontext())).start()
        # Without a transaction PostgreSQL lets nobody lock a row: then nobody locks.
        patch.object(QuerySet, "select_for_update", lambda rows, **_named: rows.all()).start()
        return

    def claim_anew(claim: CommandKey) -> None:
        claim.key = new_code()
        claim.save(force_insert=True)

    patch.object(command, "_claim", claim_anew).start()


if __name__ == "__main__":
    serve()
