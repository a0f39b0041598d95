# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import logging
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from config.database import database_settings, file_system_of, sqlite_settings
from config.sqlite import Version, has_reset_bug, journal_mode

SQLITE_FACTS = ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "busy_timeout")


@pytest.mark.parametrize("version", [(3, 7, 0), (3, 40, 1), (3, 44, 5), (3, 50, 6), (3, 51, 2)])
def test_it_knows_the_versions_that_can_lose_the_log(version: Version) -> None:
    assert has_reset_bug(version)


@pytest.mark.parametrize("version", [(3, 6, 23), (3, 44, 6), (3, 50, 7), (3, 51, 3), (3, 53, 4), (4, 0, 0)])
def test_it_knows_the_versions_that_are_safe(version: Version) -> None:
    assert not has_reset_bug(version)


def test_it_falls_back_to_the_rollback_journal_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert journal_mode((3, 40, 1)) == "DELETE"
    assert "SQLite 3.40.1" in caplog.text


def test_it_makes_every_sqlite_connection_a_safe_ledger(tmp_path: Path) -> None:
    options = database_settings("sqlite:///kept/a.sqlite3", base_dir=tmp_path)["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert options["timeout"] == 10
    assert "synchronous=FULL" in options["init_command"]
    assert "recursive_triggers=ON" in options["init_command"]


def test_it_takes_an_absolute_sqlite_path(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/b.sqlite3"
    assert database_settings(url, base_dir=Path("elsewhere"))["NAME"] == f"{tmp_path}/b.sqlite3"


def test_it_refuses_sqlite_on_a_network_file_system(tmp_path: Path) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {tmp_path} nfs4 rw 0 0\n")
    with pytest.raises(ImproperlyConfigured, match="nfs4"):
        sqlite_settings(tmp_path / "a.sqlite3", mounts=mounts)


def test_it_cannot_tell_the_file_system_without_a_mount_table(tmp_path: Path) -> None:
    assert file_system_of(tmp_path, mounts=tmp_path / "absent") == ""


def test_it_reads_every_part_of_a_postgresql_address(tmp_path: Path) -> None:
    url = "postgresql://ann:p%40ss@db.example:6432/clinic?sslmode=require"
    settings = database_settings(url, base_dir=tmp_path)
    assert (settings["USER"], settings["PASSWORD"]) == ("ann", "p@ss")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", "6432", "clinic")
    assert settings["OPTIONS"]["sslmode"] == "require"
    assert settings["OPTIONS"]["isolation_level"].name == "READ_COMMITTED"
    assert settings["CONN_HEALTH_CHECKS"] is True


@pytest.mark.parametrize(
    "url", ["mysql://a/b", "aftersession.sqlite3", "sqlite://a/b", "postgres://host", "postgres://h:x/n"]
)
def test_it_refuses_what_it_cannot_read_without_repeating_it(url: str, tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured) as refusal:
        database_settings(url, base_dir=tmp_path)
    assert "DATABASE_URL" in str(refusal.value)
    assert url not in str(refusal.value)


@pytest.mark.django_db
def test_it_reaches_the_database_as_it_says() -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            found = [cursor.execute(f"PRAGMA {name}").fetchone()[0] for name in SQLITE_FACTS]
            assert found == ["wal", 2, 1, 1, 10_000]
        else:
            cursor.execute("SELECT current_setting('transaction_isolation'), current_setting('lock_timeout')")
            assert cursor.fetchone() == ("read committed", "10s")
