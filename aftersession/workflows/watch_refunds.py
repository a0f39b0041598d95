# SPDX-License-Identifier: Apache-2.0
"""The janitor of refunds: those without an end are asked for, ever more rarely, for as long as it takes."""

from datetime import timedelta

from aftersession.lib import clock
from aftersession.lib.errors import PartnerUnavailable
from aftersession.payments.models import Refund
from aftersession.payments.provider import PartnerRefused
from aftersession.payments.refunds import take_turn
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.refund_online import note_trouble, refresh_refund, whole_refunds
from aftersession.workflows.settle_attempt import WrongAccount

# When to look again after each look, never before its answer must have come; then each day: banks take weeks.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (2, 2, 5, 15, 60, 180, 720, 1440))


def watch_refunds(limit: int = 20) -> int:
    """Look at the refunds that are due, of all practices; how many were looked at."""
    due = whole_refunds(Refund.unscoped.filter(next_check_at__lte=clock.now()))
    found = list(due.order_by("next_check_at")[:limit])
    for refund in found:
        _look(refund)
    return len(found)


def _look(refund: Refund) -> None:
    # The next look is booked first: a look that kills the worker must not be the only thing it does.
    wait = WAITS[min(refund.checks, len(WAITS) - 1)]
    with practice_scope(refund.practice):
        if not take_turn(refund, clock.now() + wait):
            return
        try:
            refresh_refund(refund, is_turn=True)
        except (PartnerUnavailable, PartnerRefused, WrongAccount) as error:
            note_trouble(refund, error)
