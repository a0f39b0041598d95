# SPDX-License-Identifier: Apache-2.0
"""Every place where a process can die so that it matters: around each statement, commit, file step and mail step."""

from __future__ import annotations

import functools
import os
import signal
import smtplib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper


class Points:
    """Counts the places it comes by; at the chosen one the process dies, as with `kill -9`."""

    def __init__(self, deadly: int | None = None) -> None:
        self.deadly = deadly
        self.passed: list[str] = []

    def reach(self, label: str) -> None:
        if len(self.passed) == self.deadly:
            os.kill(os.getpid(), signal.SIGKILL)
        self.passed.append(label)

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Come by these places: before and after each statement and commit, and each step of files and mail."""
        with ExitStack() as stack:
            stack.enter_context(connection.execute_wrapper(self._statement))
            steps: tuple[tuple[Any, str], ...] = (
                (BaseDatabaseWrapper, "_commit"),
                (os, "replace"),
                (os, "fsync"),
                (os, "fdopen"),
                (Path, "mkdir"),
                (smtplib.SMTP, "connect"),
                (smtplib.SMTP, "mail"),
                (smtplib.SMTP, "rcpt"),
                (smtplib.SMTP, "data"),
                (smtplib.SMTP, "quit"),
            )
            for owner, name in steps:
                stack.enter_context(patch.object(owner, name, self._around(getattr(owner, name), name)))
            yield

    def _statement(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        words = " ".join(str(sql).split()[:3])
        self.reach(f"before {words}")
        result = execute(sql, params, many, context)
        self.reach(f"after {words}")
        return result

    def _around(self, step: Callable[..., Any], name: str) -> Callable[..., Any]:
        @functools.wraps(step)
        def run(*arguments: Any, **named: Any) -> Any:
            self.reach(f"before {name}")
            result = step(*arguments, **named)
            self.reach(f"after {name}")
            return result

        return run
