# SPDX-License-Identifier: Apache-2.0
"""Partners' notices: when the last one came, and those that could not be applied, so that a person must look."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import Http404

from aftersession.integrations.models import FOUND, STUCK, InboundEvent
from aftersession.payments.models import ProviderConnection
from aftersession.practices.models import Practice

MOST_SHOWN = 50


def stuck_notices(practice: Practice) -> "QuerySet[InboundEvent]":
    """The newest notices that nothing came of, of all this practice's partners."""
    rows: QuerySet[InboundEvent] = InboundEvent.objects.for_practice(practice).filter(state__in=STUCK)
    return rows.select_related("connection").order_by("-received_at", "-pk")


def stuck_notice_for(practice: Practice, code: str) -> InboundEvent:
    """One of them, or Http404 alike for none, for another's and for one that is put aside."""
    found: InboundEvent | None = stuck_notices(practice).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def last_notice_at(connection: ProviderConnection) -> datetime | None:
    """When the partner's last verified notice came, if any has (UTC)."""
    rows = InboundEvent.objects.for_practice(connection.practice).filter(connection=connection)
    newest: InboundEvent | None = rows.exclude(event_type__startswith=FOUND).order_by("-pk").first()
    return newest.received_at if newest else None
