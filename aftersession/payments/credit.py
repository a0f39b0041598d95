# SPDX-License-Identifier: Apache-2.0
"""Money that settles nothing yet: whose it is, and how it comes to settle something or stops doing so.

Plain functions inside the caller's transaction, which has locked the shares first.
"""

from collections.abc import Sequence

from django.db.models import F, Q, QuerySet, Sum
from django.utils.translation import gettext as _

from aftersession.billing.models import InvoiceShare
from aftersession.billing.shares import check_amount, receivable_side, settle_share, unsettle_share
from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.lib.errors import AmountTooLarge
from aftersession.lib.money import Money, format_money
from aftersession.payments.models import UNUSED, USED, Allocation, Payment, PaymentState, TrayReason
from aftersession.practices.actors import Actor


def usable_for(share: InvoiceShare) -> QuerySet[Payment]:
    """Unused money that may settle this share, the oldest first: its debtor's own, in its currency.

    An insurer's money settles that insurer's shares; a responsible person's their own, for whichever
    client they answer; a client's, every share on their account that no insurer owes.
    """
    rows = Payment.objects.filter(UNUSED, currency=share.currency).order_by("received_on", "pk")
    if share.payer_id is not None:
        return rows.filter(payer=share.payer_id)
    own = Q(patient=share.account_id, guarantor=None)
    if share.guarantor_id is not None:
        own |= Q(guarantor=share.guarantor_id)
    return rows.filter(own, payer=None)


def settling_now(shares: Sequence[InvoiceShare]) -> list[Payment]:
    """The payments that settle these shares at this moment, the oldest first."""
    live = Allocation.objects.filter(share__in=shares, undoes=None, undone_by=None)
    return list(Payment.objects.filter(pk__in=live.values("payment")).order_by("received_on", "pk"))


def hold_settled(payment: Payment) -> tuple[Payment, list[InvoiceShare]]:
    """A payment and the shares it settles now, locked in the order in which everybody locks, and read afresh."""
    shares = _hold_shares(payment)
    rows = Payment.objects.select_for_update(of=("self",))
    held: Payment = rows.select_related("patient", "guarantor", "payer", "connection").get(pk=payment.pk)
    settled = set(_live_of(held).values_list("share", flat=True))
    # Somebody may have used the payment for another invoice in between: that one is locked late.
    return held, shares if settled <= {share.pk for share in shares} else _hold_shares(held)


def _hold_shares(payment: Payment) -> list[InvoiceShare]:
    rows = InvoiceShare.objects.select_for_update(of=("self", "invoice")).select_related(
        "invoice__patient", "account", "patient", "guarantor", "payer"
    )
    return list(rows.filter(pk__in=_live_of(payment).values("share")).order_by("pk"))


def _live_of(payment: Payment) -> QuerySet[Allocation]:
    return Allocation.objects.filter(payment=payment, undoes=None, undone_by=None)


def free_money(
    payment: Payment, shares: Sequence[InvoiceShare], wanted_minor: int, *, actor: Actor
) -> tuple[list[Allocation], int]:
    """Take so much of a held payment off its shares that an amount of it is unused, the newest share first.

    Returns the rows to post, and how much of the amount is covered: what went back before covers nothing.
    """
    freed: list[Allocation] = []
    missing_minor = wanted_minor - payment.unallocated_minor
    for share in sorted(shares, key=lambda each: each.pk, reverse=True):
        if missing_minor > 0:
            rows = release_money(share, missing_minor, actor=actor, payment=payment)
            missing_minor += sum(row.amount_minor for row in rows)
            freed += rows
    payment.refresh_from_db(fields=["allocated_minor"])
    return freed, min(wanted_minor, payment.unallocated_minor)


