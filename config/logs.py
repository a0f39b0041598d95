# SPDX-License-Identifier: Apache-2.0
"""The log: one line an event, of codes and names of code, never of what people typed.

Whoever reads the log must learn nothing about a client. So a line holds no query string, no body,
no token and no text of an exception (a database error quotes the row it refused).
"""

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

SECRET_PATHS = re.compile(r"(/p/|/password/reset/key/)[^/\s\"']+")
QUERY = re.compile(r"\?[^\s\"']*")


def without_secrets(line: str) -> str:
    """A line with the token of a payment or reset link, and every query string, taken out."""
    return QUERY.sub("", SECRET_PATHS.sub(r"\1...", line))


class LineFormatter(logging.Formatter):
    """`time level logger message key=value …`, values as JSON so that no input can begin a new line."""

    def format(self, record: logging.LogRecord) -> str:
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = json.dumps(without_secrets(record.getMessage()))
        line = f"{moment} {record.levelname} {record.name} {message}"
        facts: dict[str, Any] = getattr(record, "facts", {})
        for name, value in facts.items():
            line += f" {name}={json.dumps(without_secrets(str(value)))}"
        if record.exc_info and record.exc_info[0]:
            line += f" error={describe(record.exc_info[0], record.exc_info[2])}"
        return line


def describe(kind: type[BaseException], trace: TracebackType | None) -> str:
    """An exception as its class and where it passed, without its text."""
    frames = [f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in traceback.extract_tb(trace)]
    return json.dumps([f"{kind.__module__}.{kind.__qualname__}", *frames])


def logging_settings(level: str) -> dict[str, Any]:
    """Everything to standard error through the one formatter, Django's own loggers too."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": "config.logs.LineFormatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": "WARNING"},
        "loggers": {
            "aftersession": {"level": level},
            "django": {"handlers": [], "level": "WARNING", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }
