# SPDX-License-Identifier: Apache-2.0
"""A payer's bank asks about a payment: a person must answer in time. No money moves, and no balance."""

from dataclasses import dataclass
from datetime import datetime

from aftersession.audit.actions import Fact, record_facts
from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.payments.models import Inquiry, InquiryState, Payment
from aftersession.practices.actors import SystemActor


@dataclass(frozen=True)
class InquiryFacts:
    """An inquiry as its partner has it. The amount is in minor units of the payment's currency, times UTC."""

    external_id: str
    amount_minor: int
    reason: str
    opened_at: datetime
    respond_by: datetime | None


@dataclass(frozen=True)
class Followed:
    """Whether the news changed anything: repeated ones do not."""

    has_moved: bool


@command(Followed)
def open_inquiry(*, payment: Payment, facts: InquiryFacts, actor: SystemActor, key: str) -> Followed:
    """Note that a bank asks, once: a task with its deadline."""
    if payment.connection is None:
        raise ValueError(f"payment {payment.code} is of no partner")
    Inquiry.objects.create(
        practice=actor.practice,
        payment=payment,
        connection=payment.connection,
        external_id=facts.external_id,
        amount_minor=facts.amount_minor,
        currency=payment.currency,
        reason=facts.reason[:120],
        opened_at=facts.opened_at,
        respond_by=facts.respond_by,
        recorded_at=clock.now(),
    )
    _tell("payment.inquiry_opened", payment, facts.amount_minor, actor)
    return Followed(True)


@command(Followed)
def move_inquiry(*, inquiry: Inquiry, state: InquiryState, actor: SystemActor, key: str) -> Followed:
    """Note that it was answered, is asked again or is closed; older news moves nothing."""
    rows = Inquiry.objects.filter(pk=inquiry.pk, state=inquiry.state).exclude(state=InquiryState.CLOSED)
    closed_at = clock.now() if state == InquiryState.CLOSED else None
    if state == inquiry.state or not rows.update(state=state, closed_at=closed_at):
        return Followed(False)
    _tell(f"payment.inquiry_{state}", inquiry.payment, inquiry.amount_minor, actor)
    return Followed(True)


def _tell(action: str, payment: Payment, amount_minor: int, actor: SystemActor) -> None:
    patient_code = payment.patient.code if payment.patient else ""
    data = {"amount_minor": amount_minor}
    record_facts([Fact(action, "payment", payment.code, patient_code, data=data)], actor=actor)
