# SPDX-License-Identifier: Apache-2.0
"""What a billing form begins with: a session as booked, a bill that was taken back, or nothing yet."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from aftersession.billing.models import Invoice, InvoiceLine
from aftersession.billing.pricing import DiscountKind
from aftersession.coverage.models import Coverage
from aftersession.coverage.queries import coverages_of
from aftersession.desk.billing_form.typed import Line, Typed
from aftersession.lib import clock
from aftersession.lib.money import Money, format_plain
from aftersession.patients.models import Patient
from aftersession.patients.queries import diagnoses_of
from aftersession.payments.models import Payment
from aftersession.practices.models import Practice
from aftersession.scheduling.models import Appointment, Attendee
from aftersession.workflows.review import type_choices


def as_booked(appointment: Appointment, attendee: Attendee) -> Typed:
    """A session as it was agreed: the copy on the appointment, the client's diagnoses, who pays as booked."""
    patient, practice = attendee.patient, appointment.practice
    day = appointment.starts_local.date()
    minutes = int((appointment.ends_at - appointment.starts_at).total_seconds()) // 60
    line = {
        "description": _("%(service)s, %(minutes)d min")
        % {"service": appointment.service_name, "minutes": minutes},
        "procedure_code": appointment.procedure_code,
        "quantity": "1",
        "price": format_plain(appointment.price, practice.locale),
        "tax_treatment": appointment.tax_treatment,
    }
    typed = blank(practice, patient, day, wanted=appointment.payment_type)
    typed.lines = [line]
    if attendee.coverage is not None and attendee.coverage.is_valid_on(day):
        typed.head["coverage"] = attendee.coverage.code
    return typed


def blank(practice: Practice, patient: Patient, day: date, *, wanted: str = "") -> Typed:
    """Everything but the lines: who pays, which policy, the diagnoses of the profile, and today's date."""
    coverages = coverages_of(patient)
    valid = next((each for each in coverages if each.is_valid_on(day)), None)
    return Typed(
        head={
            "payment_type": _first_usable(practice, patient, day, coverages, wanted),
            "service_on": day.isoformat(),
            "template": practice.default_template,
            "discount_kind": DiscountKind.PERCENT,
            "coverage": valid.code if valid else "",
            "received_on": clock.today(practice.time_zone).isoformat(),
        },
        diagnoses=[each.diagnosis_code for each in diagnoses_of(patient)],
    )


def as_billed(invoice: Invoice, payment: Payment | None, practice: Practice) -> Typed:
    """A bill that was taken back, with the money that was recorded with it, to be put right."""
    head = {
        "payment_type": invoice.payment_type,
        "service_on": invoice.service_on.isoformat(),
        "template": invoice.template,
        "coverage": invoice.coverage.code if invoice.coverage else "",
        "authorisation_number": invoice.authorisation_number,
        "co_payment": _co_payment(invoice, practice),
        "received_on": clock.today(practice.time_zone).isoformat(),
        **_discount(invoice.discount_kind, invoice.discount_value, invoice.discount_reason, practice),
    }
    if payment is not None:
        head |= {
            "method": payment.method,
            "received_on": payment.received_on.isoformat(),
            "reference": payment.reference,
            "amount": format_plain(payment.amount, practice.locale),
        }
    return Typed(
        head=head,
        lines=[_line(each, practice) for each in invoice.lines.all()],
        diagnoses=[each["code"] for each in invoice.diagnoses],
    )


def _co_payment(invoice: Invoice, practice: Practice) -> str:
    """What the client was to pay of an insurer's bill from the beginning, as it is typed."""
    if invoice.coverage is None:
        return ""
    minor = sum(share.amount_minor for share in invoice.shares.all() if share.payer_id is None)
    return format_plain(Money(minor, invoice.currency), practice.locale) if minor else ""


def _first_usable(
    practice: Practice, patient: Patient, day: date, coverages: Sequence[Coverage], wanted: str
) -> str:
    """The type as agreed, else the one used last, else any that can be used."""
    usable = [
        each.payment_type for each in type_choices(practice, patient, day, coverages) if each.is_available
    ]
    return next((each for each in (wanted, patient.payment_type, *usable) if each in usable), "")


def _line(line: InvoiceLine, practice: Practice) -> Line:
    return {
        "description": line.description,
        "procedure_code": line.procedure_code,
        "quantity": str(line.quantity),
        "price": format_plain(Money(line.unit_price_minor, practice.currency), practice.locale),
        "tax_treatment": line.tax_treatment,
        **_discount(line.discount_kind, line.discount_value, line.discount_reason, practice),
    }


def _discount(kind: str, value: int, reason: str, practice: Practice) -> dict[str, str]:
    if not kind:
        return {"discount_kind": DiscountKind.PERCENT}
    text = format_plain(Money(value, practice.currency), practice.locale)
    if kind == DiscountKind.PERCENT:
        whole, rest = divmod(value, 100)
        text = f"{whole}.{rest:02d}" if rest else str(whole)
    return {"discount_kind": kind, "discount_value": text, "discount_reason": reason}
