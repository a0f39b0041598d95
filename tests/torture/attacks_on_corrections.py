# SPDX-License-Identifier: Apache-2.0
"""What nobody may do to credit notes, write-offs, transfers, unused money and refunds. See `attacks.py`."""

from __future__ import annotations

from typing import Any

from aftersession.billing.actions import supersede
from aftersession.billing.models import CreditNote, CreditNoteLine, ShareTransfer, WriteOff
from aftersession.lib.codes import new_code
from aftersession.payments.credit import use_money
from aftersession.payments.models import Payment, Refund, RefundState
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.refund_payment import refund_payment
from aftersession.workflows.write_off_share import write_off_share
from tests.billing import invoice_of, refund_of, share_of
from tests.torture.attacks import Scene, paid, requested


def change_a_credit_note(scene: Scene) -> None:
    credited(scene, paid(scene))
    CreditNote.unscoped.update(total_minor=1, net_minor=1, tax_minor=0)


def change_a_line_of_a_credit_note(scene: Scene) -> None:
    credited(scene, paid(scene))
    CreditNoteLine.unscoped.update(gross_minor=1, net_minor=1, tax_minor=0)


def forget_a_write_off(scene: Scene) -> None:
    written_off(scene)
    WriteOff.unscoped.all().delete()


def change_what_was_moved(scene: Scene) -> None:
    ours = scene.ours
    share = share_of(ours, requested(scene))
    move_share(
        share=share,
        target=Target(guarantor=ours.minor.guarantor),
        amount_minor=100_00,
        reason="halves",
        actor=ours.biller,
        key=new_code(),
    )
    ShareTransfer.unscoped.update(amount_minor=1)


def change_a_refund(scene: Scene) -> None:
    refunded(scene)
    Refund.unscoped.update(amount_minor=1)


def undo_a_refund(scene: Scene) -> None:
    refunded(scene)
    Refund.unscoped.update(state=RefundState.REQUESTED)


def give_back_more_than_is_unused(scene: Scene) -> None:
    refunded(scene, 500_00)
    refund(scene, 450_01)


def give_back_what_settles_something(scene: Scene) -> None:
    paid(scene)
    refund(scene, 1)


def use_more_than_is_unused(scene: Scene) -> None:
    credited(scene, paid(scene))
    share = share_of(scene.ours, requested(scene))
    payment = Payment.unscoped.get()
    with practice_scope(scene.ours.practice):
        Payment.objects.filter(pk=payment.pk).update(refunded_minor=1)
        payment.refresh_from_db()
        use_money(payment, share, 950_00, actor=scene.ours.biller)


def replace_by_an_old_page(scene: Scene) -> None:
    sent = requested(scene)
    pages = [invoice_of(scene.ours, sent) for _page in range(2)]
    with practice_scope(scene.ours.practice):
        for invoice in pages:
            supersede(invoice)


def credited(scene: Scene, of: Outcome) -> Any:
    return credit_invoice(
        invoice=invoice_of(scene.ours, of),
        credit=CreditInput(reason="wrong client"),
        actor=scene.ours.biller,
        key=new_code(),
    )


def written_off(scene: Scene) -> WriteOff:
    write_off_share(
        share=share_of(scene.ours, requested(scene)),
        amount_minor=100_00,
        reason="moved away",
        actor=scene.ours.biller,
        key=new_code(),
    )
    return WriteOff.unscoped.select_related("share__invoice").get()


def refunded(scene: Scene, amount_minor: int = 950_00) -> None:
    credited(scene, paid(scene))
    refund(scene, amount_minor)


def refund(scene: Scene, amount_minor: int) -> None:
    refund_payment(
        payment=Payment.unscoped.select_related("patient", "guarantor", "payer").get(),
        refund=refund_of(amount_minor),
        actor=scene.ours.owner,
        key=new_code(),
    )
