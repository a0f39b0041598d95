# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import pytest

from tools.check import Outcome, Stage, verdict

STAGE = Stage("tests in a browser", "browser", lambda: True)
PASSED = Outcome(STAGE, 1.5, True)
FAILED = Outcome(STAGE, 1.5, False)
MISSING = Outcome(STAGE, 0.0, False, "chromium is not installed")


def test_it_passes_when_every_stage_passed() -> None:
    assert verdict([PASSED, PASSED], {}) == 0


def test_it_fails_when_one_stage_failed() -> None:
    assert verdict([PASSED, FAILED, PASSED], {"ALLOW_MISSING": "1"}) == 1


def test_it_names_what_did_not_run_and_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict([PASSED, MISSING], {}) == 1
    assert "NOT RUN\n  tests in a browser: chromium is not installed" in capsys.readouterr().out


def test_a_laptop_may_miss_something() -> None:
    assert verdict([PASSED, MISSING], {"ALLOW_MISSING": "1"}) == 0


def test_ci_may_not_miss_anything() -> None:
    assert verdict([PASSED, MISSING], {"ALLOW_MISSING": "1", "CI": "true"}) == 1


def test_it_repeats_what_the_tests_noted_once_and_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict([PASSED, PASSED], {}, ["SKIPPED 3 contract checks", "SKIPPED 3 contract checks"]) == 0
    assert capsys.readouterr().out.count("SKIPPED 3 contract checks") == 1
