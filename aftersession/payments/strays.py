# SPDX-License-Identifier: Apache-2.0
"""Money at a partner that settles no attempt of ours, kept in sight. Inside the practice's scope."""

from aftersession.lib import clock
from aftersession.payments.models import Payment, ProviderConnection, StrayPayment, StrayReason, StrayState
from aftersession.payments.provider import PartnerPayment


def keep_stray(connection: ProviderConnection, found: PartnerPayment, reason: StrayReason) -> bool:
    """Keep a payment that is nobody's here, once; False if it was known. Only for money that came."""
    if Payment.objects.filter(connection=connection, external_id=found.external_id).exists():
        return False
    if StrayPayment.objects.filter(connection=connection, external_id=found.external_id).exists():
        return False
    zone = connection.practice.time_zone
    stray = StrayPayment(
        practice=connection.practice,
        connection=connection,
        external_id=found.external_id,
        reference=found.reference[:120],
        account=found.account[:80],
        mode=found.mode,
        amount_minor=found.amount.minor,
        currency=found.amount.currency,
        fee_minor=found.fee.minor if found.fee else None,
        paid_on=clock.local(min(found.paid_at or clock.now(), clock.now()), zone).date(),
        reason=reason,
        found_at=clock.now(),
    )
    # One statement, so that a sweep and a notice at once leave one row and no error.
    StrayPayment.objects.bulk_create([stray], ignore_conflicts=True)
    return True


def keep_unknown(connection: ProviderConnection, found: PartnerPayment) -> bool:
    """Keep money that was not begun here, with why it cannot be taken in where it is of another account or mode."""
    is_other = (found.account, found.mode) != (connection.account, connection.mode)
    return keep_stray(
        connection, found, StrayReason.WRONG_ACCOUNT if is_other else StrayReason.UNKNOWN_REFERENCE
    )


def move_stray(stray: StrayPayment, state: StrayState, *, note: str = "") -> bool:
    """Note what became of it; False if somebody else did first."""
    rows = StrayPayment.objects.filter(pk=stray.pk, state__in=(StrayState.OPEN, StrayState.SET_ASIDE))
    return bool(rows.update(state=state, note=note, decided_at=clock.now()))
