# SPDX-License-Identifier: Apache-2.0
"""One client as the page shows them: who they are, who pays, what happened, and what is owed by whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Sum
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersession.billing.models import DebtorKind, InvoiceShare, InvoiceState
from aftersession.billing.models.shares import OPEN, OPEN_MINOR
from aftersession.billing.queries import visible_invoices
from aftersession.countries.facts import Missing
from aftersession.coverage.account_hints import account_hints
from aftersession.coverage.models import Coverage
from aftersession.coverage.queries import coverages_of
from aftersession.desk.billing.rows import InvoiceRow, invoice_rows_of_patient
from aftersession.lib import clock
from aftersession.lib.errors import DomainError
from aftersession.lib.money import Money, format_money
from aftersession.patients.models import Guarantor, Patient, PatientDiagnosis
from aftersession.patients.queries import bill_to, diagnoses_of, wards_of
from aftersession.practices.models import Member, Practice
from aftersession.prepaid.models import Package
from aftersession.prepaid.queries import packages_of
from aftersession.scheduling.lists import visible_appointments
from aftersession.scheduling.queries import AppointmentRow, rows_for
from aftersession.statements.balances import credit_of_client

NEWEST = 8


@dataclass(frozen=True)
class CoverageCard:
    """One policy, whether it can be billed today, and what an account on it would lack."""

    coverage: Coverage
    is_valid: bool
    missing: Sequence[Missing]


@dataclass(frozen=True)
class Profile:
    """Everything the page of one client shows."""

    patient: Patient
    age: int | None
    is_minor: bool
    phone: str
    guarantor: Guarantor | None
    wards: Sequence[Patient]
    nobody_to_bill: str
    policies: Sequence[CoverageCard]
    diagnoses: Sequence[PatientDiagnosis]
    appointments: Sequence[AppointmentRow]
    open_appointment: AppointmentRow | None
    invoices: Sequence[InvoiceRow]
    packages: Sequence[Package]
    credit: Money
    lead: SafeString


def profile_of(patient: Patient, member: Member) -> Profile:
    """The client (loaded through the gate) with what belongs on the page. A fixed number of queries."""
    practice = member.practice
    today = clock.today(practice.time_zone)
    appointments = _appointments(patient, member)
    return Profile(
        patient=patient,
        age=_age(patient, today),
        is_minor=patient.is_minor_on(today),
        phone=practice.profile.format_phone(patient.phone),
        guarantor=patient.guarantor,
        wards=wards_of(patient.guarantor, besides=patient) if patient.guarantor else [],
        nobody_to_bill=_nobody_to_bill(patient, today),
        policies=_policies(patient, practice, today),
        diagnoses=diagnoses_of(patient),
        appointments=appointments,
        open_appointment=next((row for row in appointments if row.is_open), None),
        invoices=invoice_rows_of_patient(member, patient, NEWEST),
        packages=packages_of(member, patient),
        credit=credit_of_client(practice, patient),
        lead=balance_sentence(patient, member),
    )


def balance_sentence(patient: Patient, member: Member) -> SafeString:
    """What is owed for this client, and by whom. Practitioners read of their own bills."""
    owed = _owed(patient, member)
    practice = member.practice
    name = patient.full_name
    own = owed.get(DebtorKind.PATIENT, 0) + owed.get(DebtorKind.GUARANTOR, 0)
    insured = owed.get(DebtorKind.PAYER, 0)
    words = practice.profile.words
    if not own and not insured:
        text = (
            _("Nothing is owed for <b>{name}</b>.") if patient.guarantor else _("<b>{name}</b> owes nothing.")
        )
        return format_html(text, name=name)
    if not own:
        text = _("The {payer} owes <b>{insured}</b> for <b>{name}</b>, and nobody else owes anything.")
    elif not insured:
        text = _("<b>{owing}</b> owes <b>{own}</b>.")
        if owed.get(DebtorKind.GUARANTOR):
            text = _("<b>{owing}</b> owes <b>{own}</b> for <b>{name}</b>.")
    else:
        text = _("<b>{owing}</b> owes <b>{own}</b>, and the {payer} <b>{insured}</b>.")
    return format_html(
        text,
        name=name,
        owing=_owing(patient, owed),
        payer=words.payer,
        own=_shown(own, practice),
        insured=_shown(insured, practice),
    )


def _owing(patient: Patient, owed: dict[str, int]) -> str:
    """Who owes the clients' part; the client stands for several."""
    guarantor = patient.guarantor
    if guarantor is not None and owed.get(DebtorKind.GUARANTOR) and not owed.get(DebtorKind.PATIENT):
        return guarantor.full_name
    return patient.full_name


def _owed(patient: Patient, member: Member) -> dict[str, int]:
    """What is open on issued invoices, by kind of debtor, in minor units of the practice's currency."""
    invoices = visible_invoices(member).filter(patient=patient, state=InvoiceState.ISSUED)
    # From open shares alone: a client of many years has few of them.
    shares = InvoiceShare.objects.filter(
        OPEN, account=patient, invoice__in=invoices, currency=member.practice.currency
    )
    sums = shares.order_by().values("debtor_kind").annotate(owed=Sum(OPEN_MINOR))
    rows = sums.values_list("debtor_kind", "owed")
    return {kind: minor for kind, minor in rows if minor}


def _shown(minor: int, practice: Practice) -> str:
    return format_money(Money(minor, practice.currency), practice.locale)


def _age(patient: Patient, today: date) -> int | None:
    born = patient.born_on
    if born is None:
        return None
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def _nobody_to_bill(patient: Patient, today: date) -> str:
    try:
        bill_to(patient, on=today)
    except DomainError as error:
        return error.message
    return ""


def _policies(patient: Patient, practice: Practice, today: date) -> list[CoverageCard]:
    return [
        CoverageCard(
            coverage=each,
            is_valid=each.is_valid_on(today),
            missing=account_hints(practice, patient, each) if each.is_active else [],
        )
        for each in coverages_of(patient)
    ]


def _appointments(patient: Patient, member: Member) -> list[AppointmentRow]:
    rows = visible_appointments(member).filter(attendees__patient=patient).select_related("practitioner")
    return rows_for(member, list(rows.order_by("-starts_at", "-id")[:NEWEST]))
