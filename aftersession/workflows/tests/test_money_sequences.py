# SPDX-License-Identifier: Apache-2.0
"""Money in any order: random sequences of what can be done to invoices end with the invariants clean.

What a command refuses with a DomainError is an answer like any other; everything else must leave books
that add up, claims that fit, and no invoice settled past what it comes to.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from aftersession.billing.debtors import debtor_of
from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState, WriteOff
from aftersession.billing.queries import invoice_for
from aftersession.claims.models import Claim, ClaimState
from aftersession.coverage.models import Coverage
from aftersession.encounters.models import Encounter, EncounterState
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import DomainError
from aftersession.patients.models import Guarantor
from aftersession.payments.actions import PaymentInput
from aftersession.payments.models import Payment, PaymentState
from aftersession.payments.refunds import RefundInput
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.complete_session import Billing, complete_session
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.receive_money import receive_money
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.refund_payment import refund_payment
from aftersession.workflows.reverse_payment import reverse_payment
from aftersession.workflows.undo_completion import undo_completion
from aftersession.workflows.use_credit import release_credit, use_credit
from aftersession.workflows.void_invoice import void_invoice
from aftersession.workflows.write_off_share import undo_write_off, write_off_share
from tests.billing import ANXIETY, billing, cash
from tests.cast import Cast, ended_appointment, make_cast
from tests.fixtures.torture import is_in_full

pytestmark = pytest.mark.torture

# More of them in `make torture`: a seed is some two dozen commands.
SEEDS = range(60 if is_in_full() else 5)
STEPS = 22
LINES = (
    (950_00, "standard"),
    (333_33, "zero"),
    (199_99, "standard"),
)


@dataclass
class Desk:
    """A practice at work, and the dice that say what happens next."""

    cast: Cast
    dice: random.Random
    other_parent: Guarantor
    done: list[str] = field(default_factory=list)

    def pick_share(self) -> InvoiceShare:
        shares = InvoiceShare.objects.filter(invoice__state=InvoiceState.ISSUED)
        share: InvoiceShare = self.dice.choice(list(shares.order_by("pk")))
        share.invoice = self.pick_invoice(share.invoice.code)
        return share

    def pick_invoice(self, code: str = "") -> Invoice:
        codes = list(Invoice.objects.order_by("pk").values_list("code", flat=True))
        return invoice_for(self.cast.owner, code or self.dice.choice(codes))

    def amount(self, most: int) -> int:
        """Often all of it, often a part, at times a little too much."""
        if most <= 1 or self.dice.random() < 0.4:
            return max(1, most)
        return self.dice.randint(1, most + most // 10)


def bill(desk: Desk) -> None:
    """A session is completed: for a client, a responsible person, or an insurer with or without a co-payment."""
    cast, dice = desk.cast, desk.dice
    patient = dice.choice([cast.adult, cast.minor, cast.insured])
    is_insured = patient == cast.insured
    paid = dice.random() < 0.4 and not is_insured
    step = Step.GENERATE if is_insured else Step.SEND_RECEIPT if paid else Step.SEND
    details = terms(desk, patient == cast.insured)
    payment = cash(dice.choice([1_00, 500_00, 950_00])) if paid else None
    email = cast.minor.guarantor.email if patient == cast.minor and cast.minor.guarantor else patient.email
    complete_session(
        appointment=ended_appointment(cast, patient=patient),
        billing=details,
        finish=Finish(step, payment, "" if is_insured else email),
        actor=cast.owner,
        key=new_code(),
    )


def terms(desk: Desk, is_insured: bool) -> Billing:
    dice = desk.dice
    session = billing().lines[0]
    count = dice.randint(1, 3)
    lines = tuple(
        type(session)(f"Line {number}", price, procedure_code="86205", tax_treatment=treatment)
        for number, (price, treatment) in enumerate(LINES[:count], 1)
    )
    if not is_insured:
        return billing(lines=lines)
    coverage: Coverage = desk.cast.coverage
    return billing(
        PaymentType.INSURANCE,
        lines=lines,
        coverage=coverage,
        diagnoses=(ANXIETY,),
        co_payment_minor=dice.choice([0, 100_00, 350_50]),
    )


def pay(desk: Desk) -> None:
    share = desk.pick_share()
    method = "insurer" if share.payer_id else desk.dice.choice(["cash", "transfer", "card_machine"])
    given = PaymentInput(method, clock.now().date(), desk.amount(share.open_minor), "R-1")
    record_payment(
        invoice=share.invoice, payment=given, share=share, send_receipt_to="", actor=desk.cast.owner,
        key=new_code(),
    )  # fmt: skip


def pay_on_account(desk: Desk) -> None:
    share = desk.pick_share()
    debtor = debtor_of(share, desk.cast.practice)
    if debtor.payer is None:
        receive_money(
            patient=share.account, debtor=debtor, payment=cash(desk.dice.choice([50_00, 1_500_00])),
            actor=desk.cast.owner, key=new_code(),
        )  # fmt: skip


def credit(desk: Desk) -> None:
    invoice, dice = desk.pick_invoice(), desk.dice
    kind = dice.choice(["all", "reopen", "lines", "amount", "amount"])
    lines = tuple((line.position, desk.amount(line.gross_minor)) for line in invoice.lines.all())
    given = CreditInput(
        reason="Billed too much",
        lines=lines[: dice.randint(1, 3)] if kind == "lines" else (),
        amount_minor=desk.amount(invoice.total_minor) if kind == "amount" else None,
        reopens=kind == "reopen",
    )
    credit_invoice(invoice=invoice, credit=given, actor=desk.cast.owner, key=new_code())


def correct(desk: Desk) -> None:
    invoice = desk.pick_invoice()
    is_insured = invoice.patient.pk == desk.cast.insured.pk
    details = terms(desk, is_insured)
    debtor_mail = invoice.patient.guarantor.email if invoice.patient.guarantor else invoice.patient.email
    finish = Finish(Step.GENERATE) if is_insured else Finish(Step.SEND, None, debtor_mail)
    if not is_insured and desk.dice.random() < 0.3:
        finish = Finish(Step.SEND_RECEIPT, cash(100_00), debtor_mail)
    correct_invoice(
        invoice=invoice, billing=details, finish=finish, reason="Wrong service", actor=desk.cast.owner,
        key=new_code(),
    )  # fmt: skip


def write_off(desk: Desk) -> None:
    share = desk.pick_share()
    write_off_share(
        share=share, amount_minor=desk.amount(share.open_minor), reason="Cannot pay", actor=desk.cast.owner,
        key=new_code(),
    )  # fmt: skip


def take_write_off_back(desk: Desk) -> None:
    rows = list(WriteOff.objects.filter(undoes=None).select_related("share"))
    if rows:
        chosen = desk.dice.choice(rows)
        chosen.share.invoice = desk.pick_invoice(chosen.share.invoice.code)
        undo_write_off(write_off=chosen, reason="Pays after all", actor=desk.cast.owner, key=new_code())


def split(desk: Desk) -> None:
    share, dice = desk.pick_share(), desk.dice
    others = list(share.invoice.shares.exclude(pk=share.pk))
    patient = share.invoice.patient
    targets = [
        Target(patient=patient),
        Target(guarantor=desk.other_parent),
        *(Target(share=o) for o in others),
    ]
    if patient.guarantor:
        targets.append(Target(guarantor=patient.guarantor))
    move_share(
        share=share, target=dice.choice(targets), amount_minor=desk.amount(share.open_minor),
        reason="Pays the rest", actor=desk.cast.owner, key=new_code(),
    )  # fmt: skip


def use(desk: Desk) -> None:
    share = desk.pick_share()
    amount_minor = desk.dice.choice([None, desk.amount(share.open_minor)])
    use_credit(share=share, amount_minor=amount_minor, actor=desk.cast.owner, key=new_code())


def release(desk: Desk) -> None:
    share = desk.pick_share()
    release_credit(
        share=share, amount_minor=desk.amount(share.allocated_minor), reason="For another invoice",
        actor=desk.cast.owner, key=new_code(),
    )  # fmt: skip


def refund(desk: Desk) -> None:
    payments = list(Payment.objects.select_related("patient", "guarantor", "payer").order_by("pk"))
    if payments:
        payment = desk.dice.choice(payments)
        given = RefundInput(
            method=desk.dice.choice(["cash", "transfer"]), refunded_on=clock.now().date(),
            amount_minor=desk.amount(payment.unallocated_minor), reason="Overpaid",
        )  # fmt: skip
        refund_payment(payment=payment, refund=given, actor=desk.cast.owner, key=new_code())


def reverse(desk: Desk) -> None:
    payments = list(Payment.objects.filter(state=PaymentState.RECORDED).select_related("patient", "payer"))
    if payments:
        payment = desk.dice.choice(payments)
        reverse_payment(payment=payment, reason="Bounced", actor=desk.cast.owner, key=new_code())


def void(desk: Desk) -> None:
    void_invoice(invoice=desk.pick_invoice(), reason="Billed twice", actor=desk.cast.owner, key=new_code())


def undo(desk: Desk) -> None:
    live = list(Encounter.objects.filter(state=EncounterState.LIVE).select_related("appointment"))
    if live:
        undo_completion(encounter=desk.dice.choice(live), actor=desk.cast.owner, key=new_code())


def bill_again(desk: Desk) -> None:
    """A session that a credit note or a void opened again is completed anew."""
    reopened = Encounter.objects.filter(state=EncounterState.REOPENED, appointment__status="booked")
    encounter = reopened.select_related("appointment").order_by("pk").first()
    if encounter is None:
        return
    patient = encounter.appointment.attendees.select_related("patient__guarantor").get().patient
    is_insured = patient.pk == desk.cast.insured.pk
    email = patient.guarantor.email if patient.guarantor else patient.email
    complete_session(
        appointment=encounter.appointment,
        billing=terms(desk, is_insured),
        finish=Finish(Step.GENERATE) if is_insured else Finish(Step.SEND, None, email),
        actor=desk.cast.owner,
        key=new_code(),
    )


MOVES: tuple[Callable[[Desk], None], ...] = (
    bill, pay, pay, pay_on_account, credit, credit, correct, write_off, take_write_off_back, split, split, use,
    use, release, refund, reverse, void, undo, bill_again,
)  # fmt: skip


Move = Callable[[Desk], None]


@contextmanager
def at_work(
    seed: int, *, is_vendor: bool, begin: Sequence[Move], moves: Sequence[Move], steps: int
) -> Iterator[Desk]:
    """A practice after so many random moves, inside its scope. What is refused is an answer like any other."""
    taxed: dict[str, Any] = (
        {"tax_number": "4123456789", "tax_vendor_from": date(2020, 1, 1)} if is_vendor else {}
    )
    cast = make_cast(**taxed)
    with practice_scope(cast.practice):
        parent = Guarantor.objects.create(
            practice=cast.practice, given_names="Zanele", family_name="Sithole", email="zanele@example.com"
        )
        desk = Desk(cast, random.Random(seed), parent)
        for first in begin:
            first(desk)
        for _ in range(steps):
            move = desk.dice.choice(moves)
            try:
                move(desk)
                desk.done.append(move.__name__)
            except DomainError as refused:
                desk.done.append(f"{move.__name__} refused: {refused.message}")
        yield desk


@pytest.mark.parametrize("is_vendor", [False, True], ids=["no tax", "tax"])
@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.usefixtures("db")
def test_any_order_leaves_clean_books(seed: int, is_vendor: bool) -> None:
    begin = (bill, bill, bill)
    with at_work(seed, is_vendor=is_vendor, begin=begin, moves=MOVES, steps=STEPS) as desk:
        assert [str(breach) for breach in check_invariants()] == [], desk.done
        assert wrong_claims() == [], desk.done


def wrong_claims() -> list[str]:
    """Claims that wait for an insurer who owes nothing, or are closed while it owes something."""
    return [
        f"{claim.invoice.number_label} {claim.state} {claim.closed_reason} {claim.share.open_minor}"
        for claim in Claim.objects.select_related("share", "invoice")
        if claim.invoice.state == InvoiceState.ISSUED
        and (claim.state == ClaimState.CLOSED) != (claim.share.open_minor == 0)
    ]
