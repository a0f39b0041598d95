# SPDX-License-Identifier: Apache-2.0
"""What an insurer's account would lack, told while a policy is written down and not first when it is billed."""

from aftersession.countries.facts import AccountFacts, Missing
from aftersession.coverage.models import Coverage
from aftersession.patients.models import Patient
from aftersession.practices.models import Practice

OWNERS = ("coverage", "patient", "practice")


def account_hints(practice: Practice, patient: Patient, coverage: Coverage) -> list[Missing]:
    """What client, policy and practice leave open of an account, by the law of the practice's country."""
    facts = AccountFacts(
        principal_surname=coverage.principal_family_name,
        principal_initials=coverage.principal_initials,
        patient_surname=patient.family_name,
        patient_first_names=patient.given_names,
        payer_name=coverage.payer.name,
        member_number=coverage.member_number,
        dependant_code=coverage.dependant_code,
        practice_number=practice.practice_number,
    )
    return [each for each in practice.profile.account_requirements(facts) if each.owner in OWNERS]
