# SPDX-License-Identifier: Apache-2.0
"""What an attempt to pay is meant to settle, and the attempts that stand in each other's way."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db.models import QuerySet

from aftersession.billing.models import InvoiceShare, InvoiceState
from aftersession.lib import clock
from aftersession.payments.actions import Part
from aftersession.payments.models import AttemptPart, AttemptState, PaymentAttempt

OPEN_STATES = (AttemptState.CREATED, AttemptState.PENDING, AttemptState.UNKNOWN)
CONFIRMING = "confirming"
"""The `problem` of an attempt that the payer has paid and the partner's bank has not confirmed yet."""
# How long a payment that waits for a bank stands in the way of paying once more.
CONFIRMING_TIME = timedelta(days=1)


def open_attempt(attempt: PaymentAttempt, parts: Sequence[Part]) -> PaymentAttempt:
    """Write an attempt with what it is meant to settle; the first part names its share."""
    attempt.share = parts[0][0]
    attempt.amount_minor = sum(amount_minor for _share, amount_minor in parts)
    attempt.save(force_insert=True)
    AttemptPart.objects.bulk_create(
        AttemptPart(practice=attempt.practice, attempt=attempt, share=share, amount_minor=amount_minor)
        for share, amount_minor in parts
    )
    return attempt


def parts_of(attempt: PaymentAttempt) -> list[Part]:
    """What an attempt is meant to settle, in the order in which the payer was told."""
    rows = AttemptPart.objects.filter(attempt=attempt).select_related("share__invoice")
    return [(each.share, each.amount_minor) for each in rows]


def hold_parts(attempt: PaymentAttempt) -> list[Part]:
    """The same with the shares locked, and read afresh: staff may settle or void one at this moment."""
    wanted = dict(AttemptPart.objects.filter(attempt=attempt).values_list("share_id", "amount_minor"))
    locked = InvoiceShare.objects.select_for_update(of=("self", "invoice")).select_related(
        "invoice__patient", "account", "patient", "guarantor", "payer"
    )
    # Everybody locks shares in the order of their keys.
    held = {share.pk: share for share in locked.filter(pk__in=wanted).order_by("pk")}
    return [(held[pk], amount_minor) for pk, amount_minor in wanted.items()]


def as_far_as_open(parts: Iterable[Part], amount_minor: int) -> list[Part]:
    """What of these parts an amount can settle now: as far as each is open and the amount goes."""
    usable: list[Part] = []
    for share, wanted_minor in parts:
        open_minor = share.open_minor if share.invoice.state == InvoiceState.ISSUED else 0
        take_minor = min(wanted_minor, open_minor, amount_minor)
        if take_minor > 0:
            usable.append((share, take_minor))
            amount_minor -= take_minor
    return usable


def confirming_attempt(shares: Iterable[InvoiceShare]) -> PaymentAttempt | None:
    """A payment for one of these that a bank has not confirmed yet, if it was begun this day."""
    waiting = attempts_over(shares).filter(problem=CONFIRMING)
    return waiting.filter(created_at__gt=clock.now() - CONFIRMING_TIME).first()


def attempts_over(shares: Iterable[InvoiceShare]) -> QuerySet[PaymentAttempt]:
    """The attempts without an end that are meant to settle any of these shares."""
    touching = AttemptPart.objects.filter(share__in=[share.pk for share in shares])
    return PaymentAttempt.objects.filter(pk__in=touching.values("attempt"), state__in=OPEN_STATES).order_by(
        "pk"
    )
