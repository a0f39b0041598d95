# SPDX-License-Identifier: Apache-2.0
"""Which SQLite library the process uses, and which journal is safe with it.

SQLite 3.7.0 to 3.51.2 can damage a database when a write-ahead log is reset while another
connection reads it (repaired in 3.51.3 and, for two older lines, in 3.44.6 and 3.50.7). The
environment therefore brings its own library where a wheel exists for the platform.
"""

from __future__ import annotations

import importlib
import logging
import sys

Version = tuple[int, int, int]

FIRST_WITH_RESET_BUG: Version = (3, 7, 0)
FIRST_REPAIRED: Version = (3, 51, 3)
REPAIRED_OLDER_LINES: dict[tuple[int, int], int] = {(3, 44): 6, (3, 50): 7}

log = logging.getLogger(__name__)


def use_bundled_library() -> None:
    """Put the bundled SQLite in place of the system's; call it before Django is imported."""
    try:
        bundled = importlib.import_module("pysqlite3")
        dbapi2 = importlib.import_module("pysqlite3.dbapi2")
    except ImportError:
        return
    sys.modules["sqlite3"] = bundled
    sys.modules["sqlite3.dbapi2"] = dbapi2


def linked_version() -> Version:
    """The version of the SQLite library behind `sqlite3`, as three numbers."""
    library = importlib.import_module("sqlite3")
    major, minor, patch = library.sqlite_version_info
    return major, minor, patch


def has_reset_bug(version: Version) -> bool:
    """Whether the write-ahead log of this SQLite version can damage the database."""
    if not FIRST_WITH_RESET_BUG <= version < FIRST_REPAIRED:
        return False
    repaired_patch = REPAIRED_OLDER_LINES.get(version[:2])
    return repaired_patch is None or version[2] < repaired_patch


def journal_mode(version: Version) -> str:
    """`WAL` where it is safe; else `DELETE`, slower but sound, with a notice in the log."""
    if not has_reset_bug(version):
        return "WAL"
    log.warning(
        "SQLite %s has the write-ahead log reset bug; using the rollback journal instead, "
        "which is sound but slower. SQLite 3.51.3 or later removes this notice.",
        ".".join(map(str, version)),
    )
    return "DELETE"
