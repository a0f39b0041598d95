# SPDX-License-Identifier: Apache-2.0
"""Money that left a partner without us: a payer's bank took it back, or somebody gave it back there.

What is unused of the payment goes first; then it comes off what the payment settles, the newest first, and
is owed again. Invoices stay as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.billing.shares import stop_reminders
from aftersession.claims.actions import note_balance
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib import clock
from aftersession.lib.errors import InvalidTransition
from aftersession.payments.attempts import as_far_as_open
from aftersession.payments.credit import free_money, hold_settled, use_money, use_posting
from aftersession.payments.disputes import (
    DisputeFacts,
    close_dispute,
    fee_posting,
    open_dispute,
    take_further,
    take_less,
    taking_posting,
    won_posting,
)
from aftersession.payments.models import (
    Allocation,
    Dispute,
    DisputePart,
    DisputeState,
    DisputeTaking,
    Payment,
    Refund,
    RefundMethod,
    TakingReason,
)
from aftersession.payments.refunds import RefundInput, refund_posting, write_made_there
from aftersession.practices.actors import Actor, SystemActor
from aftersession.reminders.actions import place_hold
from aftersession.reminders.models import HoldKind
from aftersession.workflows.refund_payment import owner_of


@dataclass(frozen=True)
class TakenBack:
    """The dispute's or refund's code, and the invoices that are owed again."""

    code: str
    invoice_codes: list[str]


@dataclass(frozen=True)
class Decided:
    """Whether the news changed anything: repeated ones do not."""

    has_moved: bool


@command(TakenBack)
def record_dispute(*, payment: Payment, facts: DisputeFacts, actor: SystemActor, key: str) -> TakenBack:
    """A payer's bank has taken money back, once: what it paid for is owed again, and staff have a task."""
    held, shares = hold_settled(payment)
    dispute, postings = open_dispute(held, facts, shares, actor=actor)
    post(postings, actor=actor)
    owed = [part.share for part in _parts(dispute)]
    _reopen(owed)
    _hold_reminders(owed, actor)
    data = {"dispute": dispute.code, "amount_minor": dispute.amount_minor}
    _tell("payment.disputed", held, owed, data, actor)
    return TakenBack(dispute.code, _codes(owed))


@command(Decided)
def decide_dispute(*, dispute: Dispute, state: DisputeState, actor: SystemActor, key: str) -> Decided:
    """The bank has decided, once. What is won settles again what it had paid for, as far as that is open."""
    parts = _parts(dispute)
    shares = _hold([part.share_id for part in parts])
    payment, _settled = hold_settled(dispute.payment)
    if not close_dispute(dispute, state):
        return Decided(False)
    if state == DisputeState.WON:
        post([won_posting(dispute)], actor=actor)
        post_takings(take_further(payment, TakingReason.OTHER_WON, actor=actor), actor)
        wanted = [(shares[part.share_id], part.amount_minor) for part in parts]
        used = [
            use_money(payment, share, amount_minor, actor=actor)
            for share, amount_minor in as_far_as_open(wanted, payment.unallocated_minor)
        ]
        post([use_posting(row) for row in used], actor=actor)
        for share in shares.values():
            note_balance(share, reason="paid")
    data = {"dispute": dispute.code, "amount_minor": dispute.amount_minor}
    _tell(f"payment.dispute_{state}", payment, list(shares.values()), data, actor)
    return Decided(True)


@command(Decided)
def change_dispute_fee(*, dispute: Dispute, fee_minor: int, actor: SystemActor, key: str) -> Decided:
    """The partner charges another fee for a dispute than it said before, once."""
    rows = Dispute.objects.filter(pk=dispute.pk, fee_minor=dispute.fee_minor)
    if not rows.update(fee_minor=fee_minor):
        return Decided(False)
    post([fee_posting(dispute, fee_minor - dispute.fee_minor)], actor=actor)
    return Decided(True)


@command(TakenBack)
def record_refund_made_there(
    *, payment: Payment, external_id: str, amount_minor: int, made_on: date, actor: SystemActor, key: str
) -> TakenBack:
    """Somebody gave money back at the partner itself, once: recorded as it is, for staff to see.

    Raises InvalidTransition where more went back than there is of the payment.
    """
    return give_back_there(payment, external_id, amount_minor, made_on, actor)


