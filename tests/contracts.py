# SPDX-License-Identifier: Apache-2.0
"""The contracts that partners publish: files that are not part of the project.

`AFTERSESSION_CONTRACTS` names their folder. A test that needs one is marked
`@pytest.mark.contract("name.yaml")` and reads it from `contract_file`. Without the file it is skipped and
counted in one line at the end of the run; with `REQUIRE_CONTRACTS=1` it fails.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

DEFAULT = Path(__file__).parents[2] / "shared" / "data" / "contracts"
ABSENT = "no contract files"


def contract_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the files are looked for, whether or not there are any."""
    named = environ.get("AFTERSESSION_CONTRACTS", "")
    return Path(named) if named else DEFAULT


def contract_file(name: str) -> Path:
    """The file of that name. Skips the test without it, or fails it where contracts are required."""
    path = contract_folder() / name
    if not path.is_file():
        missing = f"{ABSENT} at {contract_folder()}"
        if os.environ.get("REQUIRE_CONTRACTS") == "1":
            pytest.fail(f"{missing}: {name} is required", pytrace=False)
        pytest.skip(missing)
    return path


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "contract(name): needs this file among the partners' contracts")


def pytest_runtest_setup(item: pytest.Item) -> None:
    for mark in item.iter_markers("contract"):
        contract_file(*mark.args)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = [report for report in terminalreporter.stats.get("skipped", []) if ABSENT in _reason(report)]
    if not skipped:
        return
    line = f"SKIPPED {len(skipped)} contract checks: {ABSENT} at {contract_folder()}"
    terminalreporter.write_line(line)
    if notes := os.environ.get("AFTERSESSION_NOTES"):
        with Path(notes).open("a", encoding="utf-8") as file:
            print(line, file=file)


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
