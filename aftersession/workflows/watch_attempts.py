# SPDX-License-Identifier: Apache-2.0
"""The janitor: attempts whose end nobody told us are asked for, ever more rarely, until they have one."""

import logging
from datetime import timedelta

from django.db.models import QuerySet

from aftersession.lib import clock
from aftersession.lib.errors import PartnerUnavailable
from aftersession.payments.attempts import OPEN_STATES
from aftersession.payments.models import AttemptState, PaymentAttempt
from aftersession.payments.provider import PartnerRefused
from aftersession.practices.models import Practice
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.settle_attempt import WrongAccount, refresh_attempt

log = logging.getLogger("aftersession.attempts")

# When to look again after each fruitless look; the last one for as long as a late payment may come.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 15, 60, 180, 720, *([1440] * 7)))
IN_DOUBT_AFTER = timedelta(hours=24)


def watch_attempts(limit: int = 20) -> int:
    """Look at the attempts that are due, of all practices; how many were looked at."""
    due = (
        PaymentAttempt.unscoped.filter(next_check_at__lte=clock.now())
        .select_related("connection", "practice")
        .order_by("next_check_at")[:limit]
    )
    for attempt in due:
        _look(attempt)
    return len(due)


def attempts_in_doubt(practice: Practice) -> "QuerySet[PaymentAttempt]":
    """Attempts that still have no end a day after they began: somebody must ask the partner."""
    doubtful: QuerySet[PaymentAttempt] = PaymentAttempt.objects.for_practice(practice)
    return doubtful.filter(state__in=OPEN_STATES, created_at__lt=clock.now() - IN_DOUBT_AFTER).order_by("pk")


def _look(attempt: PaymentAttempt) -> None:
    # The next look is booked first: a look that kills the worker must not be the only thing it does.
    wait = WAITS[attempt.checks] if attempt.checks < len(WAITS) else None
    with practice_scope(attempt.practice):
        PaymentAttempt.objects.filter(pk=attempt.pk).update(
            checks=attempt.checks + 1, next_check_at=clock.now() + wait if wait else None
        )
        try:
            state = refresh_attempt(attempt)
        except PartnerUnavailable:
            return
        except (PartnerRefused, WrongAccount) as error:
            log.warning(
                "attempt_not_settled",
                extra={"facts": {"attempt": attempt.code, "error": type(error).__name__}},
            )
            return
        if state == AttemptState.SUCCEEDED or (state == AttemptState.FAILED and attempt.checks > 2):
            PaymentAttempt.objects.filter(pk=attempt.pk).update(next_check_at=None)
