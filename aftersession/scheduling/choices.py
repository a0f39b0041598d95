# SPDX-License-Identifier: Apache-2.0
"""What a booking can be made of: services and practitioners that this member may choose."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q

from aftersession.catalog.models import Service, ServiceKind
from aftersession.patients.search import named, typed_words
from aftersession.practices.models import Member, Practitioner
from aftersession.scheduling.models import Attendee


def bookable_services(member: Member) -> list[Service]:
    """The sessions on offer, by name."""
    services = Service.objects.for_practice(member.practice).filter(is_active=True, kind=ServiceKind.SESSION)
    return list(services.order_by("name", "pk"))


def practitioners_of(member: Member) -> list[Practitioner]:
    """Those whose appointments the member may see and make, by name."""
    rows = Practitioner.objects.for_practice(member.practice).filter(is_active=True)
    if not member.sees_everyone:
        rows = rows.filter(pk=member.practitioner_id or 0)
    return list(rows.order_by("family_name", "given_names", "pk"))


def attended_by(words: str) -> Iterator[Exists | Q]:
    """Conditions on an appointment: somebody attends whose name begins with every word typed."""
    if words.strip() and not typed_words(words):
        # No letter and no digit: nobody is called that.
        yield Q(pk__in=[])
    for condition in named(words, patient="patient"):
        yield Exists(Attendee.objects.filter(condition, appointment=OuterRef("pk")))
