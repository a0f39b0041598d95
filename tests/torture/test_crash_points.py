# SPDX-License-Identifier: Apache-2.0
"""A process killed at any point of a flow leaves all of it or nothing, and trying again makes it whole, once."""

from __future__ import annotations

from collections import Counter

import pytest
from django.db import connection

from tests.fixtures.mail import SmtpServer
from tests.fixtures.torture import Arena, is_in_full
from tests.torture.flows import FLOWS

pytestmark = [pytest.mark.torture, pytest.mark.django_db]

# The flow that all others are like is killed everywhere, each time. Odd, or it would only ever be "before".
EVERY = {
    "send_receipt": 1,
    "produce_document": 3,
    "deliver_letter": 3,
    "correct_invoice": 15,
    "record_dispute": 13,
    "win_dispute": 13,
}


def step_of(flow: str) -> int:
    if is_in_full():
        return 1
    return EVERY.get(flow, 7) if connection.vendor == "sqlite" else EVERY.get(flow, 5) + 4


@pytest.mark.parametrize("flow", FLOWS)
def test_nothing_is_half_done_and_nothing_done_twice(
    flow: str, arena: Arena, smtp_server: SmtpServer
) -> None:
    report = arena.drive("crash", flow, step_of(flow), EMAIL_URL=smtp_server.url)
    assert not report["problems"], "\n".join(report["problems"])
    assert report["kills"] >= 3
    assert report["kills"] + report["acknowledged"] == sum(report["kinds"].values())
    assert len({label.partition(" ")[0] for label in report["kinds"]}) == 2
    # Between the final dot and the answer both sides may hold a letter: at most one copy, of the same name.
    sent = Counter(message["Message-ID"] for message in smtp_server.messages)
    assert not sent or max(sent.values()) <= 2
    print(f"{flow}: {report['kills']} kills at {report['points']} points")


def test_the_killing_finds_a_flow_that_is_no_transaction(arena: Arena) -> None:
    """The control: without its transaction the same flow leaves parts behind, and that is seen."""
    report = arena.drive("crash", "save", 9, "--sabotaged")
    assert any("it left a part" in problem for problem in report["problems"])
