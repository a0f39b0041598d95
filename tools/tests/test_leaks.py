# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools.leaks import LOCK_FILES, leaks


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name in LOCK_FILES:
        (tmp_path / name).write_text("django==5.2 --hash=sha256:00\n")
    return tmp_path


def test_it_passes_a_clean_tree(tree: Path) -> None:
    assert leaks(tree) == []


def test_it_finds_an_address_in_a_lock_file(tree: Path) -> None:
    (tree / "requirements.txt").write_text("--find-links https:" + "//example.org\n")
    assert leaks(tree) == ["requirements.txt: holds an address"]


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN RSA " + "PRIVATE KEY-----",
        "key = 'sk_" + "live_0123456789abcdefXYZ'",
        "open('/ho" + "me/ann/notes.txt')",
        "AKIA" + "0123456789ABCDEF",
    ],
)
def test_it_finds_secrets_and_machine_paths_without_repeating_them(text: str, tree: Path) -> None:
    (tree / "a.py").write_text(f"# fine\n{text}\n")
    (found,) = leaks(tree)
    assert found.startswith("a.py:2: holds a")
    assert text not in found


def test_it_leaves_ignored_files_alone(tree: Path) -> None:
    (tree / ".gitignore").write_text(".env\n")
    (tree / ".env").write_text("AKIA" + "0123456789ABCDEF")
    assert leaks(tree) == []
