# SPDX-License-Identifier: Apache-2.0
"""Check diagnosis codes as an insurer will, before the bill leaves.

The rules carry the reason codes that insurers answer with (R101 to R111). Each rule gives at least one
line, so that a page can also say what was right and what the code table was too poor to check.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from django.utils.translation import gettext as _

from aftersession.catalog.code_tables import children_of, find_codes
from aftersession.catalog.code_text import code_key, written_code
from aftersession.catalog.models.codes import CodeTable, DiagnosisCode, Sex
from aftersession.countries.port import DiagnosisRules


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    NOT_CHECKED = "not_checked"


@dataclass(frozen=True, slots=True)
class Check:
    """What one rule says, of one code or (code empty) of all; `fix` is empty where there is nothing to do."""

    rule: str
    level: Level
    code: str = ""
    message: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class _Case:
    """All that the rules look at. Unreadable codes are only in `typed`."""

    typed: tuple[str, ...]
    codes: tuple[str, ...]
    found: Mapping[str, DiagnosisCode]
    children: Mapping[str, tuple[str, ...]]
    table: CodeTable | None
    rules: DiagnosisRules
    service_on: date | None
    born_on: date | None
    sex: str

    def says(self, *flags: str) -> bool:
        """Whether the table carries these facts."""
        return self.table is not None and set(flags) <= set(self.table.has_flags)

    def rows(self, codes: Sequence[str]) -> list[DiagnosisCode]:
        return [self.found[code] for code in codes if code in self.found]

    @property
    def primary(self) -> tuple[str, ...]:
        return tuple(code for code in self.codes[:1] if code == written_code(self.typed[0]))

    @property
    def secondary(self) -> tuple[str, ...]:
        return self.codes[len(self.primary) :]


Findings = Iterator[Check]


class NotChecked(Exception):
    """A rule cannot be checked; the text says why."""


def check_codes(
    codes_in_order: Sequence[str],
    table: CodeTable | None,
    *,
    service_on: date | None,
    patient_birth_on: date | None,
    patient_sex: str,
    rules: DiagnosisRules,
) -> list[Check]:
    """What every rule says of these codes; the first is the primary. Reads the table twice at most."""
    typed = tuple(code for code in codes_in_order if code.strip())
    readable = tuple(dict.fromkeys(written_code(code) for code in typed if _is_readable(code, rules)))
    found = find_codes(table, readable) if table is not None else {}
    incomplete = [row for row in found.values() if not row.is_specific]
    case = _Case(
        typed=typed,
        codes=readable,
        found=found,
        children=children_of(table, incomplete) if table is not None else {},
        table=table,
        rules=rules,
        service_on=service_on,
        born_on=patient_birth_on,
        sex=patient_sex,
    )
    return [check for rule, findings in RULES.items() for check in _applied(rule, findings, case)]


def has_errors(checks: Sequence[Check]) -> bool:
    """Whether the insurer would refuse one of the codes."""
    return any(check.level is Level.ERROR for check in checks)


def _applied(rule: str, findings: Callable[[_Case], Findings], case: _Case) -> list[Check]:
    try:
        return list(findings(case)) or [Check(rule, Level.OK)]
    except NotChecked as reason:
        return [Check(rule, Level.NOT_CHECKED, message=str(reason))]


def _is_readable(code: str, rules: DiagnosisRules) -> bool:
    text = written_code(code)
    is_plain = code_key(code) == code.strip().rstrip("*+†").upper().replace(".", "").replace(" ", "")
    return is_plain and bool(rules.pattern.fullmatch(text) or rules.external_cause.fullmatch(text))


def _needs_table(case: _Case) -> None:
    if case.table is None:
        raise NotChecked(_("No code table is loaded."))


def _needs_facts(case: _Case, *flags: str) -> None:
    _needs_table(case)
    if not case.says(*flags):
        raise NotChecked(_("The code table does not carry what this check needs."))


def _primary_known(case: _Case) -> Findings:
    _needs_table(case)
    yield from _unknown("R101", case, case.primary)


def _secondary_known(case: _Case) -> Findings:
    _needs_table(case)
    yield from _unknown("R105", case, case.secondary)


def _unknown(rule: str, case: _Case, codes: Sequence[str]) -> Findings:
    for code in codes:
        row = case.found.get(code)
        if row is None:
            message = _("%(code)s is not in the code table %(table)s.") % {"code": code, "table": case.table}
            yield Check(
                rule,
                Level.ERROR,
                code,
                message,
                _("Search for the diagnosis and choose a code from the list."),
            )
        elif not row.is_in_force(case.service_on):
            message = _("%(code)s was not in force on the date of service.") % {"code": code}
            yield Check(rule, Level.ERROR, code, message, _("Choose the code that was in force on that day."))


def _primary_may_lead(case: _Case) -> Findings:
    _needs_facts(case, "valid_primary")
    for row in case.rows(case.primary):
        if row.valid_primary is False or row.asterisk or _is_external_cause(row.code):
            message = _("%(code)s must not stand first.") % {"code": row.code}
            yield Check(
                "R102", Level.ERROR, row.code, message, _("Put the main reason for the session first.")
            )


def _primary_specific(case: _Case) -> Findings:
    _needs_table(case)
    yield from _incomplete("R103", case, case.primary)


def _secondary_specific(case: _Case) -> Findings:
    _needs_table(case)
    incomplete = list(_incomplete("R106", case, case.secondary))
    if not incomplete:
        # A table without this fact lacks the fifth characters of external causes: no finding proves nothing.
        _needs_facts(case, "complete")
    yield from incomplete


def _incomplete(rule: str, case: _Case, codes: Sequence[str]) -> Findings:
    for row in case.rows(codes):
        is_short_cause = _is_external_cause(row.code) and not case.rules.external_cause.fullmatch(row.code)
        if row.is_specific and not (is_short_cause and case.says("complete")):
            continue
        below = case.children.get(row.code, ())
        message = _("%(code)s is not specific enough.") % {"code": row.code}
        if below:
            fix = _("Choose one of %(codes)s.") % {"codes": ", ".join(below)}
        else:
            fix = _("Choose a code with more characters; causes of injury have five.")
        yield Check(rule, Level.ERROR, row.code, message, fix)


def _is_given(case: _Case) -> Findings:
    if case.rules.is_required and not case.typed:
        message = _("There is no diagnosis code. Insurers refuse a line without one.")
        yield Check("R104", Level.ERROR, "", message, _("Add a diagnosis."))
    for code in case.codes:
        if code in case.rules.withheld:
            message = _("%(code)s withholds the diagnosis: the insurer will probably not pay.") % {
                "code": code
            }
            yield Check("R104", Level.WARNING, code, message, _("Make sure that the client knows."))


def _daggers_given(case: _Case) -> Findings:
    _needs_facts(case, "dagger", "asterisk")
    has_dagger = False
    for row in case.rows(case.codes):
        has_dagger = has_dagger or bool(row.dagger)
        if row.asterisk and not has_dagger:
            message = _("%(code)s is a manifestation (*): its cause (†) must stand before it.") % {
                "code": row.code
            }
            yield Check("R107", Level.ERROR, row.code, message, _("Add the cause, and put it first."))


def _age_fits(case: _Case) -> Findings:
    _needs_facts(case, "age")
    if case.born_on is None or case.service_on is None:
        raise NotChecked(_("The date of birth is not known."))
    age = _years_between(case.born_on, case.service_on)
    for row in case.rows(case.codes):
        if (row.age_from is not None and age < row.age_from) or (row.age_to is not None and age > row.age_to):
            message = _("%(code)s does not fit the age of the client (%(age)d).") % {
                "code": row.code,
                "age": age,
            }
            yield Check("R108a", Level.ERROR, row.code, message, _("Check the code and the date of birth."))


def _sex_fits(case: _Case) -> Findings:
    _needs_facts(case, "sex")
    if case.sex not in Sex.values:
        raise NotChecked(_("The client's sex is not known."))
    for row in case.rows(case.codes):
        if row.sex and row.sex != case.sex:
            message = _("%(code)s does not fit the sex of the client.") % {"code": row.code}
            yield Check(
                "R108b", Level.ERROR, row.code, message, _("Check the code and the client's details.")
            )


def _readable(case: _Case) -> Findings:
    for code in case.typed:
        if not _is_readable(code, case.rules):
            message = _("%(code)s is not a code of this system.") % {"code": code.strip()[:20]}
            fix = _("Search for the diagnosis and choose a code from the list.")
            yield Check("R110", Level.ERROR, code.strip()[:20], message, fix)


def _cause_given(case: _Case) -> Findings:
    if not case.rules.asks_external_cause:
        return
    _needs_facts(case, "complete")
    for code in case.primary:
        if "S00" <= code[:3] <= "T98" and not any(_is_external_cause(other) for other in case.secondary):
            message = _("%(code)s is an injury: its cause (V01 to Y98) must be given too.") % {"code": code}
            yield Check("R111", Level.ERROR, code, message, _("Add what caused the injury as a second code."))


RULES: Final[Mapping[str, Callable[[_Case], Findings]]] = {
    "R101": _primary_known,
    "R102": _primary_may_lead,
    "R103": _primary_specific,
    "R104": _is_given,
    "R105": _secondary_known,
    "R106": _secondary_specific,
    "R107": _daggers_given,
    "R108a": _age_fits,
    "R108b": _sex_fits,
    "R110": _readable,
    "R111": _cause_given,
}


def _is_external_cause(code: str) -> bool:
    return "V01" <= code[:3] <= "Y98"


def _years_between(born_on: date, on: date) -> int:
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
