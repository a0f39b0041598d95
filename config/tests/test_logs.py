# SPDX-License-Identifier: Apache-2.0
import logging
import sys

import pytest

from config.logs import LineFormatter


def line(message: str, *arguments: object, **facts: object) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, __file__, 1, message, arguments, None)
    record.facts = facts
    return LineFormatter().format(record)


@pytest.mark.parametrize(
    "path",
    [
        "/p/Zk3_canary-token/",
        "/p/canary",
        "/account/password/reset/key/1-canary/",
        "/clients/?q=canary&sort=name",
    ],
)
def test_a_token_or_query_never_reaches_the_log(path: str) -> None:
    assert "canary" not in line("%s: %s", "Not Found", path)
    assert "canary" not in line("refused", route=path)


def test_what_was_typed_cannot_begin_a_line_of_its_own() -> None:
    written = line("Forbidden: %s", "/x\n2026-01-01 INFO all is well\r\u2028", value="a\nb")
    assert len(written.splitlines()) == 1


def test_a_fault_is_told_without_its_text() -> None:
    try:
        raise ValueError("Key (name)=(canary) already exists")
    except ValueError:
        record = logging.LogRecord("django", logging.ERROR, __file__, 1, "fault", (), sys.exc_info())
    written = LineFormatter().format(record)
    assert "canary" not in written
    assert "builtins.ValueError" in written
    assert "test_logs.py" in written


def test_facts_stand_beside_the_message() -> None:
    assert line("refused", route="desk", status=403).endswith('"refused" route="desk" status="403"')
