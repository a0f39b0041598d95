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
from aftersession.payments.provider import PartnerRefused, PartnerUnavailable, Subject
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.settle_reference import Notice

LEASE = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)
MOST_TRIES = 30
"""About a day of asking: then a person must look (I-23)."""
RAISED_AFTER = timedelta(hours=1)
"""How long a refund or dispute waits for the news of its payment."""

log = logging.getLogger("aftersession.inbox")


class Verdict(Protocol):
    """What came of a notice: an `InboundState` that ends it, and a word on why."""

    @property
    def state(self) -> str: ...

    @property
    def outcome(self) -> str: ...


class Settle(Protocol):
    """The workflow that asks the partner about what a notice names and acts on the answer.

    Called outside any transaction, in the scope of the connection's practice; safe to repeat.
    """

    def __call__(self, *, connection: ProviderConnection, notice: Notice) -> Verdict: ...


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
    notice = Notice(
        reference=event.reference,
        external_id=event.external_id,
        subject=Subject(event.subject),
        raw_body=bytes(event.raw_body),
    )
    if notice.is_about_nothing:
        return _end(event, InboundState.IGNORED, "not about a payment")
    try:
        with practice_scope(event.practice):
            verdict = settle(connection=event.connection, notice=notice)
    except (PartnerUnavailable, PartnerRefused) as error:
        return _ask_later(event, error.code)
    except Exception as error:  # whatever it is, one notice must not keep the others waiting
        log.exception("notice_broke", extra={"facts": {"connection": event.connection.code}})
        return _ask_later(event, type(error).__name__)
    if verdict.state == InboundState.STORED:
        return _wait(event, verdict.outcome)
    return _end(event, InboundState(verdict.state), verdict.outcome)


def _take(event: InboundEvent) -> bool:
    """Claim the event for a while. False if another worker was faster."""
    until = clock.now() + LEASE
    if not _update(event, next_try_at=until, attempts=event.attempts + 1):
        return False
    event.next_try_at, event.attempts = until, event.attempts + 1
    return True


def _wait(event: InboundEvent, reason: str) -> bool:
    """It is about something that is not known yet; after an hour a person must look."""
    if event.received_at < clock.now() - RAISED_AFTER:
        return _end(event, InboundState.QUARANTINED, reason)
    return _ask_later(event, reason)


def _ask_later(event: InboundEvent, reason: str) -> bool:
    if event.attempts >= MOST_TRIES:
        return _end(event, InboundState.FAILED, reason)
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(event.attempts - 1, 12))
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
