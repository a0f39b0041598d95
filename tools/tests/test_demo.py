# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tools.demo import begin_again, choose_port, environment
from tools.postgres import free_port
from tools.supervise import SupervisorError


def test_it_takes_the_preferred_port_when_it_is_free() -> None:
    port = free_port()
    assert choose_port(port) == port


def test_it_takes_another_port_when_the_preferred_one_is_busy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as busy:
        taken = busy.getsockname()[1]
        assert choose_port(taken) != taken


def test_it_speaks_to_loopback_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    env = environment(tmp_path, {"web": 1, "sandbox": 2, "mail": 3})
    assert env["AFTERSESSION_URL"] == "http://localhost:1"
    assert env["SANDBOX_URL"] == "http://localhost:2"
    assert env["EMAIL_URL"] == "smtp://127.0.0.1:3"
    assert env["DATABASE_URL"] == f"sqlite:///{tmp_path}/aftersession.sqlite3"


def test_beginning_again_removes_the_demo_alone(tmp_path: Path) -> None:
    (tmp_path / "mail").mkdir()
    for name in ("mail/1.eml", "aftersession.sqlite3", "aftersession.sqlite3-wal", "backup.tar"):
        (tmp_path / name).touch()
    begin_again(tmp_path, "sqlite:///x")
    assert [path.name for path in tmp_path.iterdir()] == ["backup.tar"]


def test_it_never_empties_somebody_s_postgresql(tmp_path: Path) -> None:
    with pytest.raises(SupervisorError, match="empty your own database"):
        begin_again(tmp_path, "postgresql:///clinic")
