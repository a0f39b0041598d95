# SPDX-License-Identifier: Apache-2.0
"""The papers of the project say what is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from aftersession.workflows.invariants import CHECKS
from tests.architecture.house import ROOT, steps

PAPERS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "aftersession").rglob("*.md")])
LINK = re.compile(r"""(?:\]\(|src=")([^)"\s]+)""")


def names_of(paper: Path) -> str:
    return paper.relative_to(ROOT).as_posix()


def rows_of(paper: str) -> set[str]:
    """The first cells of a paper's tables that are set as code."""
    text = (ROOT / paper).read_text(encoding="utf-8")
    return set(re.findall(r"^\| `([\w.-]+)`", text, re.MULTILINE))


def test_every_dependency_has_its_row_and_no_row_is_about_nothing() -> None:
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [pyproject["project"]["dependencies"], *pyproject["dependency-groups"].values()]
    declared = {re.split(r"[\[<>=; ]", line)[0] for group in groups for line in group}
    assert rows_of("docs/dependencies.md") == declared


@pytest.mark.parametrize("paper", PAPERS, ids=names_of)
def test_every_link_between_papers_leads_somewhere(paper: Path) -> None:
    text = paper.read_text(encoding="utf-8")
    links = [link.partition("#")[0] for link in LINK.findall(text) if not link.startswith(("http", "#"))]
    assert [link for link in links if link and not (paper.parent / link).exists()] == []


def test_every_invariant_that_is_checked_is_explained() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (I-\d\d) ", text, re.MULTILINE) == list(CHECKS)


def test_the_staircase_on_paper_is_the_one_that_is_checked() -> None:
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    block = text.split("```")[1]
    written = re.findall(r"^(\w+)(?:/\S+)?(?: \| (\w+))?  ?", block, re.MULTILINE)
    on_paper = [name for line in written for name in line if name]
    heights = steps()
    assert sorted(on_paper) == sorted(heights)
    assert [heights[name] for name in on_paper] == sorted(heights.values())


@pytest.mark.parametrize("adr", sorted((ROOT / "docs/adr").glob("*.md")), ids=lambda path: path.stem[:4])
def test_a_decision_has_a_context_and_a_cost(adr: Path) -> None:
    text = adr.read_text(encoding="utf-8")
    assert text.startswith(f"# {int(adr.stem[:4])}. ")
    assert all(f"\n**{part}.** " in text for part in ("Context", "Decision", "What it costs"))
