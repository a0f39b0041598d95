# SPDX-License-Identifier: Apache-2.0
"""The diagnoses of a client as they are being put in order: found, added, moved, removed, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.http import QueryDict
from django.utils.translation import gettext as _

from aftersession.catalog.code_search import CodeHit, search_codes
from aftersession.catalog.code_tables import code_table_for, find_codes
from aftersession.catalog.models import CodeTable
from aftersession.patients.actions import MAX_DIAGNOSES, DiagnosisChoice
from aftersession.patients.models import Patient
from aftersession.patients.queries import diagnoses_of

FOUND = 8


@dataclass
class DiagnosisDraft:
    """The list as it stands on the page. Codes only; the table says what they mean."""

    chosen: list[DiagnosisChoice]
    text: str = ""
    options: list[CodeHit] = field(default_factory=list)
    error: str = ""


def present_draft(patient: Patient) -> DiagnosisDraft:
    """What is on the profile now."""
    return DiagnosisDraft(chosen=_present(patient))


def read_draft(patient: Patient, posted: QueryDict) -> DiagnosisDraft:
    """What the page sent, after the step its button asked for. Unknown codes are left out, with a word."""
    codes = [code[:12] for code in posted.getlist("diagnosis")[: MAX_DIAGNOSES + 1]]
    text = " ".join(posted.get("diagnosis_text", "")[:100].split())
    if added := posted.get("diagnosis_add", "")[:12]:
        codes.append(added)
        text = ""
    _step(codes, posted)
    table = _table(patient)
    chosen, unknown = _resolve(patient, table, list(dict.fromkeys(codes)))
    draft = DiagnosisDraft(chosen=chosen, text=text)
    if unknown:
        draft.error = _("%(code)s is not in the code table.") % {"code": ", ".join(unknown)}
    elif table is None and text:
        draft.error = _("No code table is loaded yet, so there is nothing to choose from.")
    elif table is not None and text:
        draft.options = search_codes(table, text, FOUND)
        draft.error = "" if draft.options else _("Nothing fits. Try another word, or a part of the code.")
    return draft


def is_final(posted: QueryDict, draft: DiagnosisDraft) -> bool:
    """Whether the person asked to save, and nothing typed is left over."""
    return "save" in posted and not draft.error and not draft.text


def _step(codes: list[str], posted: QueryDict) -> None:
    """Move or remove one code, as its button said."""
    for name, way in (("diagnosis_up", -1), ("diagnosis_down", 1)):
        code = posted.get(name)
        if code in codes:
            place = codes.index(code)
            other = place + way
            if 0 <= other < len(codes):
                codes[place], codes[other] = codes[other], codes[place]
    removed = posted.get("diagnosis_remove", "")
    if removed in codes:
        codes.remove(removed)


def _resolve(
    patient: Patient, table: CodeTable | None, codes: Sequence[str]
) -> tuple[list[DiagnosisChoice], list[str]]:
    """The codes with their titles, and those that neither the table nor the profile knows."""
    known = {each.code: each for each in _present(patient)}
    rows = find_codes(table, codes) if table else {}
    chosen, unknown = [], []
    for code in codes:
        row = rows.get(code)
        if row is not None and table is not None:
            chosen.append(DiagnosisChoice(table.system, row.code, row.title))
        elif code in known:
            chosen.append(known[code])
        else:
            unknown.append(code)
    return chosen, unknown


def _present(patient: Patient) -> list[DiagnosisChoice]:
    return [DiagnosisChoice(each.system, each.diagnosis_code, each.title) for each in diagnoses_of(patient)]


def _table(patient: Patient) -> CodeTable | None:
    practice = patient.practice
    return code_table_for(practice, practice.profile.diagnosis_rules.system)
