# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL cluster that lives as long as one command: `python -m tools.postgres COMMAND …`.

The command finds the cluster in DATABASE_URL. TEST_DATABASE_URL names another server instead,
and nothing is started then. PostgreSQL refuses to run as root, so root starts it as `postgres`.
"""

from __future__ import annotations

import argparse
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SERVER_USER = "postgres"
# A crash of the machine may lose a test's data; that is what makes the tests fast.
NOT_DURABLE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class PostgresMissing(RuntimeError):
    """No PostgreSQL binaries on this machine."""


def find_binaries() -> Path:
    """The folder that holds `initdb` and `pg_ctl`, the newest version first."""
    packaged = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    for initdb in sorted(packaged, key=lambda path: int(path.parts[-3].split(".")[0]), reverse=True):
        return initdb.parent
    for program in ("initdb", "pg_ctl"):
        if found := shutil.which(program):
            return Path(found).resolve().parent
    raise PostgresMissing("PostgreSQL is not installed.")


def free_port() -> int:
    """A TCP port on loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Cluster:
    """One cluster in one temporary folder; `start` and `stop` may be called once each."""

    def __init__(self, *, durable: bool) -> None:
        self.binaries = find_binaries()
        self.durable = durable
        self.as_root = os.geteuid() == 0
        self.port = free_port()
        self.folder = Path(tempfile.mkdtemp(prefix="aftersession-pg-"))

    @property
    def url(self) -> str:
        return f"postgresql://{self.user}@127.0.0.1:{self.port}/postgres"

    @property
    def user(self) -> str:
        return SERVER_USER if self.as_root else pwd.getpwuid(os.geteuid()).pw_name

    def start(self) -> None:
        if self.as_root:
            shutil.chown(self.folder, SERVER_USER)
        self._run("initdb", "-D", self._data, "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8")
        settings = [
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            f"unix_socket_directories={self.folder}",
            "max_connections=100",
            *(() if self.durable else NOT_DURABLE),
        ]
        options = " ".join(f"-c {setting}" for setting in settings)
        self._run(
            "pg_ctl", "-D", self._data, "-w", "-s", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        if (Path(self._data) / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self._data, "-w", "-s", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self.binaries / program), *arguments]
        if self.as_root:
            command = ["runuser", "-u", SERVER_USER, "--", *command]
        # pg_ctl's server inherits a pipe and would hold it open for ever; a file it may keep.
        with tempfile.TemporaryFile("w+") as output:
            result = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, cwd="/", check=False)
            if result.returncode:
                output.seek(0)
                raise RuntimeError(f"{program} failed:\n{output.read()}")


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """The address of a server for the time of the block.

    Raises PostgresMissing where there is no PostgreSQL to start.
    """
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield given
        return
    cluster = Cluster(durable=durable)
    try:
        cluster.start()
        yield cluster.url
    finally:
        cluster.stop()


def main() -> int:
    parser = argparse.ArgumentParser(
        description="Run a command with DATABASE_URL naming a throw-away PostgreSQL."
    )
    parser.add_argument("--durable", action="store_true", help="write through to disk, as in production")
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with postgres(durable=arguments.durable) as url:
            command = arguments.command or ["psql", url]
            return subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=False).returncode
    except PostgresMissing as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
