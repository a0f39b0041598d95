# SPDX-License-Identifier: Apache-2.0
"""`make bench`: what the product costs, each figure beside the raw limit of the same machine and run.

Prints the table of `docs/performance.md`. Not part of the tests: times on a shared machine vary, so
compare the ratios, and run it while nothing else does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tools.bench.figures import HEAD, Figure
from tools.postgres import postgres

ROOT = Path(__file__).parent.parent.parent


def run(part: str, url: str, data: str, *options: str) -> list[Figure]:
    """One part in a process of its own, on its own database."""
    env = {
        **os.environ,
        "AFTERSESSION_MODE": "test",
        "AFTERSESSION_DATA": data,
        "DATABASE_URL": url,
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    command = [sys.executable, "-m", "tools.bench.run", part, *options]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith("FIGURES ")]
    if done.returncode or not lines:
        sys.stderr.write(done.stdout[-2000:] + done.stderr[-4000:])
        return [Figure("", f"{part} on {url.partition(':')[0]}", "FAILED", "", False)]
    return [Figure(**each) for each in json.loads(lines[-1].removeprefix("FIGURES "))]


def database(url: str, name: str) -> str:
    """A fresh database beside the one of this address."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
    return url.rpartition("/")[0] + "/" + name


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and a tenth of the rows")
    arguments = parser.parse_args()
    rounds, size = ("60", "10000") if arguments.quick else ("300", "100000")
    figures: list[Figure] = []
    print(HEAD)
    with (
        tempfile.TemporaryDirectory(prefix="aftersession-bench-") as folder,
        postgres(durable=True) as server,
    ):
        for part in ("data", "web", "pages"):
            for engine in ("postgresql", "sqlite"):
                data = str(Path(folder) / f"{part}-{engine}")
                Path(data).mkdir()
                url = (
                    database(server, f"bench_{part}")
                    if engine == "postgresql"
                    else f"sqlite:///{data}/db.sqlite3"
                )
                found = run(part, url, data, "--rounds", rounds, "--size", size)
                for figure in found:
                    print(figure.line(), flush=True)
                figures += found
    return 1 if any(figure.value == "FAILED" for figure in figures) else 0


if __name__ == "__main__":
    sys.exit(main())
