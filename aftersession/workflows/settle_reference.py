# SPDX-License-Identifier: Apache-2.0
"""What a partner's notice leads to: its reference is looked up there, and the answer applied."""

from dataclasses import dataclass

from aftersession.payments.models import PaymentAttempt, ProviderConnection
from aftersession.workflows.refund_online import DIFFERS, LATE, refresh_refund, refund_by_reference
from aftersession.workflows.settle_attempt import WrongAccount, refresh_attempt

APPLIED, IGNORED, QUARANTINED = "applied", "ignored", "quarantined"


@dataclass(frozen=True)
class Verdict:
    """How the notice ends, and a word on why."""

    state: str
    outcome: str


def settle_reference(*, connection: ProviderConnection, reference: str) -> Verdict:
    """Apply what the partner says of a reference. Safe to repeat; inside the practice's scope.

    A reference of no attempt on this connection is none of ours: it needs a person's look, and no
    money is booked on it. Raises PartnerUnavailable and PartnerRefused.
    """
    attempt = (
        PaymentAttempt.objects.filter(connection=connection, reference=reference)
        .select_related("practice", "connection")
        .first()
    )
    if attempt is None:
        return _settle_refund(connection, reference)
    try:
        state = refresh_attempt(attempt)
    except WrongAccount:
        return Verdict(QUARANTINED, "account or mode differs")
    payment = attempt.payments.first()
    if payment is not None and payment.tray_reason:
        return Verdict(APPLIED, f"kept in the tray: {payment.tray_reason}")
    return Verdict(APPLIED, state)


def _settle_refund(connection: ProviderConnection, reference: str) -> Verdict:
    refund = refund_by_reference(connection.pk, reference)
    if refund is None:
        return Verdict(QUARANTINED, "unknown reference")
    try:
        state = refresh_refund(refund)
    except WrongAccount:
        return Verdict(QUARANTINED, "account or mode differs")
    if refund.problem in (DIFFERS, LATE):
        return Verdict(QUARANTINED, refund.problem)
    return Verdict(APPLIED, f"refund {state}")
