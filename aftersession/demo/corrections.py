# SPDX-License-Identifier: Apache-2.0
"""What goes wrong and is put right in the demo: a credit, a correction, a write-off, a split, a rest moved."""

from collections.abc import Iterator

from django.db.models import QuerySet

from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState
from aftersession.billing.models.shares import OPEN
from aftersession.billing.pricing import LineInput
from aftersession.billing.queries import invoice_for
from aftersession.demo.practices import World
from aftersession.lib.codes import new_code
from aftersession.patients.actions import GuarantorDetails
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.complete_session import Billing
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.write_off_share import write_off_share


def put_right(world: World) -> None:
    """One of each, where the past left something that fits."""
    untouched = InvoiceShare.objects.filter(invoice__state=InvoiceState.ISSUED, credited_minor=0)
    clients = untouched.filter(payer=None)
    _credit(world, clients.exclude(OPEN).filter(amount_minor__gt=150_00))
    still_open = _one_by_one(world, clients.filter(OPEN, allocated_minor=0))
    for act in (_correct, _write_off, _split):
        share = next(still_open, None)
        if share is not None:
            act(world, share)
    _move_rest(world, untouched.filter(OPEN, payer__isnull=False, allocated_minor__gt=0))


def _one_by_one(world: World, shares: "QuerySet[InvoiceShare]") -> Iterator[InvoiceShare]:
    """Different invoices, the oldest first, each with everybody it names."""
    for share in list(shares.order_by("pk")[:12]):
        if share.invoice.payment_type != PaymentType.INSURANCE:
            share.invoice = invoice_for(world.members[0], share.invoice.code)
            yield share


def _credit(world: World, shares: "QuerySet[InvoiceShare]") -> None:
    share = next(_one_by_one(world, shares), None)
    if share is not None:
        credit = CreditInput(reason="Ended ten minutes early", amount_minor=150_00)
        credit_invoice(invoice=share.invoice, credit=credit, actor=world.members[0], key=new_code())


def _correct(world: World, share: InvoiceShare) -> None:
    invoice: Invoice = share.invoice
    lines = tuple(
        LineInput(
            line.description,
            line.unit_price_minor * 4 // 5,
            line.quantity,
            line.tax_treatment,
            line.procedure_code,
        )
        for line in invoice.lines.all()
    )
    billing = Billing(payment_type=PaymentType.OTHER, service_on=invoice.service_on, lines=lines)
    correct_invoice(
        invoice=invoice,
        billing=billing,
        finish=Finish(Step.ISSUE),
        reason="Billed at last year's price",
        actor=world.members[0],
        key=new_code(),
    )


def _write_off(world: World, share: InvoiceShare) -> None:
    write_off_share(
        share=share,
        amount_minor=share.open_minor,
        reason="Moved abroad, no answer since",
        actor=world.members[0],
        key=new_code(),
    )


def _split(world: World, share: InvoiceShare) -> None:
    other = GuarantorDetails(given_names="Palesa", family_name="Nkosi", email="palesa.nkosi@example.com")
    move_share(
        share=share,
        target=Target(somebody=other),
        amount_minor=share.open_minor // 2,
        reason="Shared between two",
        actor=world.members[0],
        key=new_code(),
    )


def _move_rest(world: World, shares: "QuerySet[InvoiceShare]") -> None:
    share = shares.order_by("pk").first()
    if share is None:
        return
    share.invoice = invoice_for(world.members[0], share.invoice.code)
    patient = share.invoice.patient
    target = Target(guarantor=patient.guarantor) if patient.guarantor else Target(patient=patient)
    move_share(
        share=share,
        target=target,
        amount_minor=share.open_minor,
        reason="The tariff pays no more",
        actor=world.members[0],
        key=new_code(),
    )
