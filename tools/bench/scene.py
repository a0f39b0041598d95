# SPDX-License-Identifier: Apache-2.0
"""The practice that is measured: a cast of its own, and as many appointments as asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.db.models import Min

from aftersession.accounts.models import User
from aftersession.billing.actions import DiagnosisInput
from aftersession.billing.numbers import open_series
from aftersession.billing.pricing import Discount, DiscountKind, LineInput
from aftersession.catalog.models import Service
from aftersession.countries.registry import profile
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.patients.actions import make_findable
from aftersession.patients.models import Patient
from aftersession.payments.actions import PaymentInput
from aftersession.practices.models import Member, Practice, Practitioner
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment, Attendee
from aftersession.workflows.complete_session import Billing, complete_session
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.outcome import Outcome

BATCH = 5000
ADDRESS = "bench@example.com"
FAMILY_NAMES = (
    "Mokoena",
    "Davids",
    "Sithole",
    "Govender",
    "van Wyk",
    "Naidoo",
    "Adams",
    "Khumalo",
    "Botha",
    "Tau",
)


@dataclass(frozen=True)
class Scene:
    """One practice with one practitioner, and what is booked there."""

    practice: Practice
    member: Member
    patients: list[Patient]
    service: Service


def make_scene(patient_count: int = 200) -> Scene:
    """A practice ready to be worked in."""
    home = profile("zz")
    practice = Practice.objects.create(
        name="Bench Practice", country="zz", currency=home.currency, locale=home.locale,
        time_zone=home.time_zone, reference_key="BE", bank_name="Bench Bank", bank_account_number="123456789",
        email="rooms@example.com", address="1 Bench Road",
    )  # fmt: skip
    with practice_scope(practice):
        open_series(practice)
        practitioner = Practitioner.objects.create(practice=practice, given_names="Ben", family_name="Chmark")
        user = User.objects.create_user(email="ben@example.com", name="Ben Chmark")
        member = Member.objects.create(practice=practice, user=user, role="owner", practitioner=practitioner)
        service = Service.objects.create(
            practice=practice,
            name="Session, 50 min",
            minutes=50,
            price_minor=950_00,
            currency=practice.currency,
        )
        return Scene(practice, member, list(_patients(practice, patient_count)), service)


def _patients(practice: Practice, count: int) -> Iterator[Patient]:
    for number in range(count):
        patient = Patient.objects.create(
            practice=practice,
            given_names=f"Person{number}",
            family_name=FAMILY_NAMES[number % len(FAMILY_NAMES)],
            email=ADDRESS,
            created_at=clock.now(),
        )
        make_findable(patient)
        yield patient


def book_many(scene: Scene, count: int, *, status: str = "booked") -> list[str]:
    """Book back-to-back half hours, ending before whatever is booked already. Returns their codes."""
    length = timedelta(minutes=30)
    before = Appointment.objects.for_practice(scene.practice).aggregate(first=Min("starts_at"))["first"]
    first = (before or datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)) - length * count
    service, codes = scene.service, []
    with practice_scope(scene.practice):
        for offset in range(0, count, BATCH):
            rows = [
                Appointment(
                    practice=scene.practice,
                    code=new_code(),
                    status=status,
                    practitioner=scene.member.practitioner,
                    starts_at=first + length * number,
                    ends_at=first + length * (number + 1),
                    time_zone="UTC",
                    service=service,
                    service_name=service.name,
                    price_minor=service.price_minor,
                    currency=service.currency,
                    tax_treatment=service.tax_treatment,
                    payment_type="other",
                    status_at=first,
                    created_at=first,
                )
                for number in range(offset, min(offset + BATCH, count))
            ]
            made = Appointment.objects.bulk_create(rows)
            Attendee.objects.bulk_create(
                Attendee(
                    practice=scene.practice,
                    appointment=row,
                    patient=scene.patients[number % len(scene.patients)],
                )
                for number, row in enumerate(made)
            )
            codes += [row.code for row in made]
    return codes


def load(scene: Scene, code: str) -> Appointment:
    """An appointment as a page loads it."""
    rows = Appointment.objects.for_practice(scene.practice)
    return rows.select_related("practitioner", "service").get(code=code)


def complete(scene: Scene, appointment: Appointment) -> Outcome:
    """The measured work: session, extra item and discount, issued, paid, receipt in the outbox."""
    price = appointment.price_minor + 120_00 - 107_00
    billing = Billing(
        payment_type="other",
        service_on=appointment.starts_at.date(),
        lines=(LineInput(appointment.service_name, appointment.price_minor), LineInput("Workbook", 120_00)),
        discount=Discount(DiscountKind.FIXED, 107_00, "Student rate"),
        diagnoses=(DiagnosisInput("icd-10", "F41.1", "Generalized anxiety disorder"),),
    )
    payment = PaymentInput("card_machine", clock.now().date(), price, "slip 1")
    return complete_session(
        appointment=appointment,
        billing=billing,
        finish=Finish(Step.SEND_RECEIPT, payment, ADDRESS),
        actor=scene.member,
        key=new_code(),
    )
