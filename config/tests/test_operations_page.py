# SPDX-License-Identifier: Apache-2.0
"""Each environment variable has its row in `docs/operations.md`, and no row is about nothing."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READERS = {
    "text",
    "choice",
    "flag",
    "number",
    "folder",
    "moment",
    "origin",
    "secret",
    "secrets",
    "keys",
    "required_keys",
}
SECRET_READERS = {"secret", "secrets", "keys", "required_keys"}
ROW = re.compile(r"^\| `([A-Z_]+)`( \*\(file\)\*)? \|", re.MULTILINE)


def variables(readers: set[str]) -> set[str]:
    """The names that the settings read with one of these readers."""
    found = set()
    for node in ast.walk(ast.parse((ROOT / "config" / "settings.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            reader = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if reader in readers:
                found.add(str(node.args[0].value))
    return found


def rows() -> dict[str, bool]:
    """The variables of the page, and whether each may come from a file."""
    page = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return {name: bool(file) for name, file in ROW.findall(page)}


def test_the_page_has_exactly_the_variables_that_are_read() -> None:
    assert set(rows()) == variables(READERS)


def test_the_page_says_which_may_come_from_a_file() -> None:
    assert {name for name, is_file in rows().items() if is_file} == variables(SECRET_READERS)
