# SPDX-License-Identifier: Apache-2.0
"""The people of every test: two practices that must never see each other.

`cast` is a practice with one member of each role, three clients and what it offers; `other_cast` is
the outsider. Plain functions make more of them where a test needs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from aftersession.accounts.models import User
from aftersession.billing.numbers import open_series
from aftersession.catalog.models import Service, ServiceKind
from aftersession.countries.registry import profile
from aftersession.coverage.models import Coverage, Payer, Relationship
from aftersession.lib import clock
from aftersession.patients.actions import make_findable
from aftersession.patients.models import Guarantor, Patient
from aftersession.practices.models import Member, Practice, Practitioner, Role
from aftersession.practices.tenancy import practice_scope
from aftersession.reminders.actions import open_ladder
from aftersession.scheduling.models import Appointment, AppointmentStatus, Attendee, PaymentType

SESSION_MINUTES = 50


@dataclass(frozen=True)
class Cast:
    """One practice and everybody in it. `practitioner` is the member, `provider` who treats."""

    practice: Practice
    owner: Member
    practitioner: Member
    front_desk: Member
    biller: Member
    provider: Practitioner
    owner_provider: Practitioner
    service: Service
    item: Service
    payer: Payer
    adult: Patient
    minor: Patient
    insured: Patient
    coverage: Coverage

    @property
    def members(self) -> tuple[Member, ...]:
        return (self.owner, self.practitioner, self.front_desk, self.biller)


@pytest.fixture
def cast(db: None) -> Cast:
    """Practice A: bank details, no tax, everybody there."""
    return make_cast()


@pytest.fixture
def other_cast(db: None) -> Cast:
    """Practice B: just as complete, so that only the practice tells its rows from A's."""
    return make_cast(name="Kloof Physiotherapy", reference_key="KL", mail="kloof.example")


@pytest.fixture
def in_practice(cast: Cast) -> Iterator[Practice]:
    """The scope of practice A, for tests below the views."""
    with practice_scope(cast.practice):
        yield cast.practice


