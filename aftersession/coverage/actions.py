# SPDX-License-Identifier: Apache-2.0
"""Everything that changes policies and insurers, each with its line in the audit log."""

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.commands.command import command
from aftersession.coverage.models import Coverage, Payer, Relationship
from aftersession.lib.changes import changed_names, digest_of
from aftersession.lib.errors import BadInput
from aftersession.messaging.actions import hold_waiting
from aftersession.patients.actions import changed_meanwhile
from aftersession.patients.models import Patient
from aftersession.practices.actors import Actor


@dataclass(frozen=True, kw_only=True)
class CoverageDetails:
    """What stands on the card. The insurer is one of the practice's, or the name of a new one."""

    payer: Payer | None
    new_payer: str = ""
    plan: str = ""
    member_number: str
    dependant_code: str = ""
    relationship: str = Relationship.SELF
    principal_family_name: str = ""
    principal_initials: str = ""
    principal_id_number: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    @classmethod
    def names(cls) -> list[str]:
        """The fields that the model has too."""
        return [each.name for each in fields(cls) if each.name != "new_payer"]


@dataclass(frozen=True, kw_only=True)
class PayerDetails:
    """How an insurer is called and reached."""

    name: str
    claims_email: str = ""
    phone: str = ""
    address: str = ""
    is_active: bool = True

    @classmethod
    def names(cls) -> list[str]:
        """The fields, as the model calls them too."""
        return [each.name for each in fields(cls)]


@dataclass(frozen=True)
class CoverageSaved:
    """The policy's public code."""

    coverage_code: str


@dataclass(frozen=True)
class PayerSaved:
    """The insurer's public code, and how many waiting messages now wait for a person's word."""

    payer_code: str
    held: int = 0


@command(CoverageSaved)
def add_coverage(*, patient: Patient, details: CoverageDetails, actor: Actor, key: str) -> CoverageSaved:
    """Write a policy down, last in order of those the patient has."""
    others = Coverage.objects.filter(patient=patient, is_active=True).count()
    coverage = Coverage(
        practice=actor.practice, patient=patient, priority=others + 1, **_values(details, patient, actor)
    )
    coverage.save(force_insert=True)
    _note("coverage.added", coverage, actor=actor)
    return CoverageSaved(coverage.code)


@command(CoverageSaved)
def change_coverage(
    *, coverage: Coverage, details: CoverageDetails, seen: str, actor: Actor, key: str
) -> CoverageSaved:
    """Write a policy anew; accounts already made keep what they said.

    `seen` is `digest_of(coverage, CoverageDetails.names())` as the form showed it. Raises
    InvalidTransition if somebody else has changed it since.
    """
    kept: Coverage = Coverage.objects.select_for_update().get(pk=coverage.pk)
    if digest_of(kept, CoverageDetails.names()) != seen:
        raise changed_meanwhile()
    values = _values(details, kept.patient, actor)
    changed = changed_names(kept, values)
    for name in changed:
        setattr(kept, name, values[name])
    if changed:
        kept.save(update_fields=changed)
        _note("coverage.changed", kept, actor=actor, changed=changed)
    return CoverageSaved(kept.code)


@command(CoverageSaved)
def end_coverage(*, coverage: Coverage, actor: Actor, key: str) -> CoverageSaved:
    """Use a policy no more: nothing new is billed to it, what was billed stays. Safe to repeat."""
    if Coverage.objects.filter(pk=coverage.pk, is_active=True).update(is_active=False):
        _note("coverage.ended", coverage, actor=actor)
    return CoverageSaved(coverage.code)


@command(PayerSaved)
def add_payer(*, details: PayerDetails, actor: Actor, key: str) -> PayerSaved:
    """A new insurer. Raises BadInput beside `name` for a name the practice has already."""
    payer = Payer(practice=actor.practice)
    return PayerSaved(_keep_payer(payer, details, actor=actor).code)


@command(PayerSaved)
def change_payer(*, payer: Payer, details: PayerDetails, seen: str, actor: Actor, key: str) -> PayerSaved:
    """Other details of an insurer. Letters that wait for a claims address which changes are held.

    `seen` as for `change_coverage`; raises BadInput beside `name` as `add_payer` does.
    """
    kept: Payer = Payer.objects.select_for_update().get(pk=payer.pk)
    if digest_of(kept, PayerDetails.names()) != seen:
        raise changed_meanwhile()
    is_moved = kept.claims_email != details.claims_email
    _keep_payer(kept, details, actor=actor)
    return PayerSaved(kept.code, hold_waiting(recipient=kept.ref) if is_moved else 0)


def _values(details: CoverageDetails, patient: Patient, actor: Actor) -> dict[str, Any]:
    """What the row will say. A principal member who is the patient is named after them."""
    if details.relationship == Relationship.SELF:
        details = replace(
            details,
            principal_family_name=details.principal_family_name or patient.family_name,
            principal_initials=details.principal_initials or patient.initials[:20],
            principal_id_number=details.principal_id_number or patient.id_number,
        )
    values = {name: getattr(details, name) for name in CoverageDetails.names()}
    if details.payer is None:
        values["payer"] = _payer_named(details.new_payer, actor=actor)
    return values


def _payer_named(name: str, *, actor: Actor) -> Payer:
    """The practice's insurer of this name, capitals alike; a new one if there is none."""
    if not name:
        raise BadInput(_("Choose one, or write the name of a new one."), field="payer")
    found: Payer | None = Payer.objects.filter(name__iexact=name).order_by("pk").first()
    return found or _keep_payer(Payer(practice=actor.practice), PayerDetails(name=name), actor=actor)


def _keep_payer(payer: Payer, details: PayerDetails, *, actor: Actor) -> Payer:
    is_new = payer.pk is None
    values = {name: getattr(details, name) for name in PayerDetails.names()}
    changed = changed_names(payer, values)
    for name in changed:
        setattr(payer, name, values[name])
    try:
        with transaction.atomic():
            payer.save()
    except IntegrityError as error:
        raise BadInput(_("The practice has one of this name already."), field="name") from error
    data = {} if is_new else {"fields": changed}
    action = "payer.added" if is_new else "payer.changed"
    record_facts([Fact(action, "payer", payer.code, data=data)], actor=actor)
    return payer


def _note(action: str, coverage: Coverage, *, actor: Actor, changed: Sequence[str] = ()) -> None:
    data = {"fields": list(changed)} if changed else {}
    fact = Fact(action, "coverage", coverage.code, patient_code=coverage.patient.code, data=data)
    record_facts([fact], actor=actor)
