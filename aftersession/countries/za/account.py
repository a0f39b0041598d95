# SPDX-License-Identifier: Apache-2.0
"""What an account to a medical scheme must contain (Medical Schemes Act regulations, regulation 5)."""

from django.utils.translation import gettext as _

from aftersession.countries.facts import AccountFacts, AccountLine, Missing


def requirements(facts: AccountFacts) -> list[Missing]:
    """Everything regulation 5 asks for and these facts do not give, in the order of the account."""
    found = [*_member(facts), *_patient(facts), *_scheme(facts), *_provider(facts)]
    if not facts.lines:
        found.append(Missing("line", _("The account has no service on it."), _("Add at least one line.")))
    for number, line in enumerate(facts.lines, start=1):
        found += _line(number, line)
    return found


def _member(facts: AccountFacts) -> list[Missing]:
    fix = _("Add it to the client's medical aid details, as on the card.")
    return _absent(
        (
            "coverage.principal_surname",
            facts.principal_surname,
            _("The main member's surname is missing."),
            fix,
        ),
        (
            "coverage.principal_initials",
            facts.principal_initials,
            _("The main member's initials are missing."),
            fix,
        ),
    )


def _patient(facts: AccountFacts) -> list[Missing]:
    fix = _("Add it to the client's profile, as on the card.")
    return _absent(
        ("patient.surname", facts.patient_surname, _("The client's surname is missing."), fix),
        ("patient.first_names", facts.patient_first_names, _("The client's first name is missing."), fix),
    )


def _scheme(facts: AccountFacts) -> list[Missing]:
    fix = _("Add it to the client's medical aid details, as on the card.")
    found = _absent(
        ("coverage.payer_name", facts.payer_name, _("The name of the medical aid is missing."), fix),
        ("coverage.member_number", facts.member_number, _("The membership number is missing."), fix),
    )
    if not facts.dependant_code.strip():
        # Not in the regulation, but schemes cannot tell the persons on one card apart without it.
        sentence = _(
            "The dependant code is missing. Most medical aids ask for it; 00 is often the main member."
        )
        found.append(Missing("coverage.dependant_code", sentence, fix, is_blocking=False))
    return found


def _provider(facts: AccountFacts) -> list[Missing]:
    found: list[Missing] = []
    if not facts.practice_number.strip():
        # An appeal committee (2013) held that its absence alone does not void a member's claim.
        sentence = _("The practice number is missing. Most medical aids pay only with one.")
        fix = _("Add it in the practice's settings.")
        found.append(Missing("practice.practice_number", sentence, fix, is_blocking=False))
    fix = _("Add it to the provider's details.")
    registration = _("The provider's HPCSA registration number is missing.")
    found += _absent(
        ("practitioner.registration_number", facts.practitioner_registration_number, registration, fix)
    )
    if facts.is_group_practice:
        found += _absent(
            ("practitioner.name", facts.practitioner_name, _("The treating provider's name is missing."), fix)
        )
    return found


def _line(number: int, line: AccountLine) -> list[Missing]:
    found: list[Missing] = []
    if line.service_on is None:
        found.append(
            _on_line(number, "service_on", _("The date of service is missing."), _("Enter the date."))
        )
    if not line.description.strip():
        found.append(
            _on_line(number, "description", _("The description is missing."), _("Say what was done."))
        )
    if not line.procedure_code.strip():
        fix = _("Enter the code, or set it on the service.")
        found.append(_on_line(number, "procedure_code", _("The tariff code is missing."), fix))
    if line.amount_minor is None:
        found.append(_on_line(number, "amount", _("The amount is missing."), _("Enter the amount.")))
    if not any(code.strip() for code in line.diagnoses):
        sentence = _("The ICD-10 code is missing. A medical aid refuses a line without one.")
        found.append(_on_line(number, "diagnoses", sentence, _("Add a diagnosis.")))
    return found


def _on_line(number: int, field: str, sentence: str, fix: str) -> Missing:
    return Missing(f"line.{field}", sentence, fix, line=number)


def _absent(*wanted: tuple[str, str, str, str]) -> list[Missing]:
    return [Missing(field, sentence, fix) for field, value, sentence, fix in wanted if not value.strip()]
