# SPDX-License-Identifier: Apache-2.0
"""Money given back by the partner that took it: asked for, on its way, then done or failed.

As with paying: the refund is committed, with its reference and its reserve on the payment, before the
partner hears of it. What became of it is always asked for, never read from a notice. The books move
only when the partner says that it is done.
"""

import logging
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.debtors import hold_address
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib import clock
from aftersession.lib.errors import InvalidTransition, PartnerUnavailable
from aftersession.lib.money import Money
from aftersession.messaging.actions import queue_letters
from aftersession.payments.connections import provider_of
from aftersession.payments.disputes import take_further
from aftersession.payments.models import (
    Payment,
    PaymentMethod,
    ProviderConnection,
    Refund,
    RefundMethod,
    RefundState,
    TakingReason,
)
from aftersession.payments.provider import Capability, PartnerRefund, PartnerRefused, RefundRequest
from aftersession.payments.provider import RefundState as PartnerState
from aftersession.payments.refunds import (
    DIFFERS,
    LATE,
    RefundInput,
    ask_back,
    bounce_posting,
    mark_accepted,
    mark_done,
    mark_failed,
    note_told,
    refund_letter,
    refund_posting,
    take_first_turn,
)
from aftersession.payments.registry import provider_class
from aftersession.practices.actors import Actor, SystemActor
from aftersession.practices.models import Member
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.refund_payment import check_limit, owner_of
from aftersession.workflows.settle_attempt import WrongAccount
from aftersession.workflows.take_back_money import post_takings

OPEN_STATES = (RefundState.REQUESTED, RefundState.PENDING)
# For so long a partner knows a repeated request by its key; later it could give back twice.
KEY_WINDOW = timedelta(hours=20)

log = logging.getLogger("aftersession.refunds")


@dataclass(frozen=True)
class RefundAsked:
    """The refund by its code and number; what became of it is its state."""

    refund_code: str
    number: str


@dataclass(frozen=True)
class RefundMoved:
    """Whether the news changed anything: old and repeated ones do not."""

    has_moved: bool


def refund_online(*, payment: Payment, amount_minor: int, reason: str, actor: Member, key: str) -> Refund:
    """Ask the partner that took a payment to give a part of it back. Call it outside any transaction.

    Safe to repeat: the same key leads to the same refund. A partner that cannot be reached leaves it
    asked for, and it is looked after. Raises AmountTooLarge past what is unused, NotAllowed above what
    this role may give back, InvalidTransition where no partner can do it.
    """
    asked = request_refund(payment=payment, amount_minor=amount_minor, reason=reason, actor=actor, key=key)
    with practice_scope(actor.practice):
        refund = whole_refunds(Refund.objects.all()).get(code=asked.refund_code)
        try:
            refresh_refund(refund)
        except (PartnerUnavailable, PartnerRefused, WrongAccount) as error:
            note_trouble(refund, error)
        refund.refresh_from_db()
    return refund


@command(RefundAsked)
def request_refund(
    *, payment: Payment, amount_minor: int, reason: str, actor: Member, key: str
) -> RefundAsked:
    """Commit a refund and reserve its money, before the partner hears of it."""
    if not can_refund_online(payment):
        raise InvalidTransition(_("No partner can give this payment back. Give it back in another way."))
    check_limit(actor, Money(amount_minor, payment.currency))
    given = RefundInput(
        method=RefundMethod.PARTNER,
        refunded_on=clock.today(actor.practice.time_zone),
        amount_minor=amount_minor,
        reason=reason,
    )
    refund = ask_back(payment, given, owner_of(payment, actor.practice), actor=actor)
    _tell("payment.refund_asked", refund, actor)
    return RefundAsked(refund.code, refund.number_label)


def can_refund_online(payment: Payment) -> bool:
    """Whether a partner holds this money and can give it back."""
    if payment.method != PaymentMethod.ONLINE or payment.connection is None:
        return False
    return Capability.REFUND in provider_class(payment.connection.kind).capabilities


def refresh_refund(refund: Refund, *, is_turn: bool = False) -> str:
    """Ask the partner for a refund, or what became of it, and apply it. Returns the refund's state.

    Safe to repeat and for several at once: the request itself, notices and the poller all come here. Money
    is asked for by one of them at a time, whoever is first or (`is_turn`) the poller whose turn it is: not
    every partner knows a repeated request. Raises PartnerUnavailable, PartnerRefused where the refusal does
    not tell what became of it, and WrongAccount for an answer that is not this refund's.
    """
    with practice_scope(refund.practice):
        is_first = take_first_turn(refund)
        found = None if is_first else look_up(refund)
        if found is not None:
            return apply_refund(refund, found)
        if refund.state != RefundState.REQUESTED or not (is_first or is_turn):
            return str(refund.state)
        if refund.recorded_at < clock.now() - KEY_WINDOW:
            return _give_up(refund, "never_arrived")
        return _ask(refund)


def apply_refund(refund: Refund, found: PartnerRefund) -> str:
    """Apply what the partner says of a refund, inside its practice. Returns the refund's state."""
    connection = _connection(refund)
    if (found.account, found.mode, found.reference) != (connection.account, connection.mode, refund.code):
        raise WrongAccount(refund.code)
    is_decided = _is_decided(refund, found)
    if found.amount != refund.amount and not is_decided:
        # Nobody here can say which amount is true.
        note_told(refund, found, DIFFERS)
    elif refund.state == RefundState.FAILED and found.state is PartnerState.DONE and not is_decided:
        # Given up, and given back after all: a person must look, since the money may be used by now.
        note_told(refund, found, LATE)
    elif found.state is PartnerState.PENDING:
        mark_accepted(refund, found.external_id, found.problem)
    else:
        _end(refund, found)
    refund.refresh_from_db(fields=["state", "problem"])
    return str(refund.state)


