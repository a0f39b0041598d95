# SPDX-License-Identifier: Apache-2.0
"""Which practice a request works in. The one read that happens before there is a practice."""

from collections.abc import Sequence

from django.contrib.auth.models import AnonymousUser

from aftersession.accounts.models import User
from aftersession.practices.models import Member


def memberships_of(user: User | AnonymousUser) -> list[Member]:
    """The practices a person works in, by name; none for somebody who has not signed in."""
    if not isinstance(user, User):
        return []
    members = Member.unscoped.filter(user=user, is_active=True).select_related(
        "practice", "practitioner", "user"
    )
    return list(members.order_by("practice__name", "pk"))


def chosen_membership(members: Sequence[Member], practice_code: str | None) -> Member | None:
    """The only one, or the one whose practice was chosen; None while a choice is open."""
    if len(members) == 1:
        return members[0]
    return next((member for member in members if member.practice.code == practice_code), None)
