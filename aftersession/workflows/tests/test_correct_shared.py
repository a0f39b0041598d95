# SPDX-License-Identifier: Apache-2.0
"""Correcting what several owe: the successor is shared like the old one. Every test ends with clean books."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.claims.models import Claim, ClaimState
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import BadInput
from aftersession.payments.actions import PaymentInput
from aftersession.payments.models import Payment
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.kept_split import Part
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.record_payment import record_payment
from tests.billing import ANXIETY, SESSION, billing, cash, complete, invoice_of
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")


@pytest.fixture
def clean_books(in_practice: object) -> Iterator[None]:
    yield
    assert [str(breach) for breach in check_invariants()] == []


@pytest.fixture
def account(cast: Cast) -> Outcome:
    """R 950.00, of which the insurer owes 700.00 and the client 250.00."""
    return complete(cast, Step.GENERATE, PaymentType.INSURANCE, co_payment_minor=250_00)


@pytest.fixture
def parted(cast: Cast) -> Outcome:
    """R 950.00, of which the client owes 500.00 and a second person 450.00."""
    outcome = complete(cast, Step.SEND)
    move(cast, outcome, 450_00)
    return outcome


def move(cast: Cast, outcome: Outcome, amount_minor: int) -> None:
    move_share(
        share=shares_of(cast, outcome)[0],
        target=Target(guarantor=cast.minor.guarantor),
        amount_minor=amount_minor,
        reason="Shared",
        actor=cast.owner,
        key=new_code(),
    )


def shares_of(cast: Cast, outcome: Outcome) -> list[InvoiceShare]:
    return list(invoice_of(cast, outcome).shares.order_by("position"))


def pay(cast: Cast, share: InvoiceShare, amount_minor: int) -> None:
    given = cash(amount_minor)
    if share.payer_id is not None:
        given = PaymentInput("insurer", clock.now().date(), amount_minor, "RA-1")
    record_payment(
        invoice=share.invoice,
        share=share,
        payment=given,
        send_receipt_to="",
        actor=cast.biller,
        key=new_code(),
    )


def correct(cast: Cast, outcome: Outcome, price_minor: int, **changes: Any) -> list[tuple[str, int, int]]:
    """The successor's shares: who, what of it, and what is open."""
    kind = changes.pop("payment_type", invoice_of(cast, outcome).payment_type)
    parts = changes.pop("parts", None)
    step = {PaymentType.INSURANCE: Step.GENERATE, PaymentType.OTHER: Step.ISSUE}[PaymentType(kind)]
    if kind == PaymentType.INSURANCE:
        changes = {"coverage": cast.coverage, "diagnoses": (ANXIETY,), **changes}
    new = correct_invoice(
        invoice=invoice_of(cast, outcome),
        billing=billing(kind, lines=(replace(SESSION, unit_price_minor=price_minor),), **changes),
        finish=Finish(step),
        reason="Wrong",
        parts=parts,
        actor=cast.owner,
        key=new_code(),
    )
    return [(each.debtor_name, each.amount_minor, each.open_minor) for each in shares_of(cast, new)]


def test_a_co_payment_stays_and_the_insurer_takes_what_is_left(cast: Cast, account: Outcome) -> None:
    insurer, client = (each.debtor_name for each in shares_of(cast, account))
    new = correct(cast, account, 900_00, co_payment_minor=250_00)
    assert new == [(insurer, 650_00, 650_00), (client, 250_00, 250_00)]
    assert [each.state for each in Claim.objects.order_by("pk")] == [ClaimState.CLOSED, ClaimState.DRAFT]


def test_what_each_paid_settles_their_own_part(cast: Cast, account: Outcome) -> None:
    insurer, client = shares_of(cast, account)
    pay(cast, insurer, 700_00)
    pay(cast, client, 100_00)
    new = correct(cast, account, 900_00, co_payment_minor=250_00)
    assert [left for _name, _of, left in new] == [0, 150_00]
    assert sorted(each.unallocated_minor for each in Payment.objects.all()) == [0, 50_00]


@pytest.mark.parametrize(
    ("price_minor", "first_minor"), [(1_000_00, 550_00), (900_00, 450_00), (451_00, 1_00)]
)
def test_a_second_debtor_keeps_their_part(
    cast: Cast, parted: Outcome, price_minor: int, first_minor: int
) -> None:
    first, second = (each.debtor_name for each in shares_of(cast, parted))
    new = correct(cast, parted, price_minor)
    assert new == [(first, first_minor, first_minor), (second, 450_00, 450_00)]


def test_nobodys_money_settles_the_part_of_another(cast: Cast, parted: Outcome) -> None:
    first, second = shares_of(cast, parted)
    pay(cast, first, 500_00)
    pay(cast, second, 450_00)
    parts = (Part(second, 300_00),)
    assert [row[1:] for row in correct(cast, parted, 600_00, parts=parts)] == [(300_00, 0), (300_00, 0)]
    left = {each.guarantor_id: each.unallocated_minor for each in Payment.objects.all()}
    assert left == {None: 200_00, second.guarantor_id: 150_00}


def test_a_part_that_is_all_of_it_leaves_one_debtor(cast: Cast, parted: Outcome) -> None:
    second = shares_of(cast, parted)[1]
    assert correct(cast, parted, 450_00) == [(second.debtor_name, 450_00, 450_00)]


def test_what_was_moved_whole_stays_moved(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND)
    move(cast, outcome, 950_00)
    second = shares_of(cast, outcome)[1]
    parts = (Part(second, 900_00),)
    assert correct(cast, outcome, 900_00, parts=parts) == [(second.debtor_name, 900_00, 900_00)]


def test_parts_that_do_not_fit_are_refused_and_nothing_happens(cast: Cast, parted: Outcome) -> None:
    with pytest.raises(BadInput) as refused:
        correct(cast, parted, 449_99)
    assert refused.value.field == "part_2" and Invoice.objects.count() == 1


def test_an_insurer_is_never_left_nothing_nor_billed_by_a_part(cast: Cast, account: Outcome) -> None:
    for changes in ({"co_payment_minor": 900_00}, {"parts": (Part(shares_of(cast, account)[0], 1_00),)}):
        with pytest.raises(BadInput):
            correct(cast, account, 900_00, **changes)
    assert Invoice.objects.count() == 1


def test_a_part_is_given_up_by_writing_nothing(cast: Cast, parted: Outcome) -> None:
    first, second = shares_of(cast, parted)
    pay(cast, second, 450_00)
    assert correct(cast, parted, 950_00, parts=(Part(second, 0),)) == [(first.debtor_name, 950_00, 950_00)]
    assert Payment.objects.get().unallocated_minor == 450_00


def test_the_insurers_bill_becomes_the_clients_and_the_second_person_stays(
    cast: Cast, account: Outcome
) -> None:
    move(cast, account, 200_00)
    client, second = (each.debtor_name for each in shares_of(cast, account)[1:])
    new = correct(cast, account, 950_00, payment_type=PaymentType.OTHER)
    assert new == [(client, 750_00, 750_00), (second, 200_00, 200_00)]


def test_a_corrected_split_is_corrected_again(cast: Cast, parted: Outcome) -> None:
    correct(cast, parted, 1_000_00)
    again = Outcome(step="", invoice_code=Invoice.objects.get(corrected_by=None).code)
    assert [row[1] for row in correct(cast, again, 950_00)] == [500_00, 450_00]
