# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tools.supervise import Service, Supervisor, SupervisorError

# A process with a child in its group; it writes both ids and stays.
FAMILY = """
import os, pathlib, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
pathlib.Path(sys.argv[1] + ".part").write_text(f"{os.getpid()} {child.pid}")
os.rename(sys.argv[1] + ".part", sys.argv[1])
time.sleep(60)
"""

# A supervisor in a process of its own, since it listens to signals.
SUPERVISOR = """
import os, pathlib, sys
from tools.supervise import Service, Supervisor
family, *files = sys.argv[1:]
services = [Service(f, [sys.executable, "-c", family, f], pathlib.Path(f).exists) for f in files]
supervisor = Supervisor(services, os.environ, print)
supervisor.listen()
supervisor.run(when_ready=lambda: print("ready", flush=True))
"""


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A zombie has ended, and waits for a parent to look.
    stat = Path(f"/proc/{pid}/stat")
    return not (stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z")


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    deadline = time.monotonic() + seconds
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.05)
    return holds()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_every_process_and_its_children(number: signal.Signals, tmp_path: Path) -> None:
    files = [str(tmp_path / name) for name in ("one", "two")]
    command = [sys.executable, "-c", SUPERVISOR, FAMILY, *files]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as supervisor:
        assert supervisor.stdout is not None
        assert supervisor.stdout.readline() == "ready\n"
        pids = [int(pid) for file in files for pid in Path(file).read_text().split()]
        assert all(map(is_alive, pids))
        supervisor.send_signal(number)
        assert supervisor.wait(timeout=15) == 0
    assert eventually(lambda: not any(map(is_alive, pids)))


def test_it_starts_a_dead_process_again_and_says_so(tmp_path: Path) -> None:
    said: list[str] = []
    file = tmp_path / "ids"
    service = Service("The worker", [sys.executable, "-c", FAMILY, str(file)], file.exists)
    supervisor = Supervisor([service], os.environ, said.append)
    is_up = threading.Event()
    thread = threading.Thread(target=lambda: supervisor.run(when_ready=is_up.set))
    thread.start()
    assert is_up.wait(10)
    first = int(file.read_text().split()[0])
    file.unlink()
    os.kill(first, signal.SIGKILL)
    assert eventually(file.exists)
    supervisor.stop()
    thread.join()
    assert said == ["The worker ended with -9; starting it again in 0.5 seconds."]


def test_it_gives_up_on_a_process_that_cannot_start() -> None:
    service = Service("The worker", [sys.executable, "-c", "raise SystemExit(3)"], lambda: False)
    with pytest.raises(SupervisorError, match="The worker ended while it started"):
        Supervisor([service], os.environ, print).run(when_ready=lambda: pytest.fail("not ready"))


def test_it_ends_the_others_when_one_cannot_start(tmp_path: Path) -> None:
    file = tmp_path / "ids"
    steady = Service("Steady", [sys.executable, "-c", FAMILY, str(file)], file.exists)
    late = "import pathlib, sys, time\nwhile not pathlib.Path(sys.argv[1]).exists(): time.sleep(0.05)"
    broken = Service("Broken", [sys.executable, "-c", late, str(file)], lambda: False)
    with pytest.raises(SupervisorError, match="Broken"):
        Supervisor([steady, broken], os.environ, print).run(when_ready=lambda: None)
    assert eventually(lambda: not any(is_alive(int(pid)) for pid in file.read_text().split()))
