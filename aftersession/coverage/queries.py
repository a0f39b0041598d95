# SPDX-License-Identifier: Apache-2.0
"""Reads of policies and insurers. `coverage_for` and `payer_for` are the doors from a public code."""

from datetime import date

from django.http import Http404

from aftersession.coverage.models import Coverage, Payer
from aftersession.patients.models import Patient
from aftersession.patients.queries import visible_patients
from aftersession.practices.models import Member, Practice


def coverage_for(member: Member, code: str) -> Coverage:
    """The policy with its patient and insurer, if the patient is the member's to see; else Http404."""
    rows = Coverage.objects.for_practice(member.practice).filter(
        code=code, patient__in=visible_patients(member)
    )
    coverage = rows.select_related("patient", "payer", "practice").first()
    if coverage is None:
        raise Http404
    return coverage


def payer_for(member: Member, code: str) -> Payer:
    """An insurer of the member's practice, else Http404."""
    payer = Payer.objects.for_practice(member.practice).filter(code=code).first()
    if payer is None:
        raise Http404
    return payer


def valid_coverage(patient: Patient, day: date) -> Coverage | None:
    """The policy to bill for a service of this day: the first in order that covers it, else None."""
    return next((each for each in coverages_of(patient) if each.is_valid_on(day)), None)


def coverages_of(patient: Patient) -> list[Coverage]:
    """All policies of a patient with their insurers, those in use first, then in order of priority."""
    rows = Coverage.objects.for_practice(patient.practice).filter(patient=patient).select_related("payer")
    return list(rows.order_by("-is_active", "priority", "id"))


def payers_of(practice: Practice, *, is_active: bool | None = True) -> list[Payer]:
    """The practice's insurers by name; with None also those no longer in use."""
    rows = Payer.objects.for_practice(practice)
    if is_active is not None:
        rows = rows.filter(is_active=is_active)
    return list(rows.order_by("name", "pk"))
