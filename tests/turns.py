# SPDX-License-Identifier: Apache-2.0
"""Two at once in one process: something happens at a chosen moment of a command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


@contextmanager
def just_before(statement: str, happens: Callable[[], object]) -> Iterator[None]:
    """Let something happen just before the first statement that begins so."""
    waiting = [happens]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if waiting and sql.startswith(statement):
            waiting.pop()()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert not waiting, f"{statement} was never run"
