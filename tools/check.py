# SPDX-License-Identifier: Apache-2.0
"""Everything CI runs, in its order: `python -m tools.check [--only lint|types|…]`.

A failing stage hides no later one. What this machine lacks is installed where that is allowed, else
listed under NOT RUN, and then the run fails; ALLOW_MISSING=1 lets a laptop pass, never CI. The one
exception are the partners' contract files, which are nobody's to hand out: without them the checks that
need them are counted as SKIPPED, and only REQUIRE_CONTRACTS=1 fails.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.machine import CHROMIUM, POSTGRESQL, Need, obtain
from tools.postgres import postgres

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
QUICK_TESTS = ["-n", "2", "--dist", "worksteal", "-m", "not browser"]


@dataclass(frozen=True)
class Stage:
    """One thing CI runs; `run` says whether it went well."""

    title: str
    group: str
    run: Callable[[], bool]
    needs: tuple[Need, ...] = ()


@dataclass
class Outcome:
    stage: Stage
    seconds: float
    passed: bool
    missing: str = ""


def run(*command: str | Path, env: Mapping[str, str] | None = None) -> bool:
    """One command with its output as it comes; whether it ended with 0."""
    sys.stdout.flush()
    environment = {**os.environ, **(env or {})}
    return (
        subprocess.run([str(part) for part in command], cwd=ROOT, env=environment, check=False).returncode
        == 0
    )


def python(*arguments: str, env: Mapping[str, str] | None = None) -> bool:
    return run(sys.executable, *arguments, env=env)


def check_style() -> bool:
    # A list, not `and`: each says what it finds.
    results = [
        run(BIN / "ruff", "format", "--check", "--quiet", "."),
        run(BIN / "ruff", "check", "--quiet", "."),
        run(BIN / "djlint", "--lint", "--quiet", "--allow-empty-input", "aftersession"),
    ]
    return all(results)


def check_migrations() -> bool:
    with tempfile.TemporaryDirectory() as folder:
        env = {"DATABASE_URL": f"sqlite:///{folder}/empty.sqlite3"}
        return python("manage.py", "makemigrations", "--check", "--dry-run", env=env)


def test_on_sqlite() -> bool:
    return python("-m", "pytest", *QUICK_TESTS, env={"DATABASE_URL": ""})


def test_on_postgresql() -> bool:
    with postgres() as url:
        return python("-m", "pytest", *QUICK_TESTS, env={"DATABASE_URL": url})


def test_in_browser() -> bool:
    return python("-m", "pytest", "-n", "2", "-m", "browser", env={"DATABASE_URL": ""})


STAGES = (
    Stage("format and lint", "lint", check_style),
    Stage("addresses and secrets", "lint", lambda: python("-m", "tools.leaks")),
    Stage("types", "types", lambda: run(BIN / "mypy")),
    Stage("layers", "lint", lambda: run(BIN / "lint-imports", "--no-logo")),
    Stage("pending migrations", "migrations", check_migrations),
    Stage("message files", "messages", lambda: python("-m", "tools.messages")),
    Stage("tests on SQLite", "sqlite", test_on_sqlite),
    Stage("tests on PostgreSQL", "postgresql", test_on_postgresql, (POSTGRESQL,)),
    Stage("tests in a browser", "browser", test_in_browser, (CHROMIUM,)),
)


def perform(stage: Stage) -> Outcome:
    print(f"\n=== {stage.title}", flush=True)
    started = time.monotonic()
    missing = "; ".join(filter(None, map(obtain, stage.needs)))
    try:
        passed = not missing and stage.run()
    except (OSError, RuntimeError) as error:
        print(error, flush=True)
        passed = False
    return Outcome(stage, time.monotonic() - started, passed, missing)


def verdict(outcomes: list[Outcome], environ: Mapping[str, str], notes: Iterable[str] = ()) -> int:
    """Print a line for each stage, what did not run, and what tests noted; 0 when nothing stands against it."""
    print()
    for outcome in outcomes:
        word = "not run" if outcome.missing else "passed" if outcome.passed else "FAILED"
        print(f"{outcome.seconds:7.1f} s  {word:8} {outcome.stage.title}")
    print(f"{sum(outcome.seconds for outcome in outcomes):7.1f} s  in all")
    missing = [outcome for outcome in outcomes if outcome.missing]
    if missing:
        print("\nNOT RUN")
        for outcome in missing:
            print(f"  {outcome.stage.title}: {outcome.missing}")
    for note in dict.fromkeys(notes):
        print(f"\n{note}")
    failed = [outcome for outcome in outcomes if not outcome.passed and not outcome.missing]
    in_ci = environ.get("CI", "") not in ("", "0", "false")
    may_miss = environ.get("ALLOW_MISSING") == "1" and not in_ci
    return 1 if failed or (missing and not may_miss) else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Run everything CI runs, in its order.")
    parser.add_argument("--only", choices=sorted({stage.group for stage in STAGES}))
    only = parser.parse_args().only
    # So that an ended run also ends the database it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    os.environ["AFTERSESSION_MODE"] = "test"
    with tempfile.NamedTemporaryFile("r", encoding="utf-8") as notes:
        # What a test run wants said at the very end, in `tests/contracts.py`.
        os.environ["AFTERSESSION_NOTES"] = notes.name
        outcomes = [perform(stage) for stage in STAGES if only in (None, stage.group)]
        return verdict(outcomes, os.environ, notes.read().splitlines())


if __name__ == "__main__":
    sys.exit(main())
