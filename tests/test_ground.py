# SPDX-License-Identifier: Apache-2.0
"""The ground the other tests stand on."""

from __future__ import annotations

import smtplib
import socket

import pytest
from django.db import connection

from aftersession.audit.models import AuditEvent
from tests.fixtures.clock import FrozenClock
from tests.fixtures.mail import DROP, SmtpServer
from tests.fixtures.network import OutsideWorld

MESSAGE = b"Subject: Your receipt\r\n\r\nThank you."


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_no_other_machine_is_reached(address: tuple[str, int]) -> None:
    with pytest.raises(OutsideWorld):
        socket.create_connection(address, timeout=1)


def test_no_other_name_is_looked_up() -> None:
    with pytest.raises(OutsideWorld):
        socket.getaddrinfo("example.org", 80)


def test_the_clock_moves_when_told(frozen_clock: FrozenClock) -> None:
    before = frozen_clock.now
    frozen_clock.tick(hours=1)
    assert (frozen_clock.now - before).total_seconds() == 3600


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "again"])
def test_a_transactional_test_leaves_empty_tables_and_their_guards(turn: str) -> None:
    assert not AuditEvent.unscoped.exists()
    with connection.cursor() as cursor:
        query = {
            "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard_%'",
            "postgresql": "SELECT count(*) FROM pg_trigger WHERE tgname LIKE 'guard_%'",
        }
        cursor.execute(query[connection.vendor])
        assert cursor.fetchone()[0] > 20


def test_the_mail_server_keeps_what_it_accepts(smtp_server: SmtpServer) -> None:
    with smtplib.SMTP("127.0.0.1", smtp_server.port) as smtp:
        smtp.sendmail("a@example.org", ["b@example.org"], MESSAGE)
    assert smtp_server.messages[0]["Subject"] == "Your receipt"


def test_the_mail_server_refuses_when_told(smtp_server: SmtpServer) -> None:
    smtp_server.answers.append("451 Try later")
    with smtplib.SMTP("127.0.0.1", smtp_server.port) as smtp, pytest.raises(smtplib.SMTPDataError):
        smtp.sendmail("a@example.org", ["b@example.org"], MESSAGE)
    assert smtp_server.messages == []


def test_the_mail_server_takes_a_message_and_vanishes_when_told(smtp_server: SmtpServer) -> None:
    smtp_server.answers.append(DROP)
    smtp = smtplib.SMTP("127.0.0.1", smtp_server.port)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        smtp.sendmail("a@example.org", ["b@example.org"], MESSAGE)
    smtp.close()
    assert len(smtp_server.messages) == 1
