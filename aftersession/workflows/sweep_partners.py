# SPDX-License-Identifier: Apache-2.0
"""The nightly sweep: what partners have of the last days, held against ours. Lost notices are made up for.

One connection at a time, in its practice's night; safe to repeat, and taken up again after a failure.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F, Q

from aftersession.lib import clock
from aftersession.lib.errors import DomainError, PartnerUnavailable
from aftersession.payments.connections import provider_of
from aftersession.payments.models import (
    ConnectionState,
    Dispute,
    DisputeState,
    PaymentAttempt,
    ProviderConnection,
    StrayReason,
)
from aftersession.payments.provider import Capability, PartnerPayment, PartnerRefused, PaymentState
from aftersession.payments.routing import is_only_pretended
from aftersession.payments.strays import keep_stray
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.partner_news import (
    DoesNotFit,
    NotKnownYet,
    apply_found_dispute,
    apply_refunds,
    payment_of,
)
from aftersession.workflows.record_payout import apply_payout
from aftersession.workflows.settle_attempt import WrongAccount, apply_answer

LOOK_BACK = timedelta(days=3)
LONGEST_LOOK_BACK = timedelta(days=30)
PAYOUT_LOOK_BACK = timedelta(days=10)
OVERLAP = timedelta(days=1)
NIGHT = range(1, 5)
"""Hours of the practice's own clock."""
RESTED, OVERDUE = timedelta(hours=20), timedelta(hours=28)
TRY_AGAIN = timedelta(hours=1)
MOST_LOOKED_AT = 200

log = logging.getLogger("aftersession.sweep")


def sweep_partners(limit: int = 1) -> int:
    """For the worker: go through the connections whose night it is, of all practices; how many."""
    now = clock.now()
    # An ended account has still to be asked how its open disputes end.
    disputed = Dispute.unscoped.filter(state=DisputeState.OPEN).values("connection")
    rows = ProviderConnection.unscoped.select_related("practice").filter(
        Q(sweep_after=None) | Q(sweep_after__lte=now),
        Q(swept_at=None) | Q(swept_at__lt=now - RESTED),
        Q(state__in=[ConnectionState.ACTIVE, ConnectionState.PAUSED]) | Q(pk__in=disputed),
    )
    found = rows.order_by(F("swept_at").asc(nulls_first=True), "pk")[:MOST_LOOKED_AT]
    due = [each for each in found if _is_time(each, now)][:limit]
    return sum(_take_and_sweep(each) for each in due)


def sweep_connection(connection: ProviderConnection) -> None:
    """Go through all that a partner has since the last sweep, for three days at least.

    What goes wrong with one thing keeps no other from being looked at. Raises PartnerUnavailable and
    PartnerRefused in the end; what was done by then stays done.
    """
    with practice_scope(connection.practice):
        if is_only_pretended(connection):
            return
        since, trouble = _since(connection), None
        for sweep in (_sweep_payments, _sweep_disputes, _sweep_payouts):
            try:
                sweep(connection, since)
            except (PartnerUnavailable, PartnerRefused) as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble


def _sweep_payments(connection: ProviderConnection, since: datetime) -> None:
    provider = provider_of(connection)
    if Capability.LIST_PAYMENTS in provider.capabilities:
        for found in provider.list_payments(since=since):
            _sweep_payment(connection, found)


def _sweep_disputes(connection: ProviderConnection, since: datetime) -> None:
    provider = provider_of(connection)
    if Capability.LIST_DISPUTES in provider.capabilities:
        for dispute in provider.list_disputes(since=since):
            _try(connection, lambda: apply_found_dispute(connection, dispute))  # noqa: B023 — called at once


def _sweep_payouts(connection: ProviderConnection, _since: datetime) -> None:
    sweep_payouts(connection)


def sweep_payouts(connection: ProviderConnection) -> int:
    """Record what a partner paid out lately; how many were new or changed."""
    provider = provider_of(connection)
    if Capability.LIST_PAYOUTS not in provider.capabilities or is_only_pretended(connection):
        return 0
    since = clock.today(connection.practice.time_zone) - PAYOUT_LOOK_BACK
    return sum(apply_payout(connection, each) for each in provider.list_payouts(since=since))


def _sweep_payment(connection: ProviderConnection, found: PartnerPayment) -> None:
    """Settle what we began, keep in sight what we did not, and see whether any of it went back."""
    rows = PaymentAttempt.objects.select_related("practice", "connection")
    attempt = rows.filter(connection=connection, reference=found.reference or "-").first()
    if attempt is not None:
        _try(connection, lambda: apply_answer(attempt, found))
    elif found.state is PaymentState.SUCCEEDED:
        keep_stray(connection, found, StrayReason.UNKNOWN_REFERENCE)
    payment = payment_of(connection, found.external_id)
    if payment is not None:
        _try(connection, lambda: apply_refunds(payment))


def _try(connection: ProviderConnection, act: Callable[[], object]) -> None:
    """One thing that does not fit, or is refused, must not keep the others from being swept."""
    try:
        act()
    except PartnerUnavailable:
        raise
    except (WrongAccount, DoesNotFit, NotKnownYet, DomainError) as error:
        facts = {"connection": connection.code, "error": type(error).__name__}
        log.warning("sweep_did_not_fit", extra={"facts": facts})


def _since(connection: ProviderConnection) -> datetime:
    now = clock.now()
    last = (connection.swept_at or connection.created_at) - OVERLAP
    return max(min(now - LOOK_BACK, last), now - LONGEST_LOOK_BACK)


def _is_time(connection: ProviderConnection, now: datetime) -> bool:
    """Whether it is night there, or its night was missed."""
    last = connection.swept_at or connection.created_at
    return clock.local(now, connection.practice.time_zone).hour in NIGHT or last < now - OVERDUE


def _take_and_sweep(connection: ProviderConnection) -> bool:
    """Claim a connection for an hour, then sweep it: a sweep that kills the worker must not repeat at once."""
    now = clock.now()
    rows = ProviderConnection.objects.for_practice(connection.practice).filter(pk=connection.pk)
    if not rows.filter(sweep_after=connection.sweep_after).update(sweep_after=now + TRY_AGAIN):
        return False
    try:
        sweep_connection(connection)
    except (PartnerUnavailable, PartnerRefused) as error:
        log.warning("sweep_failed", extra={"facts": {"connection": connection.code, "code": error.code}})
        return False
    rows.update(swept_at=now)
    return True
