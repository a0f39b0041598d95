# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
from pathlib import Path

import pytest

from tools.machine import Need, find_chromium, obtain, refresh_packages


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that programs are looked for in."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    refresh_packages.cache_clear()
    return tmp_path


def have_apt_get(programs: Path, installs: str) -> None:
    script = f'#!/bin/sh\necho "$*" >> "{programs}/log"\ncase "$*" in *install*{installs}) : > "{programs}/done" ;; esac\n'
    (programs / "apt-get").write_text(script)
    (programs / "apt-get").chmod(0o755)


def test_it_asks_for_nothing_that_is_there(programs: Path) -> None:
    assert obtain(Need("chromium", lambda: True)) == ""


def test_it_installs_as_root_after_reading_the_lists_and_says_so(
    programs: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    have_apt_get(programs, installs="chromium")
    assert obtain(Need("chromium", (programs / "done").exists)) == ""
    assert "Installing the package chromium" in capsys.readouterr().out
    assert (programs / "log").read_text().splitlines()[0] == "-q update"


def test_it_says_when_the_package_cannot_be_had(programs: Path) -> None:
    have_apt_get(programs, installs="nothing")
    assert "chromium could not be installed" in obtain(Need("chromium", lambda: False))


def test_it_says_what_to_install_where_it_may_not(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    have_apt_get(programs, installs="chromium")
    assert obtain(Need("chromium", lambda: False)).endswith("as root: apt-get install chromium")


def test_it_says_when_there_is_no_apt_get(programs: Path) -> None:
    assert "no apt-get" in obtain(Need("chromium", lambda: False))


def test_a_named_browser_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", "/opt/chromium")
    assert find_chromium() == "/opt/chromium"
