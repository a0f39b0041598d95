# SPDX-License-Identifier: Apache-2.0
"""Forks of a warm process: everything is imported, nothing is connected, and each child may be killed.

Only for programs that have no connection open while they fork: it would be shared.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Reply:
    """What became of a child: what it returned, what it raised, or that it was killed."""

    value: Any = None
    error: str = ""
    kind: str = ""
    was_killed: bool = False

    @property
    def is_done(self) -> bool:
        return not (self.error or self.was_killed)


def in_child(act: Callable[[], Any]) -> Reply:
    """Run in a child of its own and wait for it."""
    return _wait(*_start(act))


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Reply]:
    """Run each in a child of its own, all let go at the same moment, each already connected."""
    gate_read, gate_write = os.pipe()
    ready_read, ready_write = os.pipe()

    def waiting(act: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            os.close(gate_write)
            connection.ensure_connection()
            os.write(ready_write, b".")
            os.read(gate_read, 1)  # ends when the last writer closes
            return act()

        return run

    children = [_start(waiting(act)) for act in acts]
    seen = 0
    while seen < len(acts):
        seen += len(os.read(ready_read, len(acts)))
    os.close(gate_write)
    replies = [_wait(*child) for child in children]
    for descriptor in (gate_read, ready_read, ready_write):
        os.close(descriptor)
    return replies


def must(reply: Reply) -> Any:
    """The value of a child that was not meant to fail."""
    if not reply.is_done:
        raise RuntimeError(f"a child that should have worked did not:\n{reply.error}")
    return reply.value


def _start(act: Callable[[], Any]) -> tuple[int, int]:
    assert connection.connection is None, "a connection would be carried across the fork"
    assert threading.active_count() == 1, "a fork has no threads but the one it came from"
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(writer)
        return child, reader
    try:
        reply = Reply(value=act())
    except BaseException as error:
        reply = Reply(error=traceback.format_exc(), kind=type(error).__name__, value=str(error))
    with os.fdopen(writer, "wb") as pipe:
        pipe.write(pickle.dumps(reply))
    connection.close()
    os._exit(0)


def _wait(child: int, reader: int) -> Reply:
    with os.fdopen(reader, "rb") as pipe:
        told = pipe.read()
    _child, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, f"a child died of signal {os.WTERMSIG(status)}"
        return Reply(was_killed=True)
    reply: Reply = pickle.loads(told)  # noqa: S301 — our own child's words
    return reply
