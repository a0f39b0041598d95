# SPDX-License-Identifier: Apache-2.0
"""The counts beside the main navigation."""

from collections.abc import Mapping
from typing import cast

from django.http import HttpRequest

from aftersession.claims.models import Claim, ClaimState
from aftersession.desk.requests import DeskRequest
from aftersession.scheduling.queries import count_open


def nav_counts(request: HttpRequest) -> Mapping[str, int]:
    """What waits for this member: open sessions, and claims without an answer. Two queries."""
    member = cast(DeskRequest, request).member
    claims = Claim.objects.for_practice(member.practice)
    if not member.sees_everyone:
        claims = claims.filter(invoice__practitioner=member.practitioner_id or 0)
    waiting = claims.filter(state__in=[ClaimState.DRAFT, ClaimState.SUBMITTED]).count()
    return {"appointments": count_open(member), "claims": waiting}
