# SPDX-License-Identifier: Apache-2.0
"""Who has a part in a client's account: who may pay on it, and whose statements there are."""

from dataclasses import dataclass

from aftersession.billing.debtors import Debtor, guarantor_debtor, patient_debtor
from aftersession.patients.models import Guarantor, Patient
from aftersession.practices.models import Practice
from aftersession.statements.statement import Holder

MOST = 10


@dataclass(frozen=True)
class HolderChoice:
    """One statement that can be made: for whom, and of which account."""

    code: str
    holder: Holder
    debtor: Debtor
    is_of_all: bool = False


def payers_of_account(practice: Practice, patient: Patient) -> list[Patient | Guarantor]:
    """Everybody who may pay for this client, whoever gets the bills today first.

    The responsible person, others who were billed a part, and the client, whose own money is always theirs.
    """
    people: list[Patient | Guarantor] = [patient.guarantor] if patient.guarantor else [patient]
    billed = Guarantor.objects.for_practice(practice).filter(
        pk__in=patient.shares.filter(guarantor__isnull=False).values("guarantor")
    )
    people += [each for each in billed.order_by("pk")[:MOST] if each not in people]
    if patient not in people:
        people.append(patient)
    return people


def statements_of(practice: Practice, patient: Patient) -> list[HolderChoice]:
    """The statements of a client's account, the usual one first; with a responsible person's for all their clients."""
    choices = []
    for each in payers_of_account(practice, patient):
        if isinstance(each, Patient):
            choices.append(HolderChoice(each.code, Holder(patient=each), patient_debtor(each, practice)))
            continue
        debtor = guarantor_debtor(each, practice)
        choices.append(HolderChoice(each.code, Holder(patient, each), debtor))
        choices.append(HolderChoice(f"{each.code}-all", Holder(None, each), debtor, is_of_all=True))
    return choices
