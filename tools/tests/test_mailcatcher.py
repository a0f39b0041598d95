# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import email
import signal
import smtplib
import subprocess
import sys
import time
from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from tools.demo import answers_tcp
from tools.postgres import free_port


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    port = free_port()
    command = [sys.executable, "-m", "tools.mailcatcher", "--port", str(port), "--maildir", str(tmp_path)]
    with subprocess.Popen(command) as process:
        is_ready = answers_tcp(port)
        while not is_ready():
            assert process.poll() is None
            time.sleep(0.05)
        yield port
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0


def test_it_keeps_each_message_as_a_file(port: int, tmp_path: Path) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Your receipt, Zoë"
    message.set_content("R 950.00 – thank you")
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.send_message(message)
    (file,) = tmp_path.glob("*.eml")
    kept = email.message_from_bytes(file.read_bytes(), policy=default)
    assert kept["Subject"] == "Your receipt, Zoë"
    assert not list(tmp_path.glob(".*.part"))
