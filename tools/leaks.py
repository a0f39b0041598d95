# SPDX-License-Identifier: Apache-2.0
"""What no committed file may hold: addresses in lock files, secrets, paths of somebody's machine."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LOCK_FILES = ("requirements.txt", "requirements-dev.txt", "requirements-uv.txt")
TEXT_LIMIT_BYTES = 2_000_000

FORBIDDEN = {
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    "a live payment key": re.compile(r"\b[srp]k_live_[0-9A-Za-z]{16,}"),
    "a cloud access key": re.compile(r"\bAKIA[0-9A-Z]{16}\b"),
    "a package index": re.compile(r"(?:index|registry)[-_]url\s*[=\s]\s*[\"']?https?:", re.IGNORECASE),
    "a path of one machine": re.compile(r"(?<![\w.~-])/(?:home|Users|root)/[A-Za-z0-9_.-]+"),
}


def committed_files(root: Path) -> list[Path]:
    """Every file that git has or would take."""
    command = ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [path for name in listed.split("\0") if name and (path := root / name).is_file()]


def leaks(root: Path = ROOT) -> list[str]:
    """One line for each finding; never the secret itself."""
    found = [
        f"{name}: holds an address"
        for name in LOCK_FILES
        if "://" in (root / name).read_text(encoding="utf-8")
    ]
    for path in committed_files(root):
        content = path.read_bytes()
        if len(content) > TEXT_LIMIT_BYTES or b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8", errors="replace").splitlines(), start=1):
            found += [
                f"{path.relative_to(root)}:{number}: holds {what}"
                for what, pattern in FORBIDDEN.items()
                if pattern.search(line)
            ]
    return found


def main() -> int:
    found = leaks()
    print("\n".join(found) or "No address, secret or machine path in any file.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
