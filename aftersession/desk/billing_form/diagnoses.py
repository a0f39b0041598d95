# SPDX-License-Identifier: Apache-2.0
"""The diagnoses of a bill as they are being chosen: codes typed or picked, with their titles."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from aftersession.billing.actions import DiagnosisInput
from aftersession.catalog.code_search import search_codes
from aftersession.catalog.code_tables import code_table_for, find_codes
from aftersession.catalog.code_text import written_code
from aftersession.catalog.models import CodeTable
from aftersession.desk.billing_form.code_options import option_of
from aftersession.desk.billing_form.typed import MAX_DIAGNOSES, Typed
from aftersession.patients.models import Patient
from aftersession.patients.queries import diagnoses_of

FOUND = 8
LONGEST = 12


@dataclass
class Diagnoses:
    """The chosen ones in order, what is still only typed, and what it may mean."""

    chosen: list[DiagnosisInput]
    text: str = ""
    options: Sequence[dict[str, Any]] = ()
    error: str = ""
    chips: list[dict[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self.chips = [{"value": each.code, "code": each.code, "label": each.title} for each in self.chosen]


def read_diagnoses(typed: Typed, patient: Patient, *, finds: bool, is_final: bool) -> Diagnoses:
    """Resolve codes by the practice's table. A typed code counts once a final button is pressed.

    `finds`: the person asked what a typed word may mean.
    """
    practice = patient.practice
    system = practice.profile.diagnosis_rules.system
    table = code_table_for(practice, system) if typed.diagnoses or typed.head.get("diagnosis_text") else None
    text = " ".join(typed.head.get("diagnosis_text", "").split())
    codes = [written_code(code)[:LONGEST] for code in typed.diagnoses]
    if is_final and text and len(codes) < MAX_DIAGNOSES and _is_code(table, text):
        codes, text = list(dict.fromkeys([*codes, written_code(text)])), ""
    titles = _titles(table, codes, patient) if codes else {}
    unknown = [code for code in codes if code not in titles]
    if table is None:
        # Without a table nothing is known; the form of a code is all that can be asked for.
        unknown = [code for code in unknown if not practice.profile.diagnosis_rules.pattern.fullmatch(code)]
    found = Diagnoses([DiagnosisInput(system, code, titles.get(code, "")) for code in codes if code], text)
    if unknown:
        found.error = _("%(code)s is not in the code table.") % {"code": ", ".join(unknown)}
    elif text and is_final:
        found.error = _("Choose a diagnosis from the list, or clear the field.")
    if text and table is not None and (finds or is_final):
        found.options = [option_of(hit) for hit in search_codes(table, text, FOUND)]
        if not found.options:
            found.error = _("Nothing fits. Try another word, or a part of the code.")
    elif text and finds:
        found.error = _("No code table is loaded yet, so there is nothing to choose from.")
    return found


def _is_code(table: CodeTable | None, text: str) -> bool:
    return len(text) <= LONGEST and table is not None and written_code(text) in find_codes(table, [text])


def _titles(table: CodeTable | None, codes: Sequence[str], patient: Patient) -> dict[str, str]:
    """What each code is called: by the table, else by the client's profile, which may be older."""
    titles = {row.code: row.title for row in find_codes(table, codes).values()} if table else {}
    if any(code not in titles for code in codes):
        titles = {each.diagnosis_code: each.title for each in diagnoses_of(patient)} | titles
    return titles
