# SPDX-License-Identifier: Apache-2.0
"""What partners pay out to the bank. Inside the caller's transaction."""

from collections.abc import Mapping, Sequence

from django.db.models import Sum

from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.payments.disputes import fee_posting
from aftersession.payments.models import (
    Dispute,
    LineKind,
    Payment,
    Payout,
    PayoutLine,
    ProviderConnection,
    Refund,
)
from aftersession.payments.provider import PartnerPayout
from aftersession.payments.provider import PayoutLine as PartnerLine


def write_payout(connection: ProviderConnection, found: PartnerPayout) -> Payout:
    """Write a payout that is not known yet; its lines follow."""
    payout: Payout = Payout.objects.create(
        practice=connection.practice,
        connection=connection,
        external_id=found.external_id,
        amount_minor=found.amount.minor,
        currency=found.amount.currency,
        paid_on=found.paid_on,
        recorded_at=clock.now(),
    )
    return payout


def write_lines(payout: Payout, told: Sequence[PartnerLine]) -> int:
    """Write what a payout is made of, tied to our own rows. Returns the fees to post (minor units).

    A payment whose fee nobody knew has it now.
    """
    lines = [
        PayoutLine(
            practice=payout.practice,
            payout=payout,
            kind=LineKind(each.kind.value),
            external_id=each.external_id,
            amount_minor=each.amount.minor,
            fee_minor=each.fee.minor if each.fee else 0,
        )
        for each in told
    ]
    tie_lines(payout, lines)
    PayoutLine.objects.bulk_create(lines)
    for line in lines:
        if line.payment is not None and line.fee_minor and line.payment.currency == payout.currency:
            Payment.objects.filter(pk=line.payment.pk).update(fee_minor=line.fee_minor)
    fees_minor = sum(_fee_to_post(line, payout) for line in lines)
    Payout.objects.filter(pk=payout.pk).update(fees_minor=fees_minor)
    payout.fees_minor = fees_minor
    return fees_minor


def dispute_fees(payout: Payout) -> list[Posting]:
    """What the lines say that disputes cost in all, where the books have another sum; it is theirs from now on.

    A bank's decision may bring the fee back: in its own line, and in what the partner says of the dispute.
    """
    postings: list[Posting] = []
    disputes = Dispute.objects.filter(payout_lines__payout=payout, currency=payout.currency).distinct()
    for dispute in disputes.select_related("payment__patient", "payment__payer"):
        told = PayoutLine.objects.filter(dispute=dispute).exclude(fee_minor=0)
        if not told.exists():
            continue
        fee_minor = told.aggregate(sum=Sum("fee_minor"))["sum"]
        known = Dispute.objects.filter(pk=dispute.pk, fee_minor=dispute.fee_minor)
        if fee_minor != dispute.fee_minor and known.update(fee_minor=fee_minor):
            postings.append(fee_posting(dispute, fee_minor - dispute.fee_minor))
    return postings


def tie_lines(payout: Payout, lines: Sequence[PayoutLine]) -> None:
    """Name our own payment, refund, dispute or earlier payout on each line that has one. Four queries."""
    ids = [line.external_id for line in lines]
    payments = Payment.objects.filter(connection=payout.connection_id, external_id__in=ids)
    refunds = Refund.objects.filter(payment__connection=payout.connection_id, external_id__in=ids)
    disputes = Dispute.objects.filter(connection=payout.connection_id, external_id__in=ids)
    earlier = Payout.objects.filter(connection=payout.connection_id, external_id__in=ids).exclude(
        pk=payout.pk
    )
    by_kind: dict[LineKind, Mapping[str, object]] = {
        LineKind.PAYMENT: {each.external_id: each for each in payments},
        LineKind.REFUND: {each.external_id: each for each in refunds},
        LineKind.DISPUTE: {each.external_id: each for each in disputes},
        LineKind.RETURNED: {each.external_id: each for each in earlier},
    }
    for line in lines:
        kind = LineKind(line.kind)
        if kind in by_kind:
            setattr(line, kind.value, by_kind[kind].get(line.external_id))


def tie_late(payout: Payout) -> int:
    """Tie lines whose payment, refund or dispute came into the books after the payout; how many."""
    lone = list(
        payout.lines.filter(
            kind__in=[LineKind.PAYMENT, LineKind.REFUND, LineKind.DISPUTE, LineKind.RETURNED],
            payment=None,
            refund=None,
            dispute=None,
            returned=None,
        )
    )
    tie_lines(payout, lone)
    tied = [line for line in lone if line.payment or line.refund or line.dispute or line.returned]
    PayoutLine.objects.bulk_update(tied, ["payment", "refund", "dispute", "returned"])
    return len(tied)


def payout_posting(payout: Payout, amount_minor: int, fees_minor: int) -> Posting:
    """The partner's account in the books empties into the bank, less what the partner kept."""
    sides = (
        Side(Account.BANK, amount_minor),
        Side(Account.PARTNER_FEES, fees_minor),
        Side(Account.PARTNER_CLEARING, -amount_minor - fees_minor),
    )
    return Posting("payout", payout.currency, sides, source_code=payout.code)


def mark_returned(payout: Payout, is_returned: bool) -> bool:
    """Note that a payout failed after it was told paid, or was paid after it failed; False if that was known."""
    rows = Payout.objects.filter(pk=payout.pk, returned_at__isnull=is_returned)
    return bool(rows.update(returned_at=clock.now() if is_returned else None))


def return_posting(payout: Payout, is_returned: bool) -> Posting:
    """The money of a payout is at the partner again, or left it once more. What was kept stays kept."""
    amount_minor = payout.amount_minor if is_returned else -payout.amount_minor
    sides = (Side(Account.PARTNER_CLEARING, amount_minor), Side(Account.BANK, -amount_minor))
    return Posting("payout_returned", payout.currency, sides, source_code=payout.code)


def _fee_to_post(line: PayoutLine, payout: Payout) -> int:
    """What a line costs that the books do not have yet: a dispute's fee is posted as the dispute's.

    Of one that the books do not know yet, too: its news may come after the payout's.
    """
    if line.kind == LineKind.FEE:
        return line.fee_minor - line.amount_minor
    if line.kind == LineKind.DISPUTE and (line.dispute is None or line.dispute.currency == payout.currency):
        return 0
    return line.fee_minor