def use_money(payment: Payment, share: InvoiceShare, amount_minor: int, *, actor: Actor) -> Allocation:
    """Let unused money of a payment settle a part of a share.

    Raises AmountTooLarge past what is open of the share, and past what is unused of the payment.
    """
    check_amount(amount_minor)
    settle_share(share, amount_minor, actor.practice.locale)
    rows = Payment.objects.alias(needed=USED + amount_minor).filter(
        pk=payment.pk, amount_minor__gte=F("needed")
    )
    moved = rows.filter(state=PaymentState.RECORDED).update(
        allocated_minor=F("allocated_minor") + amount_minor
    )
    if moved != 1:
        raise not_unused(payment, actor)
    payment.refresh_from_db(fields=["allocated_minor"])
    if payment.unallocated_minor == 0:
        Payment.objects.filter(pk=payment.pk).update(tray_reason="")
    return Allocation.objects.create(
        practice=actor.practice, payment=payment, share=share, amount_minor=amount_minor, at=clock.now()
    )


def use_posting(allocation: Allocation) -> Posting:
    """Money that was kept settles something, or (negative) stops doing so."""
    payment, share = allocation.payment, allocation.share
    amount_minor = allocation.amount_minor
    unused = Side(
        Account.UNALLOCATED,
        amount_minor,
        payment_code=payment.code,
        patient_code=payment.patient.code if payment.patient else "",
        payer_code=payment.payer.code if payment.payer else "",
    )
    kind = "credit_used" if amount_minor > 0 else "credit_released"
    settled = receivable_side(share, -amount_minor, share.account, payment.code)
    return Posting(kind, share.currency, (unused, settled), source_code=payment.code)


def release_money(
    share: InvoiceShare, amount_minor: int, *, actor: Actor, payment: Payment | None = None
) -> list[Allocation]:
    """Take so much of the money off a share again, the newest first; it stays in sight as unused.

    `payment` leaves the others alone. Returns the rows to post. The payments stay as they came. Nothing is
    released past what settles it.
    """
    rows: list[Allocation] = []
    for live in _live(share, payment):
        live.share = share  # so that the caller's row knows what is left on it
        take_minor = min(amount_minor - sum(-row.amount_minor for row in rows), live.amount_minor)
        if take_minor > 0:
            rows.append(_release(live, take_minor, actor))
    return rows


def settled_by(payment: Payment, share: InvoiceShare) -> int:
    """How much of a share a payment settles now, in minor units."""
    rows = Allocation.objects.filter(payment=payment, share=share)
    return rows.aggregate(sum=Sum("amount_minor"))["sum"] or 0


def _live(share: InvoiceShare, payment: Payment | None) -> Sequence[Allocation]:
    rows = Allocation.objects.filter(share=share, undoes=None, undone_by=None)
    if payment is not None:
        rows = rows.filter(payment=payment)
    return list(
        rows.select_related("payment__patient", "payment__payer", "share__payer", "share__account").order_by(
            "-pk"
        )
    )


def _release(live: Allocation, take_minor: int, actor: Actor) -> Allocation:
    """Undo an allocation, and settle again with what is not taken. The row to post has the difference."""
    share, payment, now = live.share, live.payment, clock.now()
    Allocation.objects.create(
        practice=actor.practice,
        payment=payment,
        share=share,
        amount_minor=-live.amount_minor,
        undoes=live,
        at=now,
    )
    kept_minor = live.amount_minor - take_minor
    if kept_minor:
        Allocation.objects.create(
            practice=actor.practice, payment=payment, share=share, amount_minor=kept_minor, at=now
        )
    unsettle_share(share, take_minor)
    Payment.objects.filter(pk=payment.pk).update(
        allocated_minor=F("allocated_minor") - take_minor, tray_reason=TrayReason.RELEASED
    )
    return Allocation(practice=actor.practice, payment=payment, share=share, amount_minor=-take_minor, at=now)


def not_unused(payment: Payment, actor: Actor) -> AmountTooLarge:
    """What to raise when more is asked of a payment than is unused."""
    payment.refresh_from_db(
        fields=[
            "allocated_minor",
            "refunded_minor",
            "refunding_minor",
            "disputed_minor",
            "state",
            "amount_minor",
        ]
    )
    unused = Money(payment.unallocated_minor, payment.currency)
    return AmountTooLarge(
        _("Only %(amount)s of this payment is unused. Nothing was changed.")
        % {"amount": format_money(unused, actor.practice.locale)},
        field="amount",
    )
