# SPDX-License-Identifier: Apache-2.0
"""The program that forks: `python -m tests.torture.drive crash|race NAME NUMBER`, on the database in DATABASE_URL.

With `--sabotaged` the guard is taken away that the test is about: it must then find something.
Its last line is a report in JSON. No connection is open while it forks.
"""

from __future__ import annotations

import json
import os
import sys
from contextlib import nullcontext
from types import SimpleNamespace
from unittest.mock import patch

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
django.setup()

from django.db import connection  # noqa: E402 — models need the set-up
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


def main(what: str, name: str, number: int) -> None:
    # Letters may leave at once: nothing here waits for somebody to undo it.
    cast = make_cast(undo_seconds=0)
    # So that the children find everything loaded. Nothing that starts threads, such as drawing a paper.
    complete(cast, Step.SEND_RECEIPT, payment=cash())
    list(check_invariants())
    connection.close()
    if what == "crash":
        report = torture(FLOWS[name], cast, every=number)
    else:
        report = run_race(RACES[name], cast, rounds=number)
    print(json.dumps(report))


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
    if "--sabotaged" in sys.argv:
        sabotage(sys.argv[1])
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
