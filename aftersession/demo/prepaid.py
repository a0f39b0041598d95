# SPDX-License-Identifier: Apache-2.0
"""What the demo's clients paid in advance: packages, one of them begun, and a session that is billed already."""

from django.db.models import QuerySet

from aftersession.billing.pricing import LineInput
from aftersession.demo.practices import World
from aftersession.encounters.actions import SessionFacts
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.patients.models import Patient
from aftersession.payments.actions import PaymentInput
from aftersession.prepaid.models import Package, PackageOffer
from aftersession.prepaid.offers import OfferDetails, save_offer
from aftersession.scheduling.models import Appointment, AppointmentStatus, PaymentType
from aftersession.scheduling.queries import attendee_billed
from aftersession.workflows.bill_in_advance import bill_in_advance
from aftersession.workflows.complete_session import Billing
from aftersession.workflows.complete_unbilled import complete_as_billed, complete_with_package
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.sell_package import sell_package

COUNT, PAID = 10, 9


def sell_ahead(world: World) -> None:
    """Ten sessions for the price of nine, sold to two clients of today; the next session paid in advance."""
    service = world.services[0]
    saved = save_offer(
        details=OfferDetails(
            name=f"{COUNT} sessions",
            service=service,
            session_count=COUNT,
            price_minor=PAID * service.price_minor,
            months_valid=12,
        ),
        actor=world.members[0],
        key=new_code(),
    )
    offer = PackageOffer.objects.select_related("service").get(code=saved.offer_code)
    ended = _of_clients(Appointment.objects.filter(ends_at__lte=clock.now(), service=service))
    for number, appointment in enumerate(ended[:2]):
        package = _sell(world, offer, appointment)
        if number:
            facts = facts_of(appointment)
            complete_with_package(
                appointment=appointment, facts=facts, package=package, actor=world.members[0], key=new_code()
            )
    coming = _of_clients(Appointment.objects.filter(starts_at__gt=clock.now()).order_by("starts_at"))
    for appointment in coming[:1]:
        _bill(world, appointment)


def facts_of(appointment: Appointment) -> SessionFacts:
    """What is written of a session that bills nothing."""
    return SessionFacts(appointment.starts_local.date(), appointment.payment_type, [], [])


def close_as_billed(world: World, appointment: Appointment) -> None:
    """Complete a session that was paid in advance."""
    complete_as_billed(
        appointment=appointment, facts=facts_of(appointment), actor=world.members[0], key=new_code()
    )


def _of_clients(rows: "QuerySet[Appointment]") -> list[Appointment]:
    """Booked sessions of different clients who pay themselves, and can be written to."""
    found: dict[int, Appointment] = {}
    booked = rows.filter(status=AppointmentStatus.BOOKED, is_prepaid=False)
    for appointment in booked.exclude(payment_type=PaymentType.INSURANCE).select_related("practitioner"):
        patient = attendee_billed(appointment).patient
        if patient.email and patient.guarantor is None and patient.born_on and patient.born_on.year < 2005:
            found.setdefault(patient.pk, appointment)
    return list(found.values())


def _sell(world: World, offer: PackageOffer, appointment: Appointment) -> Package:
    patient = attendee_billed(appointment).patient
    line = LineInput(
        f"Package of {COUNT} sessions", offer.price_minor, tax_treatment=offer.service.tax_treatment
    )
    outcome = sell_package(
        offer=offer,
        patient=patient,
        practitioner=appointment.practitioner,
        billing=_billing(appointment, line),
        finish=_paid(world, patient, offer.price_minor),
        actor=world.members[0],
        key=new_code(),
    )
    return _drawn(world, outcome)


def _bill(world: World, appointment: Appointment) -> None:
    line = LineInput(
        appointment.service_name,
        appointment.price_minor,
        tax_treatment=appointment.tax_treatment,
        procedure_code=appointment.procedure_code,
    )
    outcome = bill_in_advance(
        appointment=appointment,
        billing=_billing(appointment, line),
        finish=_paid(world, attendee_billed(appointment).patient, appointment.price_minor),
        actor=world.members[0],
        key=new_code(),
    )
    produce_now(world.practice, [outcome.document_code])


def _billing(appointment: Appointment, line: LineInput) -> Billing:
    return Billing(payment_type=PaymentType.OTHER, service_on=appointment.starts_local.date(), lines=(line,))


def _paid(world: World, patient: Patient, amount_minor: int) -> Finish:
    today = clock.today(world.practice.time_zone)
    return Finish(Step.SEND_RECEIPT, PaymentInput("card_machine", today, amount_minor), patient.email)


def _drawn(world: World, outcome: Outcome) -> Package:
    produce_now(world.practice, [outcome.document_code])
    package: Package = Package.objects.get(code=outcome.package_code)
    return package
