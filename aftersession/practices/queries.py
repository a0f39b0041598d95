# SPDX-License-Identifier: Apache-2.0
"""Reads of a practice's own people."""

from django.http import Http404

from aftersession.practices.models import Member, Practice, Practitioner


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
