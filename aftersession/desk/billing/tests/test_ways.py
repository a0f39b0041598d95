# SPDX-License-Identifier: Apache-2.0
"""No state of an invoice is a dead end: whoever looks at it finds a way on, or who may take it."""

import re
from collections.abc import Callable

import pytest

from aftersession.billing.models import InvoiceShare
from aftersession.desk.billing.tests.test_pages import ROLES, shown
from aftersession.lib.codes import new_code
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.undo_completion import undo_completion
from aftersession.workflows.void_invoice import void_invoice
from aftersession.workflows.write_off_share import write_off_share
from tests.billing import billing, cash, complete, invoice_of, share_of
from tests.cast import Cast, signed_in

Made = Callable[[Cast], Outcome]


def draft(cast: Cast) -> Outcome:
    return complete(cast, Step.SAVE)


def owed(cast: Cast) -> Outcome:
    return complete(cast, Step.SEND)


def asked_online(cast: Cast) -> Outcome:
    return complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)


def account(cast: Cast) -> Outcome:
    return complete(cast, Step.GENERATE, PaymentType.INSURANCE)


def shared(cast: Cast) -> Outcome:
    return complete(cast, Step.GENERATE, PaymentType.INSURANCE, co_payment_minor=350_00)


def part_paid(cast: Cast) -> Outcome:
    return complete(cast, Step.SEND_RECEIPT, payment=cash(400_00))


def paid(cast: Cast) -> Outcome:
    return complete(cast, Step.SEND_RECEIPT, payment=cash())


def free(cast: Cast) -> Outcome:
    line = billing().lines[0]
    return complete(cast, Step.SEND, lines=(type(line)("A first talk", 0),))


def voided(cast: Cast) -> Outcome:
    outcome = owed(cast)
    void_invoice(invoice=invoice_of(cast, outcome), reason="Twice", actor=cast.owner, key=new_code())
    return outcome


def discarded(cast: Cast) -> Outcome:
    outcome = draft(cast)
    encounter = invoice_of(cast, outcome).encounter
    assert encounter
    undo_completion(encounter=encounter, actor=cast.owner, key=new_code())
    return outcome


def credited(cast: Cast) -> Outcome:
    return _credited(cast, CreditInput(reason="Wrong"))


def reopened(cast: Cast) -> Outcome:
    return _credited(cast, CreditInput(reason="Wrong", reopens=True))


def part_credited(cast: Cast) -> Outcome:
    return _credited(cast, CreditInput(reason="Wrong", amount_minor=100_00))


def _credited(cast: Cast, credit: CreditInput) -> Outcome:
    outcome = paid(cast)
    credit_invoice(invoice=invoice_of(cast, outcome), credit=credit, actor=cast.owner, key=new_code())
    return outcome


def corrected(cast: Cast) -> Outcome:
    outcome = owed(cast)
    finish = Finish(Step.SEND, None, cast.adult.email)
    correct_invoice(
        invoice=invoice_of(cast, outcome), billing=billing(), finish=finish, reason="Wrong", actor=cast.owner,
        key=new_code(),
    )  # fmt: skip
    return outcome


def written_off(cast: Cast) -> Outcome:
    outcome = owed(cast)
    write_off_share(
        share=share_of(cast, outcome), amount_minor=950_00, reason="Lost", actor=cast.owner, key=new_code()
    )
    return outcome


def split(cast: Cast) -> Outcome:
    outcome = owed(cast)
    move_share(
        share=share_of(cast, outcome), target=Target(guarantor=cast.minor.guarantor), amount_minor=950_00,
        reason="Pays all", actor=cast.owner, key=new_code(),
    )  # fmt: skip
    return outcome


STATES: dict[str, Made] = {
    made.__name__: made
    for made in (
        draft, owed, asked_online, account, shared, part_paid, paid, free, voided, discarded, credited, reopened,
        part_credited, corrected, written_off, split,
    )
}  # fmt: skip
ACTION = re.compile(
    r'<a class="btn[^"]*" href="(/invoices|/shares|/claims|/appointments|/billing)|name="step"'
)


@pytest.mark.parametrize("state", STATES)
def test_every_state_has_a_way_on_for_every_role(cast: Cast, state: str) -> None:
    outcome = STATES[state](cast)
    for role in ROLES:
        client = signed_in(getattr(cast, role))
        page = shown(client, f"/invoices/{outcome.invoice_code}/")
        may_correct = role != "front_desk"
        has_ways = 'id="ways"' in page
        assert has_ways or ACTION.search(page), (state, role)
        if state not in ("draft", "voided", "discarded", "corrected"):
            assert has_ways, (state, role)
            names = "is done by: Johan Botha, Lindiwe Dlamini, Dr Ayesha Parker." in page
            assert names != may_correct, (state, role)


@pytest.mark.parametrize("state", STATES)
def test_every_way_that_is_offered_can_be_taken(cast: Cast, state: str) -> None:
    outcome = STATES[state](cast)
    for role in ROLES:
        client = signed_in(getattr(cast, role))
        details = client.get(f"/invoices/{outcome.invoice_code}/").context["details"]
        for way in details.ways:
            assert client.get(way.url).status_code == 200, (state, role, way.url)


def test_a_debtor_whom_everything_was_taken_off_still_explains_it(cast: Cast) -> None:
    outcome = split(cast)
    first, second = InvoiceShare.unscoped.filter(invoice__code=outcome.invoice_code).order_by("position")
    page = shown(signed_in(cast.owner), f"/invoices/{outcome.invoice_code}/")
    assert (first.open_minor, second.open_minor) == (0, 950_00)
    assert "Moved to Thabo Sithole" in page and "Moved here from Naledi Mokoena" in page
