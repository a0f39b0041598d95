# SPDX-License-Identifier: Apache-2.0
"""What an insurer's account is about to say, told to the country profile that knows what it must."""

from collections.abc import Sequence
from datetime import date

from aftersession.billing.actions import DiagnosisInput
from aftersession.billing.pricing import PricedLine
from aftersession.countries.facts import AccountFacts, AccountLine, Missing
from aftersession.coverage.models import Coverage
from aftersession.patients.models import Patient
from aftersession.practices.models import Practice, Practitioner


def missing_on_account(
    practice: Practice,
    practitioner: Practitioner,
    patient: Patient,
    coverage: Coverage,
    lines: Sequence[PricedLine],
    diagnoses: Sequence[DiagnosisInput],
    service_on: date,
) -> list[Missing]:
    """What the account would lack, by the law of the practice's country."""
    codes = tuple(each.code for each in diagnoses)
    facts = AccountFacts(
        principal_surname=coverage.principal_family_name,
        principal_initials=coverage.principal_initials,
        patient_surname=patient.family_name,
        patient_first_names=patient.given_names,
        payer_name=coverage.payer.name,
        member_number=coverage.member_number,
        dependant_code=coverage.dependant_code,
        practice_number=practice.practice_number,
        is_group_practice=bool(practitioner.practice_number),
        practitioner_name=practitioner.full_name,
        practitioner_practice_number=practitioner.practice_number,
        practitioner_registration_number=practitioner.registration_number,
        lines=tuple(
            AccountLine(
                description=line.given.description,
                procedure_code=line.given.procedure_code,
                service_on=service_on,
                amount_minor=line.gross_minor,
                diagnoses=codes,
            )
            for line in lines
        ),
    )
    return practice.profile.account_requirements(facts)
