# SPDX-License-Identifier: Apache-2.0
"""What this machine has of what the tests need, and how to get the rest where that is allowed."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tools.postgres import PostgresMissing, find_binaries

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROME = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def find_chromium() -> str | None:
    """The browser named by CHROMIUM, else one that is installed."""
    if given := os.environ.get("CHROMIUM"):
        return given
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    return found or (str(MAC_CHROME) if MAC_CHROME.exists() else None)


def has_postgresql() -> bool:
    """Whether tests can have a PostgreSQL: a server is named, or one can be started."""
    if os.environ.get("TEST_DATABASE_URL"):
        return True
    try:
        return bool(find_binaries())
    except PostgresMissing:
        return False


@dataclass(frozen=True)
class Need:
    """Something outside the locked environment, and Debian's package for it."""

    package: str
    is_met: Callable[[], bool]


CHROMIUM = Need("chromium", lambda: find_chromium() is not None)
POSTGRESQL = Need("postgresql", has_postgresql)


def obtain(need: Need) -> str:
    """Install what is needed where this machine allows it; "" when it is there, else why it is not."""
    if need.is_met():
        return ""
    if not shutil.which("apt-get"):
        return f"{need.package} is not installed, and there is no apt-get to install it with"
    if os.geteuid() != 0:
        return f"{need.package} is not installed; as root: apt-get install {need.package}"
    print(f"Installing the package {need.package}, which the tests need.", flush=True)
    refresh_packages()
    result = apt_get("install", "-y", "--no-install-recommends", need.package)
    if result.returncode or not need.is_met():
        return f"{need.package} could not be installed: {result.stderr.strip()[-300:]}"
    return ""


@functools.cache
def refresh_packages() -> None:
    """Read Debian's package lists anew, once; a stale list names files that have gone."""
    apt_get("update")


def apt_get(*arguments: str) -> subprocess.CompletedProcess[str]:
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "-q", *arguments]
    return subprocess.run(command, env=quiet, capture_output=True, text=True, check=False)
