# SPDX-License-Identifier: Apache-2.0
"""Reads of the inbox: whether a partner tells us anything, and what of it nothing came of."""

from datetime import datetime

from django.db.models import QuerySet

from aftersession.integrations.models import STUCK, InboundEvent
from aftersession.payments.models import ProviderConnection
from aftersession.practices.models import Practice

MOST_SHOWN = 50


def stuck_notices(practice: Practice) -> "QuerySet[InboundEvent]":
    """The newest notices that nothing came of, of all this practice's partners."""
    rows: QuerySet[InboundEvent] = InboundEvent.objects.for_practice(practice).filter(state__in=STUCK)
    return rows.select_related("connection").order_by("-received_at", "-pk")


def last_notice_at(connection: ProviderConnection) -> datetime | None:
    """When the partner's last verified notice came, if any has (UTC)."""
    rows = InboundEvent.objects.for_practice(connection.practice).filter(connection=connection)
    newest: InboundEvent | None = rows.order_by("-pk").first()
    return newest.received_at if newest else None
