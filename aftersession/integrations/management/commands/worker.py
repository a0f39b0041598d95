# SPDX-License-Identifier: Apache-2.0
"""The worker: everything that leaves the building or comes from outside, one job after the other."""

import logging
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import close_old_connections

from aftersession.audit.sealing import seal_all
from aftersession.documents.actions import produce_pending, sweep_strays
from aftersession.integrations.apply_notices import apply_due_notices
from aftersession.integrations.inbox import keep_misfit
from aftersession.messaging.delivery import deliver_due
from aftersession.workflows.change_partner import wipe_ended_keys
from aftersession.workflows.produce_documents import link_address
from aftersession.workflows.remind import send_due_reminders
from aftersession.workflows.settle_reference import settle_reference
from aftersession.workflows.sweep_partners import sweep_partners
from aftersession.workflows.watch_attempts import watch_attempts
from aftersession.workflows.watch_refunds import watch_refunds

log = logging.getLogger("aftersession.worker")


@dataclass
class Job:
    """One kind of work. `run` does what is due and says how much that was; `every` is in seconds."""

    name: str
    run: Callable[[], int]
    every: float
    next_at: float = 0.0


def jobs() -> list[Job]:
    """What the worker does, in the order in which one thing waits for another."""
    return [
        Job("apply notices", lambda: apply_due_notices(settle=settle_reference), 0.5),
        Job("watch attempts", watch_attempts, 5),
        Job("watch refunds", watch_refunds, 5),
        Job("sweep partners", lambda: sweep_partners(keep=keep_misfit), 300),
        Job("produce documents", lambda: produce_pending(limit=20, link_of=link_address), 1),
        Job("send messages", lambda: deliver_due(link_of=link_address), 0.5),
        Job("queue reminders", send_due_reminders, 60),
        Job("seal the log", seal_all, 60),
        Job("wipe ended keys", wipe_ended_keys, 3600),
        Job("sweep stray files", sweep_strays, 3600),
    ]


class Command(BaseCommand):
    help = "Send messages, make documents and follow payments until told to stop."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="do what is due now, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        if not options["once"]:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_args: stop.set())
        work = jobs()
        while True:
            done = sum(_run(job) for job in work if options["once"] or job.next_at <= time.monotonic())
            if options["once"] or stop.wait(0 if done else 0.25):
                return


def _run(job: Job) -> int:
    """Run one job; whatever goes wrong in it is logged and must not stop the others."""
    job.next_at = time.monotonic() + job.every
    try:
        close_old_connections()
        return job.run()
    except Exception:
        log.exception("job_failed", extra={"facts": {"job": job.name}})
        job.next_at = time.monotonic() + max(job.every, 5)
        return 0
