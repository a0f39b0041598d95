# SPDX-License-Identifier: Apache-2.0
"""A mail server on loopback that keeps each message as one file: the demo's post office.

`python -m tools.mailcatcher --port 8125 --maildir var/mail`
"""

from __future__ import annotations

import argparse
import os
import signal
import threading
import time
from pathlib import Path
from uuid import uuid4

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Writes `<time>-<random>.eml`; names sort by arrival."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        name = f"{time.time_ns()}-{uuid4().hex[:8]}.eml"
        unfinished = self.folder / f".{name}.part"
        with unfinished.open("wb") as stream:
            stream.write(envelope.original_content or b"")
            stream.flush()
            os.fsync(stream.fileno())
        # A reader sees the whole message or none, and 250 means it is on disk.
        unfinished.rename(self.folder / name)
        return "250 Kept"


def main() -> None:
    parser = argparse.ArgumentParser(description="Keep every mail that arrives as a file.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--maildir", type=Path, required=True)
    arguments = parser.parse_args()
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    options = {"enable_SMTPUTF8": True, "ident": "Aftersession demo"}
    controller = Controller(
        Keeper(arguments.maildir), hostname="127.0.0.1", port=arguments.port, server_kwargs=options
    )
    controller.start()
    ended.wait()
    controller.stop()


if __name__ == "__main__":
    main()
