# SPDX-License-Identifier: Apache-2.0
"""The nightly sweep: what partners have of the last days, held against ours. Lost notices are made up for.

One connection at a time, in its practice's night; safe to repeat, and taken up again after a failure.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Protocol

from django.db.models import F, Q

from aftersession.lib import clock
from aftersession.lib.errors import PartnerUnavailable
from aftersession.payments.connections import provider_of
from aftersession.payments.models import (
    ConnectionState,
    Dispute,
    DisputeState,
    Inquiry,
    InquiryState,
    PaymentAttempt,
    ProviderConnection,
)
from aftersession.payments.provider import (
    Capability,
    PartnerPayment,
    PartnerPayout,
    PartnerRefused,
    PaymentState,
    Subject,
)
from aftersession.payments.routing import is_only_pretended
from aftersession.payments.strays import keep_unknown
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.partner_news import (
    ACCOUNT_DIFFERS,
    NOT_KNOWN,
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


@dataclass(frozen=True)
class Misfit:
    """Something at a partner that contradicts the books, as a notice of it would: for a person to look at.

    `external_id` is the payment's that it is about (a payout's own), `thing_id` its own.
    """

    subject: Subject
    external_id: str
    thing_id: str
    problem: str


class Keep(Protocol):
    """Keeps what the sweep found in the sight of staff, once, however many nights it is found."""

    def __call__(self, *, connection: ProviderConnection, misfit: Misfit) -> None: ...


def sweep_partners(*, keep: Keep, limit: int = 1) -> int:
    """For the worker: go through the connections whose night it is, of all practices; how many."""
    now = clock.now()
    # An ended account has still to be asked how its open disputes and inquiries end.
    disputed = Dispute.unscoped.filter(state=DisputeState.OPEN).values("connection")
    asked = Inquiry.unscoped.exclude(state=InquiryState.CLOSED).values("connection")
    rows = ProviderConnection.unscoped.select_related("practice").filter(
        Q(sweep_after=None) | Q(sweep_after__lte=now),
        Q(swept_at=None) | Q(swept_at__lt=now - RESTED),
        Q(state__in=[ConnectionState.ACTIVE, ConnectionState.PAUSED]) | Q(pk__in=disputed) | Q(pk__in=asked),
    )
    found = rows.order_by(F("swept_at").asc(nulls_first=True), "pk")[:MOST_LOOKED_AT]
    due = [each for each in found if _is_time(each, now)][:limit]
    return sum(_take_and_sweep(each, keep) for each in due)


def sweep_connection(connection: ProviderConnection, *, keep: Keep) -> None:
    """Go through all that a partner has since the last sweep, for three days at least.

    What goes wrong with one thing keeps no other from being looked at; what does not fit is kept in sight.
    Raises PartnerUnavailable and PartnerRefused in the end; what was done by then stays done.
    """
    with practice_scope(connection.practice):
        if is_only_pretended(connection):
            return
        since, trouble = _since(connection), None
        for sweep in (_sweep_payments, _sweep_disputes, _sweep_payouts):
            try:
                sweep(connection, since, keep)
            except (PartnerUnavailable, PartnerRefused) as error:
                trouble = trouble or error
        if trouble is not None:
            raise trouble


def sweep_payouts(connection: ProviderConnection) -> int:
    """Record what a partner paid out lately; how many were new or changed. Raises WrongAccount in the end."""
    changed, trouble = 0, None
    for found in _list_payouts(connection):
        try:
            changed += apply_payout(connection, found)
        except WrongAccount as error:
            trouble = error
    if trouble is not None:
        raise trouble
    return changed


def _sweep_payments(connection: ProviderConnection, since: datetime, keep: Keep) -> None:
    provider = provider_of(connection)
    if Capability.LIST_PAYMENTS in provider.capabilities:
        for found in provider.list_payments(since=since):
            _sweep_payment(connection, found, keep)


def _sweep_disputes(connection: ProviderConnection, since: datetime, keep: Keep) -> None:
    provider = provider_of(connection)
    if Capability.LIST_DISPUTES in provider.capabilities:
        for found in provider.list_disputes(since=since):
            kept = partial(_kept, keep, connection, Subject.DISPUTE, found.payment_external_id)
            _try(partial(apply_found_dispute, connection, found), partial(kept, found.external_id))


def _sweep_payouts(connection: ProviderConnection, _since: datetime, keep: Keep) -> None:
    for found in _list_payouts(connection):
        kept = partial(_kept, keep, connection, Subject.PAYOUT, found.external_id, found.external_id)
        _try(partial(apply_payout, connection, found), kept)


def _list_payouts(connection: ProviderConnection) -> list[PartnerPayout]:
    provider = provider_of(connection)
    if Capability.LIST_PAYOUTS not in provider.capabilities or is_only_pretended(connection):
        return []
    return provider.list_payouts(since=clock.today(connection.practice.time_zone) - PAYOUT_LOOK_BACK)


def _sweep_payment(connection: ProviderConnection, found: PartnerPayment, keep: Keep) -> None:
    """Settle what we began, keep in sight what we did not, and see whether any of it went back."""
    rows = PaymentAttempt.objects.select_related("practice", "connection")
    attempt = rows.filter(connection=connection, reference=found.reference or "-").first()
    of_payment = partial(_kept, keep, connection, Subject.PAYMENT, found.external_id, found.external_id)
    if attempt is not None:
        _try(partial(apply_answer, attempt, found), of_payment)
    elif found.state is PaymentState.SUCCEEDED:
        _try(partial(keep_unknown, connection, found), of_payment)
    payment = payment_of(connection, found.external_id)
    if payment is not None:
        of_refund = partial(_kept, keep, connection, Subject.REFUND, found.external_id, found.external_id)
        _try(partial(apply_refunds, payment), of_refund)


def _try(act: Callable[[], object], kept: Callable[[str], None]) -> None:
    """One thing that does not fit, or is refused, must not keep the others from being swept."""
    try:
        act()
    except PartnerUnavailable:
        raise
    except WrongAccount:
        kept(ACCOUNT_DIFFERS)
    except NotKnownYet:
        kept(NOT_KNOWN)
    except DoesNotFit as problem:
        kept(str(problem))
    except Exception as error:  # whatever it is, a person must look, and the others must not wait
        log.exception("sweep_broke")
        kept(type(error).__name__)


def _kept(
    keep: Keep,
    connection: ProviderConnection,
    subject: Subject,
    external_id: str,
    thing_id: str,
    problem: str,
) -> None:
    facts = {"connection": connection.code, "subject": str(subject), "problem": problem}
    log.warning("sweep_did_not_fit", extra={"facts": facts})
    keep(connection=connection, misfit=Misfit(subject, external_id, thing_id, problem))


def _since(connection: ProviderConnection) -> datetime:
    now = clock.now()
    last = (connection.swept_at or connection.created_at) - OVERLAP
    return max(min(now - LOOK_BACK, last), now - LONGEST_LOOK_BACK)


def _is_time(connection: ProviderConnection, now: datetime) -> bool:
    """Whether it is night there, or its night was missed."""
    last = connection.swept_at or connection.created_at
    return clock.local(now, connection.practice.time_zone).hour in NIGHT or last < now - OVERDUE


def _take_and_sweep(connection: ProviderConnection, keep: Keep) -> bool:
    """Claim a connection for an hour, then sweep it: a sweep that kills the worker must not repeat at once."""
    now = clock.now()
    rows = ProviderConnection.objects.for_practice(connection.practice).filter(pk=connection.pk)
    if not rows.filter(sweep_after=connection.sweep_after).update(sweep_after=now + TRY_AGAIN):
        return False
    try:
        sweep_connection(connection, keep=keep)
    except (PartnerUnavailable, PartnerRefused) as error:
        log.warning("sweep_failed", extra={"facts": {"connection": connection.code, "code": error.code}})
        return False
    rows.update(swept_at=now)
    return True