def _is_decided(refund: Refund, found: PartnerRefund) -> bool:
    """Whether somebody has said already what is true of this; that nothing went back holds until it did."""
    went_after_all = refund.told_state == RefundState.FAILED and found.state is PartnerState.DONE
    return refund.decided_at is not None and found.amount == refund.told and not went_after_all


@command(RefundMoved)
def finish_refund(*, refund: Refund, external_id: str, actor: SystemActor, key: str) -> RefundMoved:
    """The partner has given the money back, once: the books move, and whoever paid is told."""
    return RefundMoved(finish(refund, external_id, actor))


def finish(refund: Refund, external_id: str, actor: Actor) -> bool:
    """The same inside the caller's transaction; False if that was known."""
    if not mark_done(refund, external_id):
        return False
    post([refund_posting(refund)], actor=actor)
    debtor = hold_address(owner_of(refund.payment, actor.practice))
    if debtor.email:
        queue_letters([refund_letter(refund, debtor, actor.practice)], actor=actor)
    _tell("payment.refunded", refund, actor)
    return True


@command(RefundMoved)
def fail_refund(
    *, refund: Refund, external_id: str, problem: str, actor: SystemActor, key: str
) -> RefundMoved:
    """The partner gives nothing back, once: the money is unused again, and the page says why.

    Unless a payer's bank has taken it meanwhile: then it is the dispute's, and was not lost.
    """
    return RefundMoved(fail(refund, external_id, problem, actor))


def fail(refund: Refund, external_id: str, problem: str, actor: Actor) -> bool:
    """The same inside the caller's transaction; False if that was known."""
    was = mark_failed(refund, external_id, problem)
    if was is None:
        return False
    if was is RefundState.DONE:
        post([bounce_posting(refund)], actor=actor)
    post_takings(take_further(refund.payment, TakingReason.REFUND_FAILED, actor=actor), actor)
    _tell("payment.refund_failed", refund, actor)
    return True


def refund_by_reference(connection_id: int, reference: str) -> Refund | None:
    """The refund that a partner's notice is about, if it is of this connection."""
    rows = whole_refunds(Refund.objects.all())
    return rows.filter(payment__connection=connection_id, code=reference).first()


def _ask(refund: Refund) -> str:
    provider = provider_of(_connection(refund))
    asked = RefundRequest(
        payment_external_id=refund.payment.external_id, reference=refund.code, amount=refund.amount
    )
    try:
        return apply_refund(refund, provider.refund(asked))
    except PartnerRefused as refusal:
        # It may have been our key that was refused, or an earlier call may have worked: only the
        # partner's own books say that there is no such refund.
        found = look_up(refund)
        return _give_up(refund, refusal.code) if found is None else apply_refund(refund, found)


def look_up(refund: Refund) -> PartnerRefund | None:
    """What the partner says of a refund now; None if it knows none. Outside any transaction."""
    return provider_of(_connection(refund)).fetch_refund(
        refund.code, payment_external_id=refund.payment.external_id, external_id=refund.external_id
    )


def _end(refund: Refund, found: PartnerRefund) -> None:
    actor, key = SystemActor(refund.practice), f"refund:{refund.code}:{found.state}"
    if found.state is PartnerState.DONE:
        finish_refund(refund=refund, external_id=found.external_id, actor=actor, key=key)
        produce_now(refund.practice, [refund.document.code])
    else:
        fail_refund(refund=refund, external_id=found.external_id, problem=found.problem, actor=actor, key=key)


def _give_up(refund: Refund, problem: str) -> str:
    """The partner's books have no such refund, and it will take none on."""
    key = f"refund:{refund.code}:refused"
    fail_refund(refund=refund, external_id="", problem=problem, actor=SystemActor(refund.practice), key=key)
    refund.refresh_from_db(fields=["state", "problem"])
    return str(refund.state)


def whole_refunds(rows: QuerySet[Refund]) -> QuerySet[Refund]:
    """Refunds with everything that asking the partner and telling of it needs."""
    return rows.select_related(
        "practice",
        "document",
        "payment__patient",
        "payment__guarantor",
        "payment__payer",
        "payment__attempt",
        "payment__connection",
    )


def _connection(refund: Refund) -> ProviderConnection:
    if refund.payment.connection is None:
        raise ValueError(f"refund {refund.code} is of no partner")
    return refund.payment.connection


def note_trouble(refund: Refund, error: Exception) -> None:
    """Keep why a partner could not be asked; the refund stays in doubt and watched."""
    facts = {"refund": refund.code, "error": type(error).__name__}
    log.warning("refund_not_settled", extra={"facts": facts})
    rows = Refund.objects.filter(pk=refund.pk, state__in=OPEN_STATES)
    rows.update(problem=getattr(error, "code", "wrong_account")[:120])


def _tell(action: str, refund: Refund, actor: Actor) -> None:
    payment = refund.payment
    patient_code = payment.patient.code if payment.patient else ""
    data = {"refund": refund.code, "amount_minor": refund.amount_minor, "method": refund.method}
    record_facts([Fact(action, "payment", payment.code, patient_code, refund.reason, data)], actor=actor)
