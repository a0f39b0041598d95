# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from aftersession.billing.labels import ClaimFacts, Delivery, Standing, label_of

TODAY = date(2026, 11, 23)
OWING = Standing(state="issued", today=TODAY, due_on=date(2026, 12, 7), client_open_minor=950_00)
INSURED = Standing(
    state="issued", today=TODAY, due_on=date(2026, 12, 7), payer_open_minor=950_00, has_payer=True
)


def claim(**facts: Any) -> ClaimFacts:
    return ClaimFacts(**{"code": "c", "is_submitted": True, "due_on": TODAY, "is_late": False, **facts})


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"state": "draft"}, "draft"),
        ({"state": "discarded"}, "discarded"),
        ({"state": "void"}, "void"),
        ({}, "issued"),
        ({"delivery": Delivery.WAITING}, "sending"),
        ({"delivery": Delivery.SENDING}, "sending"),
        ({"delivery": Delivery.SENT}, "sent"),
        ({"delivery": Delivery.FAILED}, "issued"),
        ({"allocated_minor": 1, "delivery": Delivery.SENT}, "part_paid"),
        ({"has_payer": True, "allocated_minor": 1}, "client_owes"),
        ({"due_on": TODAY}, "issued"),
        ({"due_on": date(2026, 11, 22), "allocated_minor": 1}, "overdue"),
        ({"client_open_minor": 0, "allocated_minor": 950_00}, "paid"),
        ({"client_open_minor": 0}, "paid"),
        ({"client_open_minor": 0, "written_off_minor": 950_00}, "written_off"),
        ({"client_open_minor": 0, "credited_minor": 950_00}, "credited"),
        ({"client_open_minor": 0, "credited_minor": 170_00, "allocated_minor": 780_00}, "paid"),
        ({"client_open_minor": 0, "credited_minor": 1, "written_off_minor": 949_99}, "written_off"),
        ({"client_open_minor": 0, "credited_minor": 950_00, "is_superseded": True}, "corrected"),
        ({"client_open_minor": 0, "refunded_minor": 950_00}, "refunded"),
        ({"client_open_minor": 0, "allocated_minor": 950_00, "credit_minor": 1}, "in_credit"),
    ],
)
def test_what_a_client_owes_has_one_word(facts: dict[str, Any], name: str) -> None:
    assert label_of(replace(OWING, **facts)).name == name


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({}, "waiting"),
        ({"claim": claim(is_submitted=False)}, "waiting"),
        ({"claim": claim()}, "submitted"),
        ({"claim": claim(is_late=True)}, "overdue"),
        ({"claim": claim(), "allocated_minor": 1}, "part_paid"),
        ({"claim": claim(), "allocated_minor": 1, "client_allocated_minor": 1}, "submitted"),
        ({"claim": claim(), "client_open_minor": 350_00}, "submitted"),
        ({"payer_open_minor": 0, "client_open_minor": 350_00, "allocated_minor": 600_00}, "client_owes"),
        ({"due_on": date(2026, 1, 1)}, "waiting"),
        ({"payer_open_minor": 0, "allocated_minor": 950_00, "claim": claim(is_late=True)}, "paid"),
    ],
)
def test_what_an_insurer_owes_has_one_word(facts: dict[str, Any], name: str) -> None:
    assert label_of(replace(INSURED, **facts)).name == name
