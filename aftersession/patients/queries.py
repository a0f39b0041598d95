# SPDX-License-Identifier: Apache-2.0
"""Reads of patients. `patient_for` is the only door from a public code to a patient."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _

from aftersession.lib.errors import BadInput
from aftersession.patients.models import Guarantor, Patient, PatientDiagnosis
from aftersession.patients.search import matches_of
from aftersession.practices.models import Member

PAGE_SIZE = 25


@dataclass(frozen=True)
class PatientPage:
    """One page of patients with the codes that its neighbours begin after or end before.

    Where the page before is simply the first one, `before` is a word that is nobody's code.
    """

    patients: Sequence[Patient]
    after: str
    before: str


def visible_patients(member: Member) -> "QuerySet[Patient]":
    """All that this member may see: a practitioner's own clients, the whole practice for the others.

    Somebody is a practitioner's own who usually comes to them, or ever had an appointment with them.
    """
    rows: QuerySet[Patient] = Patient.objects.for_practice(member.practice)
    return rows.filter(_is_visible(member))


def _is_visible(member: Member, patient: str = "") -> Q:
    """The same as a condition on rows that refer to a patient: `patient` is the way there."""
    if member.sees_everyone:
        return Q()
    own = member.practitioner_id or 0
    treated = Patient.objects.for_practice(member.practice).filter(
        pk=OuterRef(patient or "pk"), attendances__appointment__practitioner_id=own
    )
    usual = f"{patient}__usual_practitioner_id" if patient else "usual_practitioner_id"
    return Q(**{usual: own}) | Q(Exists(treated))


def patient_for(member: Member, code: str) -> Patient:
    """The patient with responsible person and usual practitioner, or Http404 alike for none and for another's."""
    rows = visible_patients(member).select_related("guarantor", "usual_practitioner", "practice")
    patient = rows.filter(code=code).first()
    if patient is None:
        raise Http404
    return patient


def list_patients(
    member: Member, *, words: str = "", after: str = "", before: str = "", size: int = PAGE_SIZE
) -> PatientPage:
    """Patients by family name; with words, those found by them, the best match first.

    `after` and `before` are codes of patients at a page's edge; unknown ones mean the first page.
    """
    if words.strip():
        return _found_page(member, words, after, before, size)
    rows = visible_patients(member).select_related("guarantor", "usual_practitioner")
    edge = _edge(member, before) if before else None
    if edge and (found := list(rows.filter(_beyond(edge, "lt")).order_by("-sort_name", "-pk")[: size + 1])):
        return PatientPage(found[:size][::-1], found[0].code, _last_code(found, size))
    edge = _edge(member, after) if after else None
    if edge:
        rows = rows.filter(_beyond(edge, "gt"))
    found = list(rows.order_by("sort_name", "pk")[: size + 1])
    return PatientPage(found[:size], _last_code(found, size), found[0].code if edge and found else "")


def _found_page(member: Member, words: str, after: str, before: str, size: int) -> PatientPage:
    """A page of what a search found. One goes back to its beginning, not page by page."""
    matches = matches_of(words).filter(_is_visible(member, "patient"))
    edge = matches.filter(patient__code=after).values_list("word", "patient_id").first() if after else None
    if edge:
        word, patient_id = edge
        matches = matches.filter(word__gte=word).filter(Q(word__gt=word) | Q(patient_id__gt=patient_id))
    rows = matches.select_related("patient__guarantor", "patient__usual_practitioner")[: size + 1]
    found = [each.patient for each in rows]
    return PatientPage(found[:size], _last_code(found, size), "start" if edge else "")


def count_patients(member: Member, *, most: int = 1000) -> int:
    """How many patients the member sees, counted no further than `most`."""
    return visible_patients(member).order_by().values("pk")[:most].count()


def diagnoses_of(patient: Patient) -> list[PatientDiagnosis]:
    """The diagnoses on the patient's profile, the primary one first."""
    return list(PatientDiagnosis.objects.filter(patient=patient).order_by("position"))


def wards_of(guarantor: Guarantor, *, besides: Patient) -> list[Patient]:
    """The other patients the same person answers for."""
    rows = Patient.objects.filter(guarantor=guarantor).exclude(pk=besides.pk)
    return list(rows.order_by("sort_name", "pk")[:10])


def find_guarantors(member: Member, words: str, *, size: int = 8) -> list[Guarantor]:
    """Who answers for somebody's bills and has these words in the name, by name."""
    rows = _visible_guarantors(member)
    for word in words.split()[:4]:
        rows = rows.filter(Q(given_names__icontains=word) | Q(family_name__icontains=word))
    return list(rows.order_by("family_name", "given_names", "pk")[:size])


def guarantor_for(member: Member, code: str) -> Guarantor:
    """A responsible person of the member's practice, else Http404."""
    guarantor = _visible_guarantors(member).filter(code=code).first()
    if guarantor is None:
        raise Http404
    return guarantor


def _visible_guarantors(member: Member) -> "QuerySet[Guarantor]":
    rows: QuerySet[Guarantor] = Guarantor.objects.for_practice(member.practice)
    if member.sees_everyone:
        return rows
    return rows.filter(pk__in=visible_patients(member).exclude(guarantor=None).values("guarantor"))


def bill_to(patient: Patient, *, on: date) -> Patient | Guarantor:
    """Who is billed for a service of this day: the responsible person where there is one, else the patient.

    Raises BadInput for a minor without one: a child owes nothing.
    """
    if patient.guarantor is not None:
        return patient.guarantor
    if patient.is_minor_on(on):
        raise BadInput(
            _("%(name)s is under 18 and has no %(word)s, so nobody can be billed yet.")
            % {
                "name": patient.full_name,
                "word": patient.practice.profile.words.responsible_person,
            }
        )
    return patient


def _edge(member: Member, code: str) -> Patient | None:
    return visible_patients(member).filter(code=code).only("sort_name").first()


def _beyond(edge: Patient, way: str) -> Q:
    # The first condition says the same less sharply; it is what the index can begin at.
    return Q(**{f"sort_name__{way}e": edge.sort_name}) & (
        Q(**{f"sort_name__{way}": edge.sort_name}) | Q(**{f"pk__{way}": edge.pk})
    )


def _last_code(found: Sequence[Patient], size: int) -> str:
    """The code the next page begins after, if anything lies beyond this one."""
    return found[size - 1].code if len(found) > size else ""
