# SPDX-License-Identifier: Apache-2.0
"""The demo's practices with their staff, services, insurers and clients."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings

from aftersession.accounts.models import User
from aftersession.billing.numbers import open_series
from aftersession.catalog.models import Service
from aftersession.countries.registry import profile
from aftersession.countries.za.example_tariff import propose_code
from aftersession.coverage.models import Coverage, Payer, Relationship
from aftersession.demo.people import DIAGNOSES, PEOPLE, SCHEMES, SERVICES, STAFF, Person
from aftersession.lib import clock
from aftersession.patients.actions import make_findable
from aftersession.patients.models import Guarantor, Patient, PatientDiagnosis
from aftersession.payments.connections import connect_provider
from aftersession.payments.provider import ConnectionSettings, Mode
from aftersession.practices.models import Member, Practice, Practitioner
from aftersession.practices.tenancy import practice_scope
from aftersession.reminders.actions import open_ladder
from aftersession.scheduling.models import PaymentType

COUNTRY = "za"
# Open to everybody who reads this: the partner of the demo moves no money.
DEMO_ACCOUNT, DEMO_KEY, DEMO_WEBHOOK_SECRET = (
    "parkerdlamini",
    "sk_test_parkerdlamini_demo2026",
    "whsec_demo2026",
)


@dataclass(frozen=True)
class World:
    """One practice of the demo, in hand."""

    practice: Practice
    members: list[Member]
    practitioners: list[Practitioner]
    services: list[Service]
    patients: list[Patient]
    is_quiet: bool = False


def make_psychologists() -> World:
    """The practice that the demo is about."""
    practice = _practice(
        name="Parker & Dlamini Psychology",
        tagline="Psychology, Observatory",
        reference_key="PD",
        mail="parkerdlamini.example",
        practice_number="0860451",
    )
    with practice_scope(practice):
        open_series(practice)
        open_ladder(practice)
        practitioners, members = _staff(practice, STAFF)
        payers = [
            Payer.objects.create(practice=practice, name=name, claims_email=mail)
            for name, mail, _plan in SCHEMES
        ]
        patients = [
            _patient(practice, person, practitioners[index % len(practitioners)], payers)
            for index, person in enumerate(PEOPLE)
        ]
        services = _services(practice)
        _connect_sandbox(practice)
    return World(practice, members, practitioners, services, patients)


def make_neighbours() -> World:
    """A second, small practice: registered for tax, and without a payment partner."""
    practice = _practice(
        name="Kloof Physiotherapy",
        tagline="Physiotherapy, Kloof",
        reference_key="KP",
        mail="kloofphysio.example",
        practice_number="0720933",
        tax_number="4870268123",
        tax_vendor_from=date(2024, 3, 1),
        accent_colour="#0b6e43",
    )
    staff = (
        (
            "owner@kloofphysio.example",
            "Ruan Fourie",
            "owner",
            ("", "Ruan", "Fourie", "PT 0091827", "0720933"),
        ),
        ("desk@kloofphysio.example", "Ayanda Shezi", "front_desk", None),
    )
    people = (
        Person("Helen", "Strydom", "1969-03-12", mail="helen@example.org"),
        Person("Musa", "Mchunu", "1990-08-02", "male", "musa@example.org"),
        Person("Ingrid", "Olsen", "1957-11-21", mail="ingrid@example.org"),
        Person("Kabelo", "Rametsi", "1986-01-30", "male"),
    )
    with practice_scope(practice):
        open_series(practice)
        open_ladder(practice)
        practitioners, members = _staff(practice, staff)
        patients = [_patient(practice, person, practitioners[0], []) for person in people]
        rows = (
            ("Physiotherapy", "session", 45, 720_00),
            ("Dry needling", "session", 30, 540_00),
        )
        services = _services(practice, rows)
    return World(practice, members, practitioners, services, patients, is_quiet=True)


def open_world(practice: Practice) -> World:
    """A practice that an earlier start made."""
    with practice_scope(practice):
        return World(
            practice,
            list(Member.objects.select_related("practice", "user", "practitioner").order_by("pk")),
            list(Practitioner.objects.order_by("pk")),
            list(Service.objects.order_by("pk")),
            list(Patient.objects.select_related("guarantor").order_by("pk")),
            is_quiet=Practitioner.objects.count() == 1,
        )


def _practice(*, mail: str, **fields: Any) -> Practice:
    home = profile(COUNTRY)
    return Practice.objects.create(
        legal_name=f"{fields['name']} Inc.",
        country=COUNTRY,
        currency=home.currency,
        locale=home.locale,
        time_zone=home.time_zone,
        address="14 Lower Main Road\nObservatory\nCape Town\n7925",
        phone="+27215550182",
        email=f"accounts@{mail}",
        support_email=f"help@{mail}",
        bank_name="Protea Bank",
        bank_account_name=fields["name"],
        bank_account_number="62045188203",
        bank_branch="250655",
        invoice_terms="Sessions cancelled less than 24 hours ahead may be charged.",
        **fields,
    )


def _staff(practice: Practice, rows: tuple[Any, ...]) -> tuple[list[Practitioner], list[Member]]:
    practitioners, members = [], []
    for mail, name, role, provider in rows:
        practitioner = None
        if provider is not None:
            title, given, family, registration, number = provider
            practitioner = Practitioner.objects.create(
                practice=practice,
                title=title,
                given_names=given,
                family_name=family,
                registration_number=registration,
                practice_number=number,
            )
            practitioners.append(practitioner)
        user = User.objects.create_user(email=mail, password=None, name=name)
        members.append(
            Member.objects.create(practice=practice, user=user, role=role, practitioner=practitioner)
        )
    return practitioners, members


def _services(practice: Practice, rows: tuple[Any, ...] = SERVICES) -> list[Service]:
    return [
        Service.objects.create(
            practice=practice,
            kind=kind,
            name=name,
            minutes=50 if minutes == 51 else minutes,
            price_minor=price_minor,
            currency=practice.currency,
            procedure_code=code.code if minutes and (code := propose_code(minutes)) else "",
        )
        for name, kind, minutes, price_minor in rows
    ]


def _patient(practice: Practice, person: Person, practitioner: Practitioner, payers: list[Payer]) -> Patient:
    patient = Patient.objects.create(
        practice=practice,
        given_names=person.given,
        family_name=person.family,
        known_as=person.known_as,
        born_on=date.fromisoformat(person.born),
        sex=person.sex,
        email=person.mail,
        phone=f"+2782{person.phone_digits}",
        address="8 Station Road\nMowbray\n7700",
        guarantor=_guarantor(practice, person),
        usual_practitioner=practitioner,
        payment_type=_usual_payment(person, payers),
        created_at=clock.now(),
    )
    make_findable(patient)
    if person.scheme is not None:
        _cover(practice, patient, person, payers[person.scheme], SCHEMES[person.scheme][2])
    if person.diagnosis:
        PatientDiagnosis.objects.create(
            practice=practice,
            patient=patient,
            position=1,
            system="icd-10",
            diagnosis_code=person.diagnosis,
            title=DIAGNOSES[person.diagnosis],
        )
    return patient


def _usual_payment(person: Person, payers: list[Payer]) -> str:
    """How they pay as a rule. The small practice knows neither insurers nor a payment partner."""
    if person.scheme is not None:
        return PaymentType.INSURANCE
    return PaymentType.ONLINE if payers and (person.mail or person.parent) else PaymentType.OTHER


def _guarantor(practice: Practice, person: Person) -> Guarantor | None:
    if not person.parent:
        return None
    given, _blank, family = person.parent.partition(" ")
    return Guarantor.objects.create(
        practice=practice,
        given_names=given,
        family_name=family,
        email=f"{given.lower().replace('é', 'e')}.parent@example.com",
        phone=f"+2783{person.phone_digits}",
        address="8 Station Road\nMowbray\n7700",
        relationship="Parent",
    )


def _cover(practice: Practice, patient: Patient, person: Person, payer: Payer, plan: str) -> None:
    is_dependant = patient.guarantor is not None
    principal = patient.guarantor or patient
    Coverage.objects.create(
        practice=practice,
        patient=patient,
        payer=payer,
        plan=plan,
        member_number=f"0{person.phone_digits}1",
        dependant_code="02" if is_dependant else "00",
        relationship=Relationship.CHILD if is_dependant else Relationship.SELF,
        principal_family_name=principal.family_name,
        principal_initials=principal.initials,
        valid_from=date(2024, 1, 1),
    )


def _connect_sandbox(practice: Practice) -> None:
    if settings.SANDBOX_URL:
        connection = ConnectionSettings(
            base_url="",
            account=DEMO_ACCOUNT,
            mode=Mode.TEST,
            api_key=DEMO_KEY,
            webhook_secrets=(DEMO_WEBHOOK_SECRET,),
        )
        connect_provider(practice=practice, kind="sandbox", connection=connection)