def signed_in(member: Member) -> Client:
    """A test browser in which this member has signed in and works in their practice."""
    client = Client()
    client.force_login(member.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["practice"] = member.practice.code
    session.save()
    return client


def make_cast(
    *,
    name: str = "Parker & Dlamini",
    reference_key: str = "PD",
    mail: str = "parker.example",
    country: str = "za",
    **practice_fields: Any,
) -> Cast:
    """A practice of a country with its people. Other fields of the practice as keywords."""
    home = profile(country)
    practice = Practice.objects.create(
        **{
            "name": name,
            "legal_name": f"{name} Inc.",
            "country": country,
            "currency": home.currency,
            "locale": home.locale,
            "time_zone": home.time_zone,
            "address": "12 Lower Main Road\nObservatory\n7925",
            "phone": "+27214470000",
            "email": f"rooms@{mail}",
            "support_email": f"help@{mail}",
            "practice_number": "0860451",
            "prices_include_tax": home.prices_include_tax,
            "bank_name": "Protea Bank",
            "bank_account_name": name,
            "bank_account_number": "62000012345",
            "bank_branch": "250655",
            "reference_key": reference_key,
            **practice_fields,
        }
    )
    with practice_scope(practice):
        open_series(practice)
        open_ladder(practice)
        return _people(practice, mail)


def _people(practice: Practice, mail: str) -> Cast:
    provider = make_practitioner(practice, title="Dr", given_names="Ayesha", family_name="Parker")
    owner_provider = make_practitioner(practice, title="", given_names="Lindiwe", family_name="Dlamini")
    payer = Payer.objects.create(
        practice=practice, name="Umhlaba Health", claims_email="claims@umhlaba.example"
    )
    insured = make_patient(
        practice, "Fatima", "Davids", born_on=date(1988, 6, 2), usual_practitioner=provider,
        email="fatima@example.com",
    )  # fmt: skip
    return Cast(
        practice=practice,
        owner=make_member(practice, Role.OWNER, f"owner@{mail}", "Lindiwe Dlamini", owner_provider),
        practitioner=make_member(practice, Role.PRACTITIONER, f"ayesha@{mail}", "Dr Ayesha Parker", provider),
        front_desk=make_member(practice, Role.FRONT_DESK, f"desk@{mail}", "Busi Cele"),
        biller=make_member(practice, Role.BILLER, f"accounts@{mail}", "Johan Botha"),
        provider=provider,
        owner_provider=owner_provider,
        service=make_service(practice),
        item=make_service(
            practice, name="Workbook", kind=ServiceKind.ITEM, minutes=None, price_minor=120_00, procedure_code=""
        ),
        payer=payer,
        adult=make_patient(
            practice, "Naledi", "Mokoena", email="naledi@example.com", phone="+27821234567",
            born_on=date(1990, 4, 12), usual_practitioner=provider, payment_type=PaymentType.ONLINE,
        ),
        minor=make_patient(
            practice, "Karabo", "Sithole", born_on=date(2014, 9, 1), usual_practitioner=provider,
            guarantor=Guarantor.objects.create(
                practice=practice, given_names="Thabo", family_name="Sithole", email="thabo@example.com",
                relationship="Father",
            ),
        ),
        insured=insured,
        coverage=Coverage.objects.create(
            practice=practice, patient=insured, payer=payer, plan="Classic", member_number="0012345678",
            dependant_code="00", relationship=Relationship.SELF, principal_family_name="Davids",
            principal_initials="F",
        ),
    )  # fmt: skip


def make_member(
    practice: Practice, role: Role, email: str, name: str, practitioner: Practitioner | None = None
) -> Member:
    """A person with a sign-in and a role."""
    user = User.objects.create_user(email=email, name=name, password="correct horse battery")
    with practice_scope(practice):
        member: Member = Member.objects.create(
            practice=practice, user=user, role=role, practitioner=practitioner
        )
    return member


def make_practitioner(practice: Practice, **fields: Any) -> Practitioner:
    """Somebody who treats."""
    values = {
        "given_names": "Sipho",
        "family_name": "Nkosi",
        "discipline": "Clinical psychologist",
        "registration_number": "PS 0123456",
        "practice_number": "0860000451",
        **fields,
    }
    with practice_scope(practice):
        practitioner: Practitioner = Practitioner.objects.create(practice=practice, **values)
    return practitioner


def make_service(practice: Practice, **fields: Any) -> Service:
    """A session of 50 minutes at 950.00, unless said otherwise."""
    values = {
        "name": "Individual therapy",
        "minutes": SESSION_MINUTES,
        "price_minor": 950_00,
        "currency": practice.currency,
        "procedure_code": "86205",
        **fields,
    }
    with practice_scope(practice):
        service: Service = Service.objects.create(practice=practice, **values)
    return service


def make_patient(practice: Practice, given_names: str, family_name: str = "", **fields: Any) -> Patient:
    """A client who can be found by name, e-mail and phone."""
    with practice_scope(practice):
        patient: Patient = Patient.objects.create(
            practice=practice,
            given_names=given_names,
            family_name=family_name,
            created_at=clock.now(),
            **fields,
        )
        make_findable(patient)
    return patient


def make_appointment(
    cast: Cast,
    *,
    starts_at: datetime,
    patient: Patient | None = None,
    practitioner: Practitioner | None = None,
    service: Service | None = None,
    payment_type: str = PaymentType.ONLINE,
    coverage: Coverage | None = None,
    minutes: int | None = None,
    **fields: Any,
) -> Appointment:
    """A booked session of the adult client with `cast.provider`, unless said otherwise."""
    offered = service or cast.service
    length = timedelta(minutes=minutes or offered.minutes or SESSION_MINUTES)
    with practice_scope(cast.practice):
        appointment: Appointment = Appointment.objects.create(
            **{
                "practice": cast.practice,
                "practitioner": practitioner or cast.provider,
                "starts_at": starts_at,
                "ends_at": starts_at + length,
                "time_zone": cast.practice.time_zone,
                "service": offered,
                "service_name": offered.name,
                "price_minor": offered.price_minor,
                "currency": offered.currency,
                "tax_treatment": offered.tax_treatment,
                "procedure_code": offered.procedure_code,
                "payment_type": payment_type,
                "status_at": clock.now(),
                "created_at": clock.now(),
                **fields,
            }
        )
        Attendee.objects.create(
            practice=cast.practice, appointment=appointment, patient=patient or cast.adult, coverage=coverage
        )
    return appointment


def ended_appointment(cast: Cast, **fields: Any) -> Appointment:
    """An open session: it ended over an hour ago. Each further one lies an hour earlier."""
    practitioner = fields.get("practitioner") or cast.provider
    with practice_scope(cast.practice):
        before = Appointment.objects.filter(practitioner=practitioner, ends_at__lte=clock.now()).count()
    fields.setdefault("starts_at", clock.now() - timedelta(hours=2 + before))
    return make_appointment(cast, **fields)


def coming_appointment(cast: Cast, **fields: Any) -> Appointment:
    """A session still to come: from two hours ahead. Each further one lies an hour later."""
    practitioner = fields.get("practitioner") or cast.provider
    with practice_scope(cast.practice):
        before = Appointment.objects.filter(practitioner=practitioner, starts_at__gt=clock.now()).count()
    fields.setdefault("starts_at", clock.now() + timedelta(hours=2 + before))
    return make_appointment(cast, **fields)


def cancelled_appointment(cast: Cast, **fields: Any) -> Appointment:
    """A session that was called off."""
    return ended_appointment(cast, status=AppointmentStatus.CANCELLED, status_reason="Ill", **fields)
