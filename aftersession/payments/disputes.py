# SPDX-License-Identifier: Apache-2.0
"""Money that a payer's bank takes back, and gets to keep or not. Inside the caller's transaction.

The caller has locked the shares that the payment settles, then the payment.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import F, Sum

from aftersession.billing.models import InvoiceShare
from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.payments.credit import free_money, use_posting
from aftersession.payments.models import (
    Dispute,
    DisputePart,
    DisputeState,
    DisputeTaking,
    Payment,
    TakingReason,
    TrayReason,
)
from aftersession.practices.actors import Actor

COUNTED = ["state", "allocated_minor", "refunded_minor", "refunding_minor", "disputed_minor"]


@dataclass(frozen=True)
class DisputeFacts:
    """A dispute as its partner has it. Amounts in minor units of the payment's currency, times UTC."""

    external_id: str
    amount_minor: int
    fee_minor: int
    reason: str
    opened_at: datetime
    respond_by: datetime | None


def open_dispute(
    payment: Payment, facts: DisputeFacts, shares: list[InvoiceShare], *, actor: Actor
) -> tuple[Dispute, list[Posting]]:
    """Write a dispute and take its money out of the payment: unused money first, then off the shares."""
    if payment.connection is None:
        raise ValueError(f"payment {payment.code} is of no partner")
    reason_before = payment.tray_reason
    freed, taken_minor = free_money(payment, shares, facts.amount_minor, actor=actor)
    dispute: Dispute = Dispute.objects.create(
        practice=actor.practice,
        payment=payment,
        connection=payment.connection,
        external_id=facts.external_id,
        amount_minor=facts.amount_minor,
        taken_minor=taken_minor,
        fee_minor=facts.fee_minor,
        currency=payment.currency,
        reason=facts.reason[:120],
        opened_at=facts.opened_at,
        respond_by=facts.respond_by,
        recorded_at=clock.now(),
    )
    DisputePart.objects.bulk_create(
        DisputePart(practice=actor.practice, dispute=dispute, share=row.share, amount_minor=-row.amount_minor)
        for row in freed
    )
    Payment.objects.filter(pk=payment.pk).update(
        disputed_minor=F("disputed_minor") + taken_minor, is_disputed=True, tray_reason=reason_before
    )
    payment.refresh_from_db(fields=["disputed_minor", "is_disputed", "tray_reason"])
    if payment.unallocated_minor == 0:
        Payment.objects.filter(pk=payment.pk).update(tray_reason="")
    postings = [*(use_posting(row) for row in freed), dispute_posting(dispute, taken_minor)]
    return dispute, [*postings, fee_posting(dispute, facts.fee_minor)]


def close_dispute(dispute: Dispute, state: DisputeState) -> bool:
    """The bank has decided, once, or decided otherwise on appeal. What was won is unused money of the payment again."""
    before = [DisputeState.OPEN, *([DisputeState.LOST] if state == DisputeState.WON else [])]
    rows = Dispute.objects.filter(pk=dispute.pk, state__in=before)
    if not rows.update(state=state, closed_at=clock.now(), seen_at=None):
        return False
    payments = Payment.objects.filter(pk=dispute.payment_id)
    if state == DisputeState.WON:
        taken_minor = taken_by(dispute)
        payments.update(disputed_minor=F("disputed_minor") - taken_minor)
        if taken_minor:
            payments.update(tray_reason=TrayReason.DISPUTE_WON)
    others = Dispute.objects.filter(payment=dispute.payment_id, state=DisputeState.OPEN)
    payments.update(is_disputed=others.exists())
    return True


def taken_by(dispute: Dispute) -> int:
    """What of its payment a dispute has taken up to now (minor units)."""
    return dispute.taken_minor + (dispute.takings.aggregate(sum=Sum("amount_minor"))["sum"] or 0)


