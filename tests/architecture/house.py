# SPDX-License-Identifier: Apache-2.0
"""The sources and the staircase, as the tests beside this file look at them."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = (ROOT / "aftersession", ROOT / "config")


@cache
def steps() -> dict[str, int]:
    """Each app with its height: what stands further down in pyproject's layers has the smaller one."""
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = [
        each for each in pyproject["tool"]["importlinter"]["contracts"] if each["type"] == "layers"
    ]
    layers = reversed(contract["layers"])
    return {app.strip(): height for height, layer in enumerate(layers) for app in layer.split("|")}


def sources(*, suffix: str = ".py", tests: bool = False) -> Iterator[Path]:
    """The product's own files of one kind, in a fixed order; without tests unless asked for."""
    for folder in PRODUCT:
        for path in sorted(folder.rglob(f"*{suffix}")):
            if tests or "tests" not in path.parts:
                yield path


def name_of(path: Path) -> str:
    """A file as one would write it in a sentence: relative to the project."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def imports_of(path: Path) -> Iterator[str]:
    """Every module a file imports from, inside functions too."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
