# SPDX-License-Identifier: Apache-2.0
"""Everything that changes a patient, each with its line in the audit log: names of fields, never contents."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.audit.actions import Fact, record_facts
from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.lib.changes import changed_names, digest_of
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.messaging.actions import hold_waiting
from aftersession.patients.models import Guarantor, Patient, PatientDiagnosis, SearchWord, Sex
from aftersession.patients.search import sort_name_of, words_of
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practitioner

MAX_DIAGNOSES = 12


@dataclass(frozen=True, kw_only=True)
class PatientDetails:
    """What a profile says of a patient. Names, numbers and addresses are clean already."""

    given_names: str
    family_name: str = ""
    title: str = ""
    known_as: str = ""
    born_on: date | None = None
    sex: str = Sex.UNKNOWN
    id_number: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""
    usual_practitioner: Practitioner | None = None
    prints_diagnosis: bool = False

    @classmethod
    def names(cls) -> list[str]:
        """The fields, as the model calls them too."""
        return [each.name for each in fields(cls)]


@dataclass(frozen=True, kw_only=True)
class GuarantorDetails:
    """The person who answers for a patient's bills."""

    given_names: str
    family_name: str = ""
    title: str = ""
    relationship: str = ""
    email: str = ""
    phone: str = ""
    address: str = ""

    @classmethod
    def names(cls) -> list[str]:
        """The fields, as the model calls them too."""
        return [each.name for each in fields(cls)]


@dataclass(frozen=True)
class DiagnosisChoice:
    """One diagnosis as its code table prints it."""

    system: str
    code: str
    title: str


@dataclass(frozen=True)
class PatientSaved:
    """The patient's public code, and how many waiting messages now wait for a person's word."""

    patient_code: str
    held: int = 0


@command(PatientSaved)
def register_patient(
    *, details: PatientDetails, guarantor: GuarantorDetails | None, actor: Actor, key: str
) -> PatientSaved:
    """Take a new patient into the practice, with the responsible person if one is named.

    A minor without one is taken in too: only the bills have to wait (`queries.bill_to`).
    """
    patient = Patient(practice=actor.practice, created_at=clock.now(), **_values(details))
    if guarantor is not None:
        patient.guarantor = Guarantor.objects.create(practice=actor.practice, **asdict(guarantor))
    patient.save(force_insert=True)
    make_findable(patient)
    _note("patient.created", patient, actor=actor)
    return PatientSaved(patient.code)


@command(PatientSaved)
def change_patient(
    *, patient: Patient, details: PatientDetails, seen: str, actor: Actor, key: str
) -> PatientSaved:
    """Write a patient's details anew. Letters that wait for an address which changes are held.

    `seen` is `digest_of(patient, PatientDetails.names())` as the form showed it. Raises
    InvalidTransition if somebody else has changed them since: nothing of theirs is overwritten.
    """
    kept: Patient = Patient.objects.select_for_update().get(pk=patient.pk)
    if digest_of(kept, PatientDetails.names()) != seen:
        raise changed_meanwhile()
    values = _values(details)
    changed = changed_names(kept, values)
    if not changed:
        return PatientSaved(kept.code)
    for name in changed:
        setattr(kept, name, values[name])
    kept.save(update_fields=changed)
    make_findable(kept)
    held = hold_waiting(recipient=kept.ref) if "email" in changed else 0
    _note("patient.changed", kept, actor=actor, changed=changed)
    return PatientSaved(kept.code, held)


