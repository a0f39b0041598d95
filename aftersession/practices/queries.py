# SPDX-License-Identifier: Apache-2.0
"""Reads of a practice's own people."""

from collections.abc import Iterable

from django.db.models import Q
from django.http import Http404

from aftersession.practices.models import Member, Practice, Practitioner, Role


def practitioner_for(member: Member, code: str) -> Practitioner:
    """Somebody who treats in the member's practice, else Http404."""
    practitioner = Practitioner.objects.for_practice(member.practice).filter(code=code).first()
    if practitioner is None:
        raise Http404
    return practitioner


def practitioners_in(practice: Practice) -> list[Practitioner]:
    """Those who treat now, by name."""
    rows = Practitioner.objects.for_practice(practice).filter(is_active=True)
    return list(rows.order_by("family_name", "given_names", "pk"))


def names_of_roles(
    practice: Practice, roles: Iterable[str], *, treating: Practitioner | None = None
) -> list[str]:
    """The people of a practice with one of these roles, by name; of those who only treat, `treating` alone."""
    rows = Member.objects.for_practice(practice).filter(is_active=True, role__in=list(roles))
    own = Q(practitioner=treating) if treating is not None else Q()
    rows = rows.filter(~Q(role=Role.PRACTITIONER) | own)
    return [each.label for each in rows.select_related("user").order_by("role", "pk")]
