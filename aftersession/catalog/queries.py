# SPDX-License-Identifier: Apache-2.0
"""Reads of the catalogue of services."""

from django.http import Http404

from aftersession.catalog.models import Service, ServiceKind
from aftersession.lib.text import fold
from aftersession.practices.models import Member, Practice

SUGGESTIONS = 12


def service_for(member: Member, code: str) -> Service:
    """A service of the member's practice, still offered or not, else Http404."""
    service = Service.objects.for_practice(member.practice).filter(code=code).first()
    if service is None:
        raise Http404
    return service


def services_of(practice: Practice) -> list[Service]:
    """The whole catalogue: what is offered first, sessions before items, each by name."""
    rows = Service.objects.for_practice(practice)
    return list(rows.order_by("-is_active", "-kind", "name", "pk"))


def active_services(practice: Practice, kind: ServiceKind | None = None) -> list[Service]:
    """What is offered now, by name; sessions or items alone if `kind` says so."""
    rows = Service.objects.for_practice(practice).filter(is_active=True)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return list(rows.order_by("name", "pk"))


def suggest(practice: Practice, words: str, limit: int = SUGGESTIONS) -> list[Service]:
    """What is offered and has every word typed in its name or code; the whole list for no words.

    A catalogue has tens of entries: it is looked through in memory, capitals and accents alike.
    """
    wanted = fold(words[:100]).split()
    found = [
        each
        for each in active_services(practice)
        if all(word in fold(f"{each.name} {each.procedure_code}") for word in wanted)
    ]
    return found[:limit]
