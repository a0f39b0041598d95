# SPDX-License-Identifier: Apache-2.0
"""One appointment as its page shows it: facts, history and the steps that are open to it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import Invoice, InvoiceState
from aftersession.coverage.models import Coverage
from aftersession.lib import clock
from aftersession.messaging.models import Message
from aftersession.patients.models import Patient
from aftersession.practices.models import Member
from aftersession.scheduling.models import Appointment, AppointmentStatus, PaymentType
from aftersession.scheduling.queries import AppointmentRow, patients_at, rows_for
from aftersession.scheduling.wording import day_name

HISTORY_SIZE = 50


@dataclass(frozen=True)
class Happening:
    """One line of the history, at a time local to the practice."""

    at: datetime
    text: str
    who: str
    reason: str = ""


@dataclass(frozen=True)
class Details:
    """Everything the page of one appointment shows."""

    appointment: Appointment
    row: AppointmentRow
    patients: list[Patient]
    coverages: list[Coverage]
    invoice: Invoice | None
    history: list[Happening]
    has_begun: bool
    has_ended: bool

    @property
    def is_booked(self) -> bool:
        return bool(self.appointment.status == AppointmentStatus.BOOKED)

    @property
    def can_complete(self) -> bool:
        return self.is_booked and self.has_begun

    @property
    def can_cancel(self) -> bool:
        return self.is_booked and not self.has_ended


def details_of(appointment: Appointment, member: Member) -> Details:
    """The appointment (loaded through its gate) with what belongs on its page. A fixed number of queries."""
    now, patients = clock.now(), patients_at(appointment)
    (row,) = rows_for(member, [appointment])
    invoice = _invoice(appointment)
    return Details(
        appointment=appointment,
        row=row,
        patients=patients,
        coverages=_coverages(appointment, patients),
        invoice=invoice,
        history=_history(appointment, invoice),
        has_begun=appointment.starts_at <= now,
        has_ended=appointment.ends_at <= now,
    )


def _invoice(appointment: Appointment) -> Invoice | None:
    """The draft or issued bill of the session, if it is completed."""
    invoices = Invoice.objects.filter(encounter__appointment=appointment)
    return invoices.exclude(state__in=[InvoiceState.VOID, InvoiceState.DISCARDED]).order_by("-pk").first()


def _coverages(appointment: Appointment, patients: list[Patient]) -> list[Coverage]:
    booked = [each.coverage for each in appointment.attendees.all() if each.coverage is not None]
    if booked or appointment.payment_type != PaymentType.INSURANCE:
        return booked
    return list(Coverage.objects.filter(patient__in=patients, is_active=True).select_related("payer"))


def _history(appointment: Appointment, invoice: Invoice | None) -> list[Happening]:
    subjects = [appointment.code] + ([invoice.code] if invoice else [])
    events = AuditEvent.objects.filter(subject_kind__in=["appointment", "invoice"], subject_code__in=subjects)
    happened = [
        Happening(clock.local(event.at, appointment.time_zone), text, event.actor_label, event.reason)
        for event in events.order_by("-id")[:HISTORY_SIZE]
        if (text := _happened(event, appointment))
    ]
    letters = Message.objects.filter(about_code__in=subjects).exclude(sent_at=None).order_by("-id")
    sent = [
        Happening(
            clock.local(letter.sent_at or letter.created_at, appointment.time_zone),
            _("E-mailed to %(name)s: %(subject)s") % {"name": letter.to_name, "subject": letter.subject},
            letter.to_address,
        )
        for letter in letters[:HISTORY_SIZE]
    ]
    return sorted([*happened, *sent], key=lambda each: each.at, reverse=True)


def _happened(event: AuditEvent, appointment: Appointment) -> str:
    """The event in words; nothing for events that say no more than another one here."""
    if event.action == "appointment.rescheduled":
        moved = clock.local(datetime.fromisoformat(event.data["to"]), appointment.time_zone)
        return _("Moved to %(day)s at %(time)s") % {"day": day_name(moved.date()), "time": f"{moved:%H:%M}"}
    return {
        "appointment.booked": _("Booked"),
        "appointment.logged": _("Logged as a past session"),
        "appointment.cancelled": _("Cancelled"),
        "appointment.missed": _("Marked as missed"),
        "appointment.reopened": _("Opened again"),
        "appointment.completed": _("Session completed"),
        "invoice.issued": _("Invoice issued"),
        "invoice.voided": _("Invoice voided"),
    }.get(event.action, "")
