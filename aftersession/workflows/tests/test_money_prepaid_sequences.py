# SPDX-License-Identifier: Apache-2.0
"""Money in any order, with what is paid in advance in it: everything that says a balance says the same.

The moves of `test_money_sequences`, and packages, bills in advance, sessions at no charge and invoices put to
sessions between them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.db.models import QuerySet

from aftersession.billing.models import Invoice
from aftersession.encounters.actions import SessionFacts
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.prepaid.models import Package
from aftersession.scheduling.models import Appointment, AppointmentStatus, PaymentType
from aftersession.statements.tests.agreement import disagreements
from aftersession.workflows.bill_in_advance import link_invoice, unlink_invoice
from aftersession.workflows.close_package import refund_package
from aftersession.workflows.complete_unbilled import complete_as_billed, complete_at_no_charge
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.tests.test_money_sequences import MOVES, Desk, at_work, bill, wrong_claims
from tests.billing import bill_now, buy, give, make_offer
from tests.cast import ended_appointment
from tests.fixtures.torture import is_in_full

pytestmark = pytest.mark.torture

# More of them in `make torture`: a seed is some two dozen commands.
SEEDS = range(60 if is_in_full() else 3)
STEPS = 40


def facts(**changes: Any) -> SessionFacts:
    return replace(SessionFacts(clock.now().date(), PaymentType.OTHER, [], []), **changes)


def pick(desk: Desk, rows: QuerySet[Any]) -> Any:
    """Any of these, or None."""
    found = list(rows.order_by("pk"))
    return desk.dice.choice(found) if found else None


def waiting(desk: Desk) -> Appointment | None:
    """A session of the adult client that has ended and is not completed."""
    rows = Appointment.objects.filter(status=AppointmentStatus.BOOKED, attendees__patient=desk.cast.adult)
    found: Appointment | None = pick(desk, rows)
    return found


def sell(desk: Desk) -> None:
    buy(desk.cast, is_paid=desk.dice.random() < 0.5)


def sell_cheap(desk: Desk) -> None:
    """Dearer in all than it is worth at the single price: nothing is left to be given back soon."""
    buy(desk.cast, make_offer(desk.cast, count=3, price_minor=1_000_01), is_paid=desk.dice.random() < 0.5)


def use_session(desk: Desk) -> None:
    package = pick(desk, Package.objects.select_related("patient", "invoice"))
    if package is not None:
        give(desk.cast, package, waiting(desk))


def close(desk: Desk) -> None:
    package = pick(desk, Package.objects.select_related("patient", "invoice__patient"))
    if package is not None:
        package.invoice = desk.pick_invoice(package.invoice.code)
        refund_package(
            package=package, used_count=package.used_count, reason="Moved away", actor=desk.cast.owner,
            key=new_code(),
        )  # fmt: skip


def in_advance(desk: Desk) -> None:
    bill_now(desk.cast, ended_appointment(desk.cast))


def as_billed(desk: Desk) -> None:
    session = waiting(desk)
    if session is not None:
        complete_as_billed(appointment=session, facts=facts(), actor=desk.cast.owner, key=new_code())


def for_nothing(desk: Desk) -> None:
    session = waiting(desk) or ended_appointment(desk.cast)
    given = facts(no_charge_reason="A gift")
    complete_at_no_charge(appointment=session, facts=given, actor=desk.cast.owner, key=new_code())


def link(desk: Desk) -> None:
    session = waiting(desk)
    if session is not None:
        link_invoice(appointment=session, invoice=desk.pick_invoice(), actor=desk.cast.owner, key=new_code())


def unlink(desk: Desk) -> None:
    session = pick(desk, Appointment.objects.exclude(covers=None))
    if session is not None:
        unlink_invoice(appointment=session, reason="Wrong one", actor=desk.cast.owner, key=new_code())


def credit_package(desk: Desk) -> None:
    package = pick(desk, Package.objects.all())
    if package is not None:
        invoice = desk.pick_invoice(Invoice.objects.get(pk=package.invoice_id).code)
        minor = desk.dice.choice([None, desk.amount(invoice.total_minor // 2)])
        given = CreditInput(reason="Discount", amount_minor=minor)
        credit_invoice(invoice=invoice, credit=given, actor=desk.cast.owner, key=new_code())


PREPAID: tuple[Callable[[Desk], None], ...] = (
    sell, sell_cheap, use_session, use_session, use_session, close, in_advance, in_advance, as_billed,
    as_billed, for_nothing, link, unlink, credit_package,
)  # fmt: skip


@pytest.mark.parametrize("is_vendor", [False, True], ids=["no tax", "tax"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.usefixtures("db")
def test_whatever_happened_every_balance_agrees(seed: int, is_vendor: bool) -> None:
    begin, moves = (bill, in_advance, sell), MOVES + PREPAID
    with at_work(seed, is_vendor=is_vendor, begin=begin, moves=moves, steps=STEPS) as desk:
        assert [str(breach) for breach in check_invariants()] == [], desk.done
        assert wrong_claims() == [], desk.done
        assert disagreements(desk.cast.practice) == [], desk.done
