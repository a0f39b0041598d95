# SPDX-License-Identifier: Apache-2.0
"""DATABASE_URL read into Django's DATABASES, with what each engine needs to be a safe ledger.

`sqlite:///path` is relative to the project, `sqlite:////path` absolute;
`postgresql://user:password@host:port/name?sslmode=require` passes its options to libpq.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from config.sqlite import journal_mode, linked_version, use_bundled_library

BUSY_TIMEOUT_SECONDS = 10
CONNECTION_LIFE_SECONDS = 600
NETWORK_FILE_SYSTEMS = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "fuse.s3fs"})

# A stuck statement must not hold the invoice counter of a whole practice.
POSTGRESQL_SESSION = {
    "synchronous_commit": "on",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}


def database_settings(url: str, *, base_dir: Path) -> dict[str, Any]:
    """Django's settings for one address.

    Raises ImproperlyConfigured, naming the variable and never its value: it may hold a password.
    """
    scheme, separator, rest = url.partition("://")
    if separator and scheme == "sqlite":
        if not rest.startswith("/") or rest == "/":
            raise ImproperlyConfigured("DATABASE_URL: write sqlite:///path/to/file.")
        return sqlite_settings(base_dir / unquote(rest[1:]))
    if separator and scheme in {"postgres", "postgresql"}:
        return postgresql_settings(url)
    raise ImproperlyConfigured("DATABASE_URL must begin with sqlite:// or postgresql://.")


def sqlite_settings(path: Path, *, mounts: Path = Path("/proc/mounts")) -> dict[str, Any]:
    """SQLite as a ledger: every commit on disk, every transaction a writer from its first statement."""
    use_bundled_library()
    path.parent.mkdir(parents=True, exist_ok=True)
    if (kind := file_system_of(path, mounts=mounts)) in NETWORK_FILE_SYSTEMS:
        raise ImproperlyConfigured(
            f"DATABASE_URL: SQLite cannot lock files on a network file system ({kind}); "
            "use a local disk or PostgreSQL."
        )
    pragmas = (
        f"PRAGMA journal_mode={journal_mode(linked_version())}",
        "PRAGMA synchronous=FULL",
        # Without it, REPLACE deletes a row and the append-only triggers never hear of it.
        "PRAGMA recursive_triggers=ON",
    )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(path),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_TIMEOUT_SECONDS,
            "init_command": ";".join(pragmas),
        },
    }


def postgresql_settings(url: str) -> dict[str, Any]:
    """PostgreSQL at READ COMMITTED over kept connections, each tested before it is used again."""
    # Imported here, so that a machine that runs SQLite needs no libpq.
    from psycopg import IsolationLevel

    parts = urlsplit(url)
    name = unquote(parts.path.removeprefix("/"))
    try:
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured("DATABASE_URL: the port is not a number.") from error
    if not name:
        raise ImproperlyConfigured("DATABASE_URL: the database's name is missing.")
    session = " ".join(f"-c {key}={value}" for key, value in POSTGRESQL_SESSION.items())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        "CONN_MAX_AGE": CONNECTION_LIFE_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "isolation_level": IsolationLevel.READ_COMMITTED,
            "connect_timeout": BUSY_TIMEOUT_SECONDS,
            "options": session,
            **dict(parse_qsl(parts.query)),
        },
    }


def file_system_of(path: Path, *, mounts: Path) -> str:
    """The kind of file system a path lies on, or "" where the system does not tell (not Linux)."""
    try:
        table = mounts.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    target = path.resolve()
    longest, kind = -1, ""
    for line in table.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        if target.is_relative_to(point) and len(point.parts) >= longest:
            longest, kind = len(point.parts), fields[2]
    return kind