@command(PatientSaved)
def set_guarantor(
    *, patient: Patient, details: GuarantorDetails, seen: str, actor: Actor, key: str
) -> PatientSaved:
    """Say who answers for the bills: a new person, or new details of the one there is.

    `seen` is the digest of the present one, or nothing. Whoever answers for several patients (brothers
    and sisters) changes for all of them. Raises InvalidTransition as `change_patient` does.
    """
    kept: Patient = Patient.objects.select_for_update().get(pk=patient.pk)
    guarantor = kept.guarantor
    if (digest_of(guarantor, GuarantorDetails.names()) if guarantor else "") != seen:
        raise changed_meanwhile()
    values, held = asdict(details), 0
    if guarantor is None:
        kept.guarantor = Guarantor.objects.create(practice=actor.practice, **values)
        kept.save(update_fields=["guarantor"])
        # What waits for the patient was written before somebody else answered for them.
        held = hold_waiting(recipient=kept.ref)
        _note("patient.guarantor_added", kept, actor=actor)
        return PatientSaved(kept.code, held)
    changed = changed_names(guarantor, values)
    if changed:
        Guarantor.objects.filter(pk=guarantor.pk).update(**values)
        held = hold_waiting(recipient=guarantor.ref) if "email" in changed else 0
        _note("patient.guarantor_changed", kept, actor=actor, changed=changed)
    return PatientSaved(kept.code, held)


@command(PatientSaved)
def remove_guarantor(*, patient: Patient, actor: Actor, key: str) -> PatientSaved:
    """From now on the patient answers alone; bills already made stay as they are.

    Raises BadInput for a minor.
    """
    kept: Patient = Patient.objects.select_for_update().get(pk=patient.pk)
    if kept.is_minor_on(clock.today(actor.practice.time_zone)):
        raise BadInput(_("A client under 18 cannot be billed. Write down another person instead."))
    if kept.guarantor is None:
        return PatientSaved(kept.code)
    kept.guarantor = None
    kept.save(update_fields=["guarantor"])
    _note("patient.guarantor_removed", kept, actor=actor)
    return PatientSaved(kept.code)


@command(PatientSaved)
def set_diagnoses(
    *, patient: Patient, diagnoses: Sequence[DiagnosisChoice], actor: Actor, key: str
) -> PatientSaved:
    """Put these diagnoses on the profile in the place of the present ones; the first is primary.

    Raises BadInput for more than a profile holds, or for one that is named twice.
    """
    if len(diagnoses) > MAX_DIAGNOSES:
        text = ngettext("At most %(count)d diagnosis.", "At most %(count)d diagnoses.", MAX_DIAGNOSES)
        raise BadInput(text % {"count": MAX_DIAGNOSES}, field="diagnoses")
    if len({(each.system, each.code) for each in diagnoses}) < len(diagnoses):
        raise BadInput(_("One of these stands here twice."), field="diagnoses")
    # The row of the patient is the lock: two people at once write one list or the other, whole.
    kept: Patient = Patient.objects.select_for_update().get(pk=patient.pk)
    PatientDiagnosis.objects.filter(patient=kept).delete()
    PatientDiagnosis.objects.bulk_create(
        PatientDiagnosis(
            practice=actor.practice,
            patient=kept,
            position=position,
            system=each.system,
            diagnosis_code=each.code,
            title=each.title[:300],
        )
        for position, each in enumerate(diagnoses, start=1)
    )
    _note("patient.diagnoses_changed", kept, actor=actor)
    return PatientSaved(kept.code)


def make_findable(patient: Patient) -> None:
    """Bring the patient's place in lists and search words up to date with the names and numbers."""
    patient.sort_name = sort_name_of(patient)
    Patient.objects.filter(pk=patient.pk).update(sort_name=patient.sort_name)
    SearchWord.objects.filter(patient=patient).delete()
    SearchWord.objects.bulk_create(
        SearchWord(practice_id=patient.practice_id, patient=patient, word=word)
        for word in sorted(words_of(patient, patient.practice.profile))
    )


def changed_meanwhile() -> InvalidTransition:
    """Why a form is refused that was opened before somebody else wrote."""
    return InvalidTransition(
        _(
            "Somebody else has changed this while you were typing. Nothing was saved: "
            "what you typed stands below, open the page again to see what they wrote."
        ),
        code="changed_meanwhile",
    )


def _values(details: PatientDetails) -> dict[str, object]:
    return {name: getattr(details, name) for name in PatientDetails.names()}


def _note(action: str, patient: Patient, *, actor: Actor, changed: Sequence[str] = ()) -> None:
    data = {"fields": list(changed)} if changed else {}
    record_facts([Fact(action, "patient", patient.code, patient_code=patient.code, data=data)], actor=actor)