def take_further(payment: Payment, reason: TakingReason, *, actor: Actor) -> list[DisputeTaking]:
    """Let disputes that could not have all of their money have what of it is unused now, the oldest first.

    The bank has it: it was counted as lost only as long as it seemed to be the payer's already. The caller
    holds the payment.
    """
    rows: list[DisputeTaking] = []
    payment.refresh_from_db(fields=COUNTED)
    for dispute in _standing(payment):
        missing_minor = dispute.amount_minor - taken_by(dispute)
        rows += _change(payment, dispute, min(missing_minor, payment.unallocated_minor), reason, actor)
    if rows and payment.unallocated_minor == 0:
        Payment.objects.filter(pk=payment.pk).update(tray_reason="")
    return rows


def take_less(payment: Payment, amount_minor: int, *, actor: Actor) -> list[DisputeTaking]:
    """Free an amount that left twice, for a dispute and as money given back: the newest dispute lost that much.

    As far as there are disputes that have it. The caller holds the payment.
    """
    rows: list[DisputeTaking] = []
    for dispute in reversed(_standing(payment)):
        less_minor = min(amount_minor, taken_by(dispute))
        rows += _change(payment, dispute, -less_minor, TakingReason.GIVEN_BACK_TOO, actor)
        amount_minor -= less_minor
    return rows


def taking_posting(taking: DisputeTaking) -> Posting:
    """What was counted as lost is taken off the payment after all, or (negative) the other way round."""
    dispute, amount_minor = taking.dispute, taking.amount_minor
    sides = (
        _side(dispute, Account.UNALLOCATED, amount_minor),
        _side(dispute, Account.WRITE_OFFS, -amount_minor),
    )
    return Posting("dispute_changed", dispute.currency, sides, dispute.reason, dispute.code)


def dispute_posting(dispute: Dispute, taken_minor: int) -> Posting:
    """The partner has taken money back: less is there, and less is kept for the payer.

    What had gone back to the payer before is there no more to be taken: that much is lost.
    """
    lost_minor = dispute.amount_minor - taken_minor
    sides = (
        _side(dispute, Account.UNALLOCATED, taken_minor),
        _side(dispute, Account.WRITE_OFFS, lost_minor),
        _side(dispute, Account.PARTNER_CLEARING, -dispute.amount_minor),
    )
    return Posting("dispute_opened", dispute.currency, sides, dispute.reason, dispute.code)


def won_posting(dispute: Dispute) -> Posting:
    """The bank has given the money back: the way back of `dispute_posting`, and of what was taken since."""
    taken = dispute_posting(dispute, taken_by(dispute))
    return replace(taken.opposite("dispute_won", dispute.reason), source_code=dispute.code)


def fee_posting(dispute: Dispute, fee_minor: int) -> Posting:
    """What the partner charges for a dispute, or (negative) gives back of it."""
    sides = (
        _side(dispute, Account.PARTNER_FEES, fee_minor),
        _side(dispute, Account.PARTNER_CLEARING, -fee_minor),
    )
    return Posting("dispute_fee", dispute.currency, sides, dispute.reason, dispute.code)


def _standing(payment: Payment) -> list[Dispute]:
    rows = Dispute.objects.filter(payment=payment).exclude(state=DisputeState.WON)
    return list(rows.select_related("payment__patient", "payment__payer").order_by("pk"))


def _change(
    payment: Payment, dispute: Dispute, amount_minor: int, reason: TakingReason, actor: Actor
) -> list[DisputeTaking]:
    if amount_minor == 0:
        return []
    rows = Payment.objects.filter(pk=payment.pk)
    rows.update(disputed_minor=F("disputed_minor") + amount_minor)
    payment.refresh_from_db(fields=["disputed_minor"])
    made: DisputeTaking = DisputeTaking.objects.create(
        practice=actor.practice, dispute=dispute, amount_minor=amount_minor, reason=reason, at=clock.now()
    )
    return [made]


def _side(dispute: Dispute, account: Account, amount_minor: int) -> Side:
    payment = dispute.payment
    patient_code = payment.patient.code if payment.patient and account == Account.UNALLOCATED else ""
    payer_code = payment.payer.code if payment.payer and account == Account.UNALLOCATED else ""
    return Side(account, amount_minor, "", payment.code, patient_code, payer_code)