def give_back_there(
    payment: Payment, external_id: str, amount_minor: int, made_on: date, actor: Actor
) -> TakenBack:
    """The same inside the caller's transaction."""
    held, shares = hold_settled(payment)
    freed, covered_minor = free_money(held, shares, amount_minor, actor=actor)
    lost = take_less(held, amount_minor - covered_minor, actor=actor)
    if covered_minor - sum(row.amount_minor for row in lost) < amount_minor:
        raise InvalidTransition(_("More went back than there is of this payment."), code="not_covered")
    given = RefundInput(
        method=RefundMethod.PARTNER,
        refunded_on=max(made_on, held.received_on),
        amount_minor=amount_minor,
        reason=_("Given back at the payment partner"),
    )
    refund = write_made_there(held, given, external_id, owner_of(held, actor.practice), actor=actor)
    post_takings(lost, actor)
    post([*(use_posting(row) for row in freed), refund_posting(refund)], actor=actor)
    owed = _shares_of(freed)
    _reopen(owed)
    data = {"refund": refund.code, "amount_minor": amount_minor, "method": refund.method}
    _tell("payment.refunded", held, owed, data, actor)
    return TakenBack(refund.code, _codes(owed))


@command(Decided)
def put_aside(*, about: Dispute | Refund, actor: Actor, key: str) -> Decided:
    """Staff have seen what a dispute came to, or a refund that was made at the partner."""
    moved = put_aside_now(about)
    if moved:
        kind = "dispute" if isinstance(about, Dispute) else "refund"
        record_facts(
            [Fact(f"{kind}.seen", "payment", about.payment.code, data={kind: about.code})], actor=actor
        )
    return Decided(moved)


def put_aside_now(about: Dispute | Refund) -> bool:
    """The same inside the caller's transaction, untold; False if somebody did before."""
    rows = type(about).objects.filter(pk=about.pk, seen_at=None)
    return bool(rows.update(seen_at=clock.now()))


def post_takings(rows: Sequence[DisputeTaking], actor: Actor) -> None:
    """Book what disputes take more or less of a payment than when they opened, and note why."""
    post([taking_posting(row) for row in rows], actor=actor)
    facts = []
    for row in rows:
        payment = row.dispute.payment
        patient_code = payment.patient.code if payment.patient else ""
        data = {"dispute": row.dispute.code, "amount_minor": row.amount_minor, "why": row.reason}
        facts.append(Fact("payment.dispute_changed", "payment", payment.code, patient_code, data=data))
    record_facts(facts, actor=actor)


def _parts(dispute: Dispute) -> list[DisputePart]:
    return list(dispute.parts.select_related("share__invoice__patient", "share__payer"))


def _hold(pks: Sequence[int]) -> dict[int, InvoiceShare]:
    rows = InvoiceShare.objects.select_for_update(of=("self", "invoice")).select_related(
        "invoice__patient", "account", "patient", "guarantor", "payer"
    )
    return {share.pk: share for share in rows.filter(pk__in=pks).order_by("pk")}


def _shares_of(rows: Sequence[Allocation]) -> list[InvoiceShare]:
    return list({row.share_id: row.share for row in rows}.values())


def _reopen(shares: Sequence[InvoiceShare]) -> None:
    """The papers that say PAID say so no longer; their files are kept."""
    Invoice.objects.filter(pk__in=[share.invoice_id for share in shares]).update(paid_document=None)
    for share in shares:
        note_balance(share, reason="")


def _hold_reminders(shares: Sequence[InvoiceShare], actor: Actor) -> None:
    """Whoever asked a bank is not written to by a ladder: staff decide, and resume it if they want to."""
    for share in shares:
        if share.payer_id is None:
            reason = _("A bank took the payment back")
            place_hold(HoldKind.DISPUTE, share=share, reason=reason, until_on=None, actor=actor)
            stop_reminders(share)


def _codes(shares: Sequence[InvoiceShare]) -> list[str]:
    return sorted({share.invoice.code for share in shares})


def _tell(
    action: str, payment: Payment, shares: Sequence[InvoiceShare], data: dict[str, object], actor: Actor
) -> None:
    """One line in the history of the payment, and of each invoice that it touches."""
    patient_code = payment.patient.code if payment.patient else ""
    facts = [Fact(action, "payment", payment.code, patient_code, data=data)]
    invoices = {share.invoice.code: share.invoice.patient.code for share in shares}
    facts += [Fact(action, "invoice", code, patient, data=data) for code, patient in invoices.items()]
    record_facts(facts, actor=actor)
