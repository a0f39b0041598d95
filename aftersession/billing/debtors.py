# SPDX-License-Identifier: Apache-2.0
"""Who owes an invoice, and who gets it."""

from dataclasses import dataclass, replace
from datetime import date

from django.utils.translation import gettext as _

from aftersession.billing.models import DebtorKind, InvoiceShare
from aftersession.coverage.models import Coverage, Payer
from aftersession.lib import clock
from aftersession.lib.errors import BadInput
from aftersession.patients.models import Guarantor, Patient
from aftersession.practices.models import Practice


@dataclass(frozen=True)
class Debtor:
    """Whoever owes: exactly one of patient, guarantor and payer is set."""

    kind: DebtorKind
    name: str
    greeting: str
    email: str
    address: str
    ref: str
    language: str
    patient: Patient | None = None
    guarantor: Guarantor | None = None
    payer: Payer | None = None


def client_debtor(patient: Patient, *, on: date, practice: Practice) -> Debtor:
    """The responsible person where there is one, else the client.

    Raises BadInput for a minor without a responsible person: a child owes nothing.
    """
    if patient.guarantor is not None:
        return guarantor_debtor(patient.guarantor, practice)
    if patient.is_minor_on(on):
        raise BadInput(
            _("%(name)s is under 18 and has no %(word)s. Add one on the client's page.")
            % {"name": patient.full_name, "word": practice.profile.words.responsible_person}
        )
    return patient_debtor(patient, practice)


def payer_debtor(coverage: Coverage, practice: Practice) -> Debtor:
    """The insurer of a policy."""
    return payer_as_debtor(coverage.payer, practice)


def payer_as_debtor(payer: Payer, practice: Practice) -> Debtor:
    """An insurer, as reachable today."""
    return Debtor(
        kind=DebtorKind.PAYER,
        name=payer.name,
        greeting=payer.name,
        email=payer.claims_email,
        address=payer.address,
        ref=payer.ref,
        language=practice.language,
        payer=payer,
    )


def debtor_of(share: InvoiceShare, practice: Practice) -> Debtor:
    """The debtor of a share as reachable today; the name stays as billed."""
    if share.payer is not None:
        payer = share.payer
        return Debtor(
            DebtorKind.PAYER, share.debtor_name, payer.name, payer.claims_email, payer.address, payer.ref,
            practice.language, payer=payer,
        )  # fmt: skip
    if share.guarantor is not None:
        return guarantor_debtor(share.guarantor, practice)
    if share.patient is None:
        raise ValueError(f"share {share.code} has no debtor")
    return patient_debtor(share.patient, practice)


def reader_of(share: InvoiceShare, practice: Practice) -> Debtor:
    """Who gets the papers of a share: its debtor, or for a child whoever answers for them."""
    patient = share.patient
    if patient is None or patient.guarantor is None:
        return debtor_of(share, practice)
    if patient.is_minor_on(clock.today(practice.time_zone)):
        return guarantor_debtor(patient.guarantor, practice)
    return debtor_of(share, practice)


def hold_address(debtor: Debtor) -> Debtor:
    """The same debtor, with the address read anew and held until commit.

    A change of the address waits for this transaction, and so finds the letter it has to stop.
    """
    if debtor.payer is not None:
        payers = Payer.objects.select_for_update(no_key=True).filter(pk=debtor.payer.pk)
        return replace(debtor, email=payers.values_list("claims_email", flat=True).get())
    if debtor.guarantor is not None:
        guarantors = Guarantor.objects.select_for_update(no_key=True).filter(pk=debtor.guarantor.pk)
        return replace(debtor, email=guarantors.values_list("email", flat=True).get())
    if debtor.patient is None:
        raise ValueError("nobody owes")
    patients = Patient.objects.select_for_update(no_key=True).filter(pk=debtor.patient.pk)
    return replace(debtor, email=patients.values_list("email", flat=True).get())


def patient_debtor(patient: Patient, practice: Practice) -> Debtor:
    """The client in person."""
    return Debtor(
        kind=DebtorKind.PATIENT,
        name=patient.full_name,
        greeting=patient.first_name,
        email=patient.email,
        address=patient.address,
        ref=patient.ref,
        language=patient.language or practice.language,
        patient=patient,
    )


def guarantor_debtor(guarantor: Guarantor, practice: Practice) -> Debtor:
    """The responsible person."""
    return Debtor(
        kind=DebtorKind.GUARANTOR,
        name=guarantor.full_name,
        greeting=guarantor.given_names.split(" ")[0],
        email=guarantor.email,
        address=guarantor.address,
        ref=guarantor.ref,
        language=guarantor.language or practice.language,
        guarantor=guarantor,
    )
