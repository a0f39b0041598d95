# SPDX-License-Identifier: Apache-2.0
"""The worker's side of the inbox: each stored notice makes us ask the partner once more.

A notice is never believed. What it is about is looked up at the partner and settled by the same
workflow that the return page and the poller use, which may run any number of times. So a worker
killed between settling and marking only asks again.
"""

import logging
from datetime import timedelta
from typing import Protocol

from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.lib import clock
from aftersession.payments.models import ProviderConnection
from aftersession.payments.provider import PartnerRefused, PartnerUnavailable
from aftersession.practices.tenancy import practice_scope

LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
MOST_TRIES = 30
"""About a day of asking: then a person must look (I-23)."""

log = logging.getLogger("aftersession.inbox")


class Verdict(Protocol):
    """What came of a notice: an `InboundState` that ends it, and a word on why."""

    @property
    def state(self) -> str: ...

    @property
    def outcome(self) -> str: ...


class Settle(Protocol):
    """The workflow that asks the partner about a reference and acts on the answer.

    Called outside any transaction, in the scope of the connection's practice; safe to repeat.
    """

    def __call__(self, *, connection: ProviderConnection, reference: str) -> Verdict: ...


def apply_due_notices(*, settle: Settle, limit: int = 50) -> int:
    """For the worker: apply what is due, of all practices, oldest first. Returns how many ended."""
    due = (
        InboundEvent.unscoped.select_related("practice", "connection")
        .filter(state=InboundState.STORED, next_try_at__lte=clock.now())
        .order_by("next_try_at", "pk")[:limit]
    )
    return sum(_apply(event, settle) for event in due)


def _apply(event: InboundEvent, settle: Settle) -> bool:
    if not _take(event):
        return False
    if event.attempts > MOST_TRIES:
        return _end(event, InboundState.FAILED, "tries used up")
    if not event.reference:
        return _end(event, InboundState.IGNORED, "not about a payment")
    try:
        with practice_scope(event.practice):
            verdict = settle(connection=event.connection, reference=event.reference)
    except (PartnerUnavailable, PartnerRefused) as error:
        return _ask_later(event, error.code)
    return _end(event, InboundState(verdict.state), verdict.outcome)


def _take(event: InboundEvent) -> bool:
    """Claim the event for a while. False if another worker was faster."""
    until = clock.now() + LEASE
    if not _update(event, next_try_at=until, attempts=event.attempts + 1):
        return False
    event.next_try_at, event.attempts = until, event.attempts + 1
    return True


def _ask_later(event: InboundEvent, reason: str) -> bool:
    if event.attempts >= MOST_TRIES:
        return _end(event, InboundState.FAILED, reason)
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (event.attempts - 1))
    _update(event, next_try_at=clock.now() + wait, outcome=reason[:120])
    return False


def _end(event: InboundEvent, state: InboundState, outcome: str) -> bool:
    facts = {"connection": event.connection.code, "event": event.event_key, "state": state.value}
    log.info("notice done", extra={"facts": facts})
    return _update(event, state=state, outcome=outcome[:120], next_try_at=None)


def _update(event: InboundEvent, **changes: object) -> bool:
    """Change the event if it is as we last saw it."""
    same = InboundEvent.objects.for_practice(event.practice).filter(
        pk=event.pk, state=InboundState.STORED, next_try_at=event.next_try_at
    )
    return same.update(**changes) == 1
