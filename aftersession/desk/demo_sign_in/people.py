# SPDX-License-Identifier: Apache-2.0
"""Whom the demo offers to be."""

from itertools import groupby

from aftersession.practices.models import Member, Practice


def demo_people() -> list[tuple[Practice, list[Member]]]:
    """The people of each practice in the demo, practices in the order they were made."""
    members = Member.unscoped.filter(is_active=True, user__is_active=True).select_related("practice", "user")
    ordered = members.order_by("practice_id", "pk")
    return [
        (practice, list(group)) for practice, group in groupby(ordered, key=lambda member: member.practice)
    ]


def demo_person(code: str) -> Member | None:
    """The person behind a button of the page."""
    member: Member | None = (
        Member.unscoped.filter(code=code, is_active=True, user__is_active=True)
        .select_related("practice", "user")
        .first()
    )
    return member
