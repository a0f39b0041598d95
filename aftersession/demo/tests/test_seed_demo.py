# SPDX-License-Identifier: Apache-2.0
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command

from aftersession.billing.models import Invoice
from aftersession.lib import clock
from aftersession.payments.models import Payment
from aftersession.practices.models import Practice
from aftersession.scheduling.models import Appointment
from aftersession.workflows.invariants import check_invariants

CAPE_TOWN = ZoneInfo("Africa/Johannesburg")
FIRST_START = datetime(2026, 11, 23, 14, 10, tzinfo=UTC)


def seed(at: datetime, **options: object) -> None:
    clock.freeze(None)
    clock.start_at(at)
    call_command("seed_demo", verbosity=0, **options)


def online_ids() -> list[str]:
    """What the partner calls the payments that came online."""
    return list(Payment.unscoped.filter(method="online").values_list("external_id", flat=True))


def today(at: datetime) -> tuple[int, int]:
    """How many sessions of the first practice have ended today and are open, and how many are to come."""
    practice = Practice.objects.order_by("pk")[0]
    day = at.astimezone(CAPE_TOWN).date()
    rows = Appointment.objects.for_practice(practice).filter(status="booked")
    ended = [each for each in rows if each.ends_local.date() == day and each.ends_at <= at]
    coming = [each for each in rows if each.starts_local.date() == day and each.starts_at > at]
    return len(ended), len(coming)


@pytest.fixture
def running_clock():  # type: ignore[no-untyped-def]
    yield
    clock.start_at(datetime.now(UTC))


# The package that brings the code table uses an old way of reading its file.
@pytest.mark.filterwarnings(r"ignore:(read|open)_text is deprecated:DeprecationWarning")
@pytest.mark.usefixtures("db", "running_clock")
def test_it_seeds_two_practices_whose_books_hold_and_tops_up_at_any_hour(tmp_path: Path) -> None:
    past = tmp_path / "partner" / "past.jsonl"
    seed(FIRST_START, partner_past=past)
    told = [json.loads(line) for line in past.read_text().splitlines()]
    assert {each["id"] for each in told} == set(online_ids()) != set()
    assert Practice.objects.count() == 2
    assert [str(breach) for breach in check_invariants()] == []
    invoices = Invoice.unscoped.count()
    for hours in (0, 6, 8.2, 9.9, 16, 31, 24 * 5 + 3, 24 * 7 + 1):
        at = FIRST_START + timedelta(hours=hours)
        seed(at)
        ended, coming = today(at)
        assert (ended >= 4, coming >= 3) == (True, True), (at, ended, coming)
    assert Invoice.unscoped.count() >= invoices
