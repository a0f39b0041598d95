# SPDX-License-Identifier: Apache-2.0
"""The whole product on one machine, with a practice to play in: `python -m tools.demo [--reset]`.

Web, worker, sandbox payment partner and mail catcher under one supervisor, on loopback only, with all
data in var/. DATABASE_URL and AFTERSESSION_CLOCK are passed on when set.
"""

from __future__ import annotations

import argparse
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tools.messages import compile_messages
from tools.postgres import free_port
from tools.supervise import Service, Supervisor, SupervisorError

ROOT = Path(__file__).parent.parent
BIN = Path(sys.executable).parent
HOST = "127.0.0.1"
PREFERRED_PORTS = {"web": 8000, "sandbox": 8100, "mail": 8125}
WEB_THREADS = 4
FOLDERS_OF_THE_DEMO = ("mail", "sandbox", "documents")


def say(text: str) -> None:
    print(text, flush=True)


def choose_port(preferred: int) -> int:
    """The preferred port of loopback if nothing listens there, else any free one."""
    with socket.socket() as probe:
        # As servers do: a port whose last connection only lingers is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, preferred))
        except OSError:
            return free_port()
    return preferred


def environment(data: Path, ports: dict[str, int]) -> dict[str, str]:
    """What every process of the demo is told."""
    return {
        **os.environ,
        "AFTERSESSION_MODE": "demo",
        "AFTERSESSION_DATA": str(data),
        "AFTERSESSION_URL": f"http://localhost:{ports['web']}",
        "SANDBOX_URL": f"http://localhost:{ports['sandbox']}",
        "EMAIL_URL": f"smtp://{HOST}:{ports['mail']}",
        "DATABASE_URL": os.environ.get("DATABASE_URL") or f"sqlite:///{data}/aftersession.sqlite3",
        # The account that the seed connects: open to everybody, no money moves.
        "SANDBOX_ACCOUNTS": "sk_test_parkerdlamini_demo2026:whsec_demo2026",
        "PYTHONUNBUFFERED": "1",
    }


def services(data: Path, ports: dict[str, int]) -> list[Service]:
    """The four processes. One web process with threads: SQLite has one writer anyway."""
    python = sys.executable
    granian = [str(BIN / "granian"), "--interface", "wsgi", "--host", HOST, "--log-level", "warning"]
    # Without it a server told to end before its workers are up waits for them for ever.
    granian += ["--workers-kill-timeout", "5"]
    web = [*granian, "--workers", "1", "--blocking-threads", str(WEB_THREADS), "--port", str(ports["web"])]
    partner = [python, "-m", "aftersession.integrations.sandbox.partner"]
    return [
        Service("The web server", [*web, "config.wsgi:application"], answers_http(ports["web"], "/")),
        Service("The worker", [python, "manage.py", "worker"]),
        Service(
            "The payment partner",
            [
                *partner,
                *("--port", str(ports["sandbox"])),
                *("--data", str(data / "sandbox")),
                *("--past", str(past_of_partner(data))),
            ],
            answers_http(ports["sandbox"], "/healthz"),
        ),
        Service(
            "The mail catcher",
            [
                python,
                "-m",
                "tools.mailcatcher",
                "--port",
                str(ports["mail"]),
                "--maildir",
                str(data / "mail"),
            ],
            answers_tcp(ports["mail"]),
        ),
    ]


def past_of_partner(data: Path) -> Path:
    """Where the seed tells the payment partner what was paid before it was there."""
    return data / "sandbox" / "past.jsonl"


def answers_http(port: int, path: str) -> Callable[[], bool]:
    def check() -> bool:
        connection = http.client.HTTPConnection(HOST, port, timeout=5)
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{port}"})
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return check


def answers_tcp(port: int) -> Callable[[], bool]:
    def check() -> bool:
        try:
            with socket.create_connection((HOST, port), timeout=1) as connection:
                return connection.recv(3) == b"220"
        except OSError:
            return False

    return check


def begin_again(data: Path, database_url: str) -> None:
    """Remove the demo's own data, and nothing else that may lie in the folder."""
    if not database_url.startswith("sqlite:"):
        raise SupervisorError("Only the SQLite demo begins again by itself; empty your own database first.")
    for name in FOLDERS_OF_THE_DEMO:
        shutil.rmtree(data / name, ignore_errors=True)
    for file in data.glob("aftersession.sqlite3*"):
        file.unlink()


def manage(env: dict[str, str], *arguments: str) -> None:
    """One of the project's commands; ends the demo when it fails, since the next would too."""
    result = subprocess.run([sys.executable, "manage.py", *arguments], cwd=ROOT, env=env, check=False)
    if result.returncode:
        raise SupervisorError(f"manage.py {arguments[0]} failed.")


def prepare(env: dict[str, str], *, reset: bool) -> None:
    if reset:
        say("Beginning again with fresh data.")
        begin_again(Path(env["AFTERSESSION_DATA"]), env["DATABASE_URL"])
    compile_messages()
    say("Preparing the database.")
    manage(env, "migrate", "--verbosity", "0")
    say("Preparing the practice.")
    manage(env, "seed_demo", "--partner-past", str(past_of_partner(Path(env["AFTERSESSION_DATA"]))))
    manage(env, "collectstatic", "--noinput", "--verbosity", "0")


def main() -> int:
    parser = argparse.ArgumentParser(description="Run the whole product with a practice to play in.")
    parser.add_argument("--reset", action="store_true", help="begin again with fresh data")
    arguments = parser.parse_args()
    os.chdir(ROOT)
    data = ROOT / "var"
    data.mkdir(exist_ok=True)
    ports = {name: choose_port(port) for name, port in PREFERRED_PORTS.items()}
    env = environment(data, ports)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        prepare(env, reset=arguments.reset)
        supervisor = Supervisor(services(data, ports), env, say, logs=data / "log")
        supervisor.listen()
        supervisor.run(when_ready=lambda: say(f"Open {env['AFTERSESSION_URL']}"))
    except SupervisorError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
