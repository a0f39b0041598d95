# SPDX-License-Identifier: Apache-2.0
"""A few processes that live and die together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

Say = Callable[[str], None]

START_LIMIT_SECONDS = 60.0
STOP_LIMIT_SECONDS = 10.0
POLL_SECONDS = 0.1
# A process that died this often in a row will not get better by itself.
MOST_RESTARTS = 5
# One that ran this long has recovered: its restarts count from nothing again.
HEALTHY_SECONDS = 60.0


class SupervisorError(RuntimeError):
    """A process did not start or would not stay; the message says which."""


def always_ready() -> bool:
    """For a process that answers nobody."""
    return True


@dataclass
class Service:
    """One command, and how to tell that it is ready for work."""

    name: str
    command: Sequence[str]
    is_ready: Callable[[], bool] = always_ready
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    restarts: int = 0
    restart_at: float | None = None


@dataclass
class Supervisor:
    """Starts services, restarts one that dies, and leaves none behind.

    `run` returns after `stop`, or after a signal that `listen` caught; it raises SupervisorError
    when a service cannot be kept alive. All are ended in every case. What services print goes to a
    file each in `logs`, or to the terminal without it.
    """

    services: list[Service]
    env: Mapping[str, str]
    say: Say
    logs: Path | None = None
    is_stopping: bool = field(default=False, init=False)

    def listen(self) -> None:
        """End in order on Ctrl-C, on TERM and when the terminal closes."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: self.stop())

    def stop(self) -> None:
        self.is_stopping = True

    def run(self, *, when_ready: Callable[[], None]) -> None:
        try:
            for service in self.services:
                self._start(service)
            self._wait_until_ready()
            if not self.is_stopping:
                when_ready()
            while not self.is_stopping:
                time.sleep(POLL_SECONDS)
                self._watch()
        finally:
            self._end_all()

    def _start(self, service: Service) -> None:
        # A session of its own: Ctrl-C reaches the supervisor alone, and the whole group can be ended.
        with contextlib.ExitStack() as stack:
            log = stack.enter_context(self._log(service).open("ab")) if self.logs else None
            service.process = subprocess.Popen(
                service.command, env=dict(self.env), start_new_session=True, stdout=log, stderr=log
            )
        service.started_at = time.monotonic()
        service.restart_at = None

    def _hint(self, service: Service) -> str:
        return f" Its words are in {self._log(service)}." if self.logs else ""

    def _log(self, service: Service) -> Path:
        assert self.logs is not None
        self.logs.mkdir(parents=True, exist_ok=True)
        return self.logs / f"{service.name.lower().removeprefix('the ').replace(' ', '-')}.log"

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_LIMIT_SECONDS
        waiting = list(self.services)
        while waiting and not self.is_stopping:
            for service in waiting:
                if service.process is not None and service.process.poll() is not None:
                    raise SupervisorError(f"{service.name} ended while it started.{self._hint(service)}")
            waiting = [service for service in waiting if not service.is_ready()]
            if waiting and time.monotonic() > deadline:
                names = ", ".join(service.name for service in waiting)
                raise SupervisorError(f"Still not ready after {START_LIMIT_SECONDS:.0f} seconds: {names}.")
            time.sleep(POLL_SECONDS)

    def _watch(self) -> None:
        now = time.monotonic()
        for service in self.services:
            if service.restart_at is not None:
                if now >= service.restart_at:
                    self._start(service)
            elif service.process is not None and service.process.poll() is not None:
                self._plan_restart(service, now)

    def _plan_restart(self, service: Service, now: float) -> None:
        assert service.process is not None
        # Children of the dead process may still hold its port.
        end_group(service.process, signal.SIGKILL)
        if now - service.started_at > HEALTHY_SECONDS:
            service.restarts = 0
        service.restarts += 1
        if service.restarts > MOST_RESTARTS:
            raise SupervisorError(f"{service.name} ended {service.restarts} times in a row.")
        pause = 0.5 * 2 ** (service.restarts - 1)
        service.restart_at = now + pause
        code = service.process.returncode
        self.say(f"{service.name} ended with {code}; starting it again in {pause:g} seconds.")

    def _end_all(self) -> None:
        running = [service.process for service in self.services if service.process is not None]
        for process in running:
            end_group(process, signal.SIGTERM)
        deadline = time.monotonic() + STOP_LIMIT_SECONDS
        for process in running:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(max(0.0, deadline - time.monotonic()))
        for process in running:
            end_group(process, signal.SIGKILL)
            process.wait()


def end_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    """Signal a process and all it started; a group that has gone already is well."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
