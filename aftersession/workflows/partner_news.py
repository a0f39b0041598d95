# SPDX-License-Identifier: Apache-2.0
"""What a partner says of refunds, disputes and fees of a payment, applied once each.

Called outside any transaction, in the scope of the connection's practice; safe to repeat in any order.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import TypeVar

from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import InvalidTransition, KeyReused
from aftersession.payments.connections import provider_of
from aftersession.payments.disputes import DisputeFacts
from aftersession.payments.models import (
    Dispute,
    Inquiry,
    InquiryState,
    Payment,
    ProviderConnection,
    Refund,
    RefundState,
)
from aftersession.payments.models import DisputeState as OurState
from aftersession.payments.provider import (
    Capability,
    DisputeState,
    PartnerDispute,
    PartnerRefund,
)
from aftersession.payments.provider import RefundState as PartnerState
from aftersession.payments.refunds import UNDECIDED
from aftersession.practices.actors import SystemActor
from aftersession.workflows.follow_inquiry import InquiryFacts, move_inquiry, open_inquiry
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.refund_online import (
    apply_refund,
    refund_by_reference,
    whole_refunds,
)
from aftersession.workflows.settle_attempt import WrongAccount
from aftersession.workflows.take_back_money import (
    change_dispute_fee,
    decide_dispute,
    record_dispute,
    record_refund_made_there,
)

ACCOUNT_DIFFERS, NOT_KNOWN = "account or mode differs", "payment not known"
"""What a person reads of news that fits nothing here; the other words come with `DoesNotFit`."""

Found = TypeVar("Found", PartnerRefund, PartnerDispute)


class NotKnownYet(Exception):
    """It is about a payment that is not in the books: the news of that one may still be on its way."""


class DoesNotFit(Exception):
    """It contradicts what is in the books, so that a person must look. The text is a short fixed word."""


def apply_refunds(payment: Payment) -> list[str]:
    """Ask for every refund of a payment and apply each. Returns their states. Raises DoesNotFit."""
    connection = _connection(payment)
    provider = provider_of(connection)
    if Capability.LIST_REFUNDS not in provider.capabilities:
        return []
    found = provider.list_refunds(payment_external_id=payment.external_id)
    return _apply_each(found, lambda each: apply_found_refund(payment, each))


def apply_found_refund(payment: Payment, found: PartnerRefund) -> str:
    """Apply one refund as a partner has it: one of ours, or one that was made there. Returns its state."""
    connection = _connection(payment)
    if (found.account, found.mode) != (connection.account, connection.mode):
        raise WrongAccount(payment.code)
    rows = whole_refunds(Refund.objects.filter(payment=payment))
    known = rows.filter(external_id=found.external_id).first() if found.external_id else None
    if known is not None and known.is_made_there:
        return _follow_made_there(known, found)
    refund = refund_by_reference(connection.pk, found.reference) if found.reference else None
    if refund is not None and known is None and refund.payment_id == payment.pk and _is_late(refund, found):
        return _record_made_there(payment, found)
    if refund is not None:
        state = apply_refund(refund, found)
        if refund.problem in UNDECIDED:
            raise DoesNotFit(refund.problem)
        return state
    if known is not None:
        return str(known.state)
    if found.state is not PartnerState.DONE:
        return str(found.state)
    if not found.reference and _may_be_ours(payment, found):
        return "in doubt"
    return _record_made_there(payment, found)


def apply_disputes(payment: Payment) -> list[str]:
    """Ask for every dispute of a payment and apply each. Returns their states. Raises DoesNotFit."""
    connection = _connection(payment)
    provider = provider_of(connection)
    if Capability.LIST_DISPUTES not in provider.capabilities:
        return []
    found = provider.list_disputes(payment_external_id=payment.external_id)
    return _apply_each(found, lambda each: apply_found_dispute(connection, each))


def apply_found_dispute(connection: ProviderConnection, found: PartnerDispute) -> str:
    """Apply one dispute as its partner has it. Returns its state.

    Raises NotKnownYet for one of a payment that is not in the books, DoesNotFit for other money.
    """
    if (found.account, found.mode) != (connection.account, connection.mode):
        raise WrongAccount(found.external_id)
    dispute = _dispute(connection, found.external_id)
    if not found.state.has_taken_money:
        # Of a known dispute that is old news: the money has moved since.
        return str(dispute.state) if dispute is not None else _follow_inquiry(connection, found)
    if dispute is None:
        _record_dispute(_disputed_payment(connection, found), found)
        dispute = _dispute(connection, found.external_id)
    if dispute is None:
        raise NotKnownYet
    _move_inquiry(connection, found, InquiryState.CLOSED)
    return _follow_dispute(dispute, found)


def payment_of(connection: ProviderConnection, external_id: str) -> Payment | None:
    """The payment that a partner means, with whose it is."""
    if not external_id:
        return None
    rows = Payment.objects.select_related("practice", "connection", "patient", "guarantor", "payer")
    found: Payment | None = rows.filter(connection=connection, external_id=external_id).first()
    return found


def _apply_each(found: Iterable[Found], apply: Callable[[Found], str]) -> list[str]:
    """Apply all of them; the first that does not fit is told in the end, and hides no other."""
    states, trouble = [], None
    for each in found:
        try:
            states.append(apply(each))
        except (WrongAccount, NotKnownYet, DoesNotFit) as error:
            trouble = trouble or error
    if trouble is not None:
        raise trouble
    return states


def _follow_made_there(refund: Refund, found: PartnerRefund) -> str:
    """A refund that was made there can still bounce, and nothing else."""
    ours = PartnerRefund(
        reference=refund.code,
        external_id=found.external_id,
        state=found.state,
        amount=found.amount,
        mode=found.mode,
        account=found.account,
        problem=found.problem,
    )
    return apply_refund(refund, ours) if found.state is PartnerState.FAILED else str(refund.state)


def _is_late(refund: Refund, found: PartnerRefund) -> bool:
    """Whether a refund that was given up went back all the same: the money is gone, whoever asked for it."""
    has_ended = refund.state == RefundState.FAILED and found.state is PartnerState.DONE
    return has_ended and found.amount == refund.amount


def _may_be_ours(payment: Payment, found: PartnerRefund) -> bool:
    """Whether it may be what we asked for and got no answer to: a partner need not keep our references."""
    asked = Refund.objects.filter(payment=payment, state=RefundState.REQUESTED, external_id="")
    return asked.filter(amount_minor=found.amount.minor).exists()


def _record_made_there(payment: Payment, found: PartnerRefund) -> str:
    if found.amount.currency != payment.currency or found.amount.minor <= 0:
        raise DoesNotFit("refund of other money")
    try:
        done = record_refund_made_there(
            payment=payment,
            external_id=found.external_id,
            amount_minor=found.amount.minor,
            made_on=clock.today(payment.practice.time_zone),
            actor=SystemActor(payment.practice),
            key=_key("refund-there", payment.connection_id, found.external_id),
        )
    except InvalidTransition as error:
        raise DoesNotFit("refund of more than is there") from error
    refund = Refund.objects.select_related("document").get(code=done.code)
    produce_now(payment.practice, [refund.document.code])
    return str(refund.state)


def _disputed_payment(connection: ProviderConnection, found: PartnerDispute) -> Payment:
    payment = payment_of(connection, found.payment_external_id)
    if payment is None:
        raise NotKnownYet
    if found.amount.currency != payment.currency or not 0 < found.amount.minor <= payment.amount_minor:
        raise DoesNotFit("dispute of other money")
    return payment


def _follow_inquiry(connection: ProviderConnection, found: PartnerDispute) -> str:
    """A bank only asks: a task, until it is answered or closed. One that is over before we heard of it is none."""
    known = Inquiry.objects.filter(connection=connection, external_id=found.external_id)
    if found.state is not DisputeState.CLOSED and not known.exists():
        _open_inquiry(_disputed_payment(connection, found), found)
    _move_inquiry(connection, found, InquiryState(found.state.value))
    return str(found.state)


def _open_inquiry(payment: Payment, found: PartnerDispute) -> None:
    facts = InquiryFacts(
        external_id=found.external_id,
        amount_minor=found.amount.minor,
        reason=found.reason,
        opened_at=found.opened_at or clock.now(),
        respond_by=found.respond_by,
    )
    key = _key("inquiry", payment.connection_id, found.external_id)
    try:
        open_inquiry(payment=payment, facts=facts, actor=SystemActor(payment.practice), key=key)
    except KeyReused:
        return  # told at the same moment with other details: the first one stands, the rest follows


def _move_inquiry(connection: ProviderConnection, found: PartnerDispute, state: InquiryState) -> None:
    rows = Inquiry.objects.filter(connection=connection, external_id=found.external_id)
    inquiry = rows.select_related("practice", "payment__patient").first()
    if inquiry is None:
        return
    if found.respond_by and found.respond_by != inquiry.respond_by:
        rows.update(respond_by=found.respond_by)
    if inquiry.state not in (state, InquiryState.CLOSED):
        # It may be asked and answered several times: what it was before decides, not the key.
        move_inquiry(inquiry=inquiry, state=state, actor=SystemActor(inquiry.practice), key=new_code())


def _record_dispute(payment: Payment, found: PartnerDispute) -> None:
    facts = DisputeFacts(
        external_id=found.external_id,
        amount_minor=found.amount.minor,
        fee_minor=_fee_of(found, payment.currency) or 0,
        reason=found.reason,
        opened_at=found.opened_at or clock.now(),
        respond_by=found.respond_by,
    )
    key = _key("dispute", payment.connection_id, found.external_id)
    try:
        record_dispute(payment=payment, facts=facts, actor=SystemActor(payment.practice), key=key)
    except KeyReused:
        return  # told at the same moment with other details: the first one stands, the rest follows


def _follow_dispute(dispute: Dispute, found: PartnerDispute) -> str:
    """Bring a known dispute up to what its partner says: deadline, fee, end."""
    actor = SystemActor(dispute.practice)
    if found.respond_by and found.respond_by != dispute.respond_by:
        Dispute.objects.filter(pk=dispute.pk).update(respond_by=found.respond_by)
    fee_minor = _fee_of(found, dispute.currency)
    if fee_minor is not None and fee_minor != dispute.fee_minor:
        # A fee may come, go and come again: what it was before decides, not the key.
        change_dispute_fee(dispute=dispute, fee_minor=fee_minor, actor=actor, key=new_code())
    is_appealed = dispute.state == OurState.LOST and found.state is DisputeState.WON
    if is_appealed or (found.state is not DisputeState.OPEN and dispute.state == OurState.OPEN):
        key = f"dispute:{dispute.code}:{found.state}"
        decide_dispute(dispute=dispute, state=OurState(found.state.value), actor=actor, key=key)
    dispute.refresh_from_db(fields=["state"])
    return str(dispute.state)


def _fee_of(found: PartnerDispute, currency: str) -> int | None:
    """What a dispute costs (minor units), where that is told in the currency that it is about."""
    return found.fee.minor if found.fee is not None and found.fee.currency == currency else None


def _dispute(connection: ProviderConnection, external_id: str) -> Dispute | None:
    rows = Dispute.objects.select_related("practice", "payment__patient", "payment__payer")
    found: Dispute | None = rows.filter(connection=connection, external_id=external_id).first()
    return found


def _connection(payment: Payment) -> ProviderConnection:
    if payment.connection is None:
        raise ValueError(f"payment {payment.code} is of no partner")
    return payment.connection


def _key(kind: str, connection_id: int | None, external_id: str) -> str:
    return hashlib.sha256(f"{kind}:{connection_id}:{external_id}".encode()).hexdigest()
