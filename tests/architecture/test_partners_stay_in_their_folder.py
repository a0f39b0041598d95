# SPDX-License-Identifier: Apache-2.0
"""A payment partner is one folder and one line in the settings: nothing else knows its name."""

import re
from pathlib import Path

from django.conf import settings

from aftersession.payments.registry import provider_kinds

ROOT = Path(__file__).resolve().parents[2]
KINDS = {".py", ".html", ".txt", ".js", ".css", ".typ", ".toml"}
# The sandbox is part of the demo and of everybody's tests.
PARTNERS = [kind for kind in provider_kinds() if kind != "sandbox"]


def test_nothing_outside_a_partners_folder_names_it() -> None:
    named = re.compile(rf"\b({'|'.join(PARTNERS)})", re.IGNORECASE)
    folders = tuple(f"aftersession/integrations/{kind}/" for kind in PARTNERS)
    lines = []
    for path in sorted(each for top in ("aftersession", "config") for each in (ROOT / top).rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix in KINDS and not name.startswith(folders):
            found = [
                line.strip() for line in path.read_text(encoding="utf-8").splitlines() if named.search(line)
            ]
            lines += [f"{name}: {line}" for line in found]
    registry = [f'config/settings.py: "{kind}": "{settings.PAYMENT_PROVIDERS[kind]}",' for kind in PARTNERS]
    assert sorted(lines) == sorted(registry)


def test_no_partner_uses_another_ones_folder() -> None:
    for kind in provider_kinds():
        others = "|".join(each for each in provider_kinds() if each != kind)
        for path in (ROOT / "aftersession" / "integrations" / kind).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert not re.search(rf"aftersession\.integrations\.({others})\b", text), path
