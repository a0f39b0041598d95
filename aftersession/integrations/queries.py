# SPDX-License-Identifier: Apache-2.0
"""Notices that could not be applied: a person must look at the partner what they are about."""

from django.db.models import QuerySet

from aftersession.integrations.models import STUCK, InboundEvent
from aftersession.practices.models import Practice

MOST_SHOWN = 50


def stuck_notices(practice: Practice) -> "QuerySet[InboundEvent]":
    """The newest notices that nothing came of, of all this practice's partners."""
    rows: QuerySet[InboundEvent] = InboundEvent.objects.for_practice(practice).filter(state__in=STUCK)
    return rows.select_related("connection").order_by("-received_at", "-pk")
