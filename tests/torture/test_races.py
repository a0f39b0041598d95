# SPDX-License-Identifier: Apache-2.0
"""Several at once come to the result of one after the other, on both engines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from tests.fixtures.mail import SmtpServer
from tests.fixtures.torture import Arena
from tests.torture.races import RACES

pytestmark = [pytest.mark.torture, pytest.mark.django_db]


@pytest.mark.parametrize("race", RACES)
def test_whoever_comes_second_changes_nothing(
    race: str, arena: Arena, smtp_server: SmtpServer, rounds: Callable[[int, int], int]
) -> None:
    few, many = (1, 5) if race in ("forty_invoices", "one_paper") else (3, 50)
    report = arena.drive("race", race, rounds(few, many), mail_port=smtp_server.port)
    assert not report["problems"], "\n".join(report["problems"])
    assert report["rounds"] == rounds(few, many)
    sent = Counter(message["Message-ID"] for message in smtp_server.messages)
    assert not sent or max(sent.values()) == 1
    print(f"{race}: {report['rounds']} rounds, {report['endings']}")


def test_the_racing_finds_commands_without_their_key(arena: Arena) -> None:
    """The control: without the key a form sent eight times is answered eight ways, and that is seen."""
    assert arena.drive("race", "double_click", 1, is_sabotaged=True)["problems"]
