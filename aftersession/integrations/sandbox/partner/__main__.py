# SPDX-License-Identifier: Apache-2.0
"""Run the sandbox partner: `python -m aftersession.integrations.sandbox.partner --port 8090`."""

import argparse
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from aftersession.integrations.sandbox.partner.past import take_up
from aftersession.integrations.sandbox.partner.server import SandboxPartner


def main() -> None:
    options = _read_options()
    partner = SandboxPartner(port=options.port, data=options.data, clock=_clock(options.clock))
    for known in filter(None, os.environ.get("SANDBOX_ACCOUNTS", "").split(",")):
        secret_key, _, webhook_secret = known.partition(":")
        partner.books.register(secret_key, webhook_secret)
    if options.past:
        take_up(partner.books, options.past)

    def end(signal_number: int, frame: object) -> None:
        # Not from this thread: it is the one that serves, and it would wait for itself.
        threading.Thread(target=partner.shut_down).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    print(f"Sandbox partner: {partner.url}", flush=True)
    partner.serve_forever()


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="A payment partner to practise with.")
    parser.add_argument("--port", type=int, default=0, help="loopback port; 0 takes a free one")
    parser.add_argument("--data", type=Path, required=True, help="folder for the partner's books")
    parser.add_argument("--past", type=Path, help="payments from before these books, as JSON, one a line")
    parser.add_argument(
        "--clock",
        type=datetime.fromisoformat,
        help="let the clock run on from this instant (default: AFTERSESSION_CLOCK, or now)",
    )
    return parser.parse_args()


def _clock(begin: datetime | None) -> Callable[[], float]:
    wanted = os.environ.get("AFTERSESSION_CLOCK", "")
    begin = begin or (datetime.fromisoformat(wanted) if wanted else None)
    if begin is None:
        return time.time
    offset = begin.timestamp() - time.time()
    return lambda: time.time() + offset


main()
