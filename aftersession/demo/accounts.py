# SPDX-License-Identifier: Apache-2.0
"""What became of some accounts of the demo: one payment for several invoices, credit that is left, a refund."""

from django.db.models import Count

from aftersession.billing.debtors import Debtor, client_debtor
from aftersession.billing.models import DebtorKind, InvoiceShare
from aftersession.billing.queries import open_shares_of
from aftersession.demo.practices import World
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.patients.models import Patient
from aftersession.payments.actions import PaymentInput
from aftersession.payments.models import Payment
from aftersession.payments.refunds import RefundInput
from aftersession.statements.balances import open_shares
from aftersession.workflows.receive_money import receive_money
from aftersession.workflows.refund_payment import refund_payment

MORE = 300_00
IN_ADVANCE = 500_00


def tell_of_accounts(world: World) -> None:
    """Let three who owe several invoices pay: more than they owe, a part over several, and ahead of time."""
    practice = world.practice
    rows = open_shares(practice).exclude(debtor_kind=DebtorKind.PAYER).order_by()
    several = (
        rows.values_list("account")
        .annotate(many=Count("pk"))
        .filter(many__gte=2)
        .order_by("-many", "account")
    )
    patients = [_patient(pk) for pk, _many in several[:3]]
    if len(patients) < 3:
        return
    more, part, ahead = patients
    debtor, shares = _owing(more, world)
    _receive(world, more, sum(share.open_minor for share in shares) + MORE, debtor)
    debtor, shares = _owing(part, world)
    _receive(world, part, shares[0].open_minor + shares[1].open_minor // 2, debtor)
    debtor, _shares = _owing(ahead, world)
    paid = _receive(world, ahead, IN_ADVANCE, debtor, is_kept=True)
    given = RefundInput(
        method="transfer",
        refunded_on=clock.today(practice.time_zone),
        amount_minor=IN_ADVANCE // 2,
        reason="Paid for a session that will not take place",
    )
    payment = Payment.objects.select_related("patient", "guarantor", "payer").get(code=paid)
    refund_payment(payment=payment, refund=given, actor=world.members[0], key=new_code())


def _patient(pk: int) -> Patient:
    patient: Patient = Patient.objects.select_related("guarantor", "practice").get(pk=pk)
    return patient


def _owing(patient: Patient, world: World) -> tuple[Debtor, list[InvoiceShare]]:
    today = clock.today(world.practice.time_zone)
    debtor = client_debtor(patient, on=today, practice=world.practice)
    return debtor, list(open_shares_of(debtor))


def _receive(
    world: World, patient: Patient, amount_minor: int, debtor: Debtor, *, is_kept: bool = False
) -> str:
    today = clock.today(world.practice.time_zone)
    done = receive_money(
        patient=patient,
        debtor=debtor,
        payment=PaymentInput("transfer", today, amount_minor, "EFT"),
        parts=[] if is_kept else None,
        actor=world.members[-1],
        key=new_code(),
    )
    return done.payment_code
