# SPDX-License-Identifier: Apache-2.0
"""What a booking can be made of: services, practitioners and clients that this member may choose."""

from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404

from aftersession.catalog.models import Service, ServiceKind
from aftersession.lib.text import fold
from aftersession.patients.models import Patient, SearchWord
from aftersession.practices.models import Member, Practitioner
from aftersession.scheduling.models import Attendee

MATCHES = 8
WORDS = 4


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


def clients_named(member: Member, words: str) -> list[Patient]:
    """Clients whose names, e-mail or phone begin with every word typed; the first few by name."""
    rows = _bookable_clients(member).filter(*_named(words, patient="pk"))
    return list(rows.order_by("family_name", "given_names", "pk")[:MATCHES]) if words.strip() else []


def client_to_book(member: Member, code: str) -> Patient:
    """The client by public code. Raises Http404 for one that is not the member's to see."""
    patient = _bookable_clients(member).filter(code=code).first()
    if patient is None:
        raise Http404
    return patient


def attended_by(words: str) -> Iterator[Exists]:
    """Conditions on an appointment: somebody attends whose name begins with every word typed."""
    for condition in _named(words, patient="patient"):
        yield Exists(Attendee.objects.filter(condition, appointment=OuterRef("pk")))


def _named(words: str, *, patient: str) -> Iterator[Exists]:
    for word in fold(words).split()[:WORDS]:
        yield Exists(SearchWord.objects.filter(word__startswith=word, patient=OuterRef(patient)))


def _bookable_clients(member: Member) -> "QuerySet[Patient]":
    rows: QuerySet[Patient] = Patient.objects.for_practice(member.practice).select_related("guarantor")
    if member.sees_everyone:
        return rows
    own = member.practitioner_id or 0
    treated = Attendee.objects.filter(patient=OuterRef("pk"), appointment__practitioner=own)
    return rows.filter(Q(usual_practitioner=own) | Exists(treated))
