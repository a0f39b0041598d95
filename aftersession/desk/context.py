# SPDX-License-Identifier: Apache-2.0
"""The counts beside the main navigation."""

from collections.abc import Mapping
from typing import Any, cast

from django.db.models import Count, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest

from aftersession.claims.models import Claim, ClaimState
from aftersession.desk.requests import DeskRequest
from aftersession.practices.models import Practice
from aftersession.scheduling.queries import open_appointments


def nav_counts(request: HttpRequest) -> Mapping[str, int]:
    """What waits for this member: open sessions, and claims without an answer. One query."""
    member = cast(DeskRequest, request).member
    claims = Claim.objects.for_practice(member.practice).filter(
        state__in=[ClaimState.DRAFT, ClaimState.SUBMITTED]
    )
    if not member.sees_everyone:
        claims = claims.filter(invoice__practitioner=member.practitioner_id or 0)
    counts = Practice.objects.filter(pk=member.practice_id).values_list(
        _how_many(open_appointments(member)), _how_many(claims)
    )
    appointments, waiting = counts.get()
    return {"appointments": appointments, "claims": waiting}


def _how_many(rows: "QuerySet[Any]") -> Coalesce:
    counted = rows.order_by().values("practice").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(counted), 0)
