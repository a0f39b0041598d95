# SPDX-License-Identifier: Apache-2.0
"""One appointment as its page shows it: facts, history and the steps that are open to it."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import Invoice, InvoiceState
from aftersession.coverage.models import Coverage
from aftersession.desk.billing.advance import advance_address
from aftersession.encounters.queries import reasons_for_no_charge
from aftersession.lib import clock
from aftersession.messaging.models import Message
from aftersession.patients.models import Patient
from aftersession.practices.models import Member
from aftersession.prepaid.covers import NOT_KEPT
from aftersession.prepaid.models import Package
from aftersession.prepaid.queries import Advance, advance_of, use_of
from aftersession.scheduling.models import Appointment, AppointmentStatus, PaymentType
from aftersession.scheduling.queries import AppointmentRow, patients_at, rows_for
from aftersession.scheduling.wording import day_name

HISTORY_SIZE = 50
# What is told, with its glyph; other facts about the same things say no more than these.
STORY = {
    "appointment.booked": ("cal", _lazy("Booked")),
    "appointment.logged": ("cal", _lazy("Logged as a past session")),
    "appointment.rescheduled": ("cal", _lazy("Moved")),
    "appointment.cancelled": ("void", _lazy("Cancelled")),
    "appointment.missed": ("missed", _lazy("Marked as missed")),
    "appointment.reopened": ("undo", _lazy("Opened again")),
    "appointment.completed": ("check", _lazy("Session completed")),
    "appointment.prepaid": ("bill", _lazy("Billed in advance")),
    "appointment.unlinked": ("undo", _lazy("Its invoice was taken off")),
    "invoice.voided": ("void", _lazy("Invoice voided")),
    "invoice.discarded": ("void", _lazy("Draft discarded")),
}


@dataclass(frozen=True)
class Happening:
    """One line of the history, drawn by the timeline."""

    at: datetime
    icon: str
    title: str
    note: str
    tone: str = ""


@dataclass(frozen=True)
class Details:
    """Everything the page of one appointment shows."""

    appointment: Appointment
    row: AppointmentRow
    patients: list[Patient]
    coverages: list[Coverage]
    invoice: Invoice | None
    no_charge_reason: str
    advance: Advance | None
    package: Package | None
    can_bill_now: bool
    history: list[Happening]
    has_begun: bool
    has_ended: bool

    @property
    def status(self) -> tuple[str, str, str]:
        """Glyph, tone and word of the state."""
        if self.is_booked:
            if self.has_ended:
                return "owes", "info", _("Open")
            return ("today", "info", _("Now")) if self.has_begun else ("cal", "", _("Upcoming"))
        return {
            AppointmentStatus.REQUESTED: ("wait", "", _("Requested")),
            AppointmentStatus.FULFILLED: ("paid", "ok", _("Completed")),
            AppointmentStatus.NO_SHOW: ("missed", "bad", _("Missed")),
            AppointmentStatus.CANCELLED: ("void", "", _("Cancelled")),
        }[AppointmentStatus(self.appointment.status)]

    @property
    def lead(self) -> SafeString:
        """The page's answer: who, when, and where it stands."""
        row = self.row
        facts = {"client": row.client, "day": day_name(row.day), "time": f"{row.starts:%H:%M}"}
        who = self.appointment.status_by or _("the practice")
        if self.is_booked and self.has_ended:
            return format_html(
                _("<b>{client}</b> was here on <b>{day} at {time}</b>. The session is still open."), **facts
            )
        if self.is_booked:
            return format_html(_("<b>{client}</b> comes on <b>{day} at {time}</b>."), **facts)
        text = {
            AppointmentStatus.REQUESTED: _("<b>{client}</b> asks for <b>{day} at {time}</b>."),
            AppointmentStatus.FULFILLED: _("<b>{client}</b>, {day} at {time}: <b>completed</b> by {who}."),
            AppointmentStatus.NO_SHOW: _("<b>{client}</b>, {day} at {time}: <b>missed</b>."),
            AppointmentStatus.CANCELLED: _("<b>{client}</b>, {day} at {time}: <b>cancelled</b> by {who}."),
        }[AppointmentStatus(self.appointment.status)]
        return format_html(text, who=who, **facts)

    @property
    def is_booked(self) -> bool:
        return bool(self.appointment.status == AppointmentStatus.BOOKED)

    @property
    def can_complete(self) -> bool:
        return self.is_booked and self.has_begun

    @property
    def advance_url(self) -> str:
        """Where it is billed before it takes place; nowhere if it cannot be."""
        return advance_address(self.appointment) if self.can_bill_now else ""

    @property
    def was_kept(self) -> bool:
        return self.appointment.status not in NOT_KEPT

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
        no_charge_reason=reasons_for_no_charge([appointment]).get(appointment.code, ""),
        advance=advance_of(appointment),
        package=_package(appointment),
        can_bill_now=_can_bill_now(appointment),
        history=_history(appointment, invoice),
        has_begun=appointment.starts_at <= now,
        has_ended=appointment.ends_at <= now,
    )


def _package(appointment: Appointment) -> Package | None:
    is_done = appointment.status == AppointmentStatus.FULFILLED
    use = use_of(appointment) if is_done else None
    return use.package if use else None


def _can_bill_now(appointment: Appointment) -> bool:
    is_waiting = appointment.status == AppointmentStatus.BOOKED and not appointment.is_prepaid
    return bool(is_waiting and appointment.payment_type != PaymentType.INSURANCE)


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
    events = AuditEvent.objects.filter(
        subject_kind__in=["appointment", "invoice"], subject_code__in=subjects, action__in=STORY
    )
    letters = Message.objects.filter(about_code__in=subjects, sent_at__isnull=False)
    return sorted(
        [
            *(_happening(event, appointment) for event in events.order_by("-id")[:HISTORY_SIZE]),
            *(_letter_sent(letter, appointment) for letter in letters.order_by("-id")[:HISTORY_SIZE]),
        ],
        key=lambda each: each.at,
        reverse=True,
    )


def _happening(event: AuditEvent, appointment: Appointment) -> Happening:
    icon, words = STORY[event.action]
    title = str(words)
    if event.action == "appointment.rescheduled":
        moved = clock.local(datetime.fromisoformat(event.data["to"]), appointment.time_zone)
        title = _("Moved to %(day)s at %(time)s") % {"day": day_name(moved.date()), "time": f"{moved:%H:%M}"}
    note = _by_whom(event.actor_label, event.at, appointment)
    return Happening(event.at, icon, title, f"{note}. {event.reason}" if event.reason else note)


def _letter_sent(letter: Message, appointment: Appointment) -> Happening:
    at = letter.sent_at or letter.created_at
    return Happening(at, "sent", letter.subject, _by_whom(letter.to_address, at, appointment), "ok")


def _by_whom(who: str, at: datetime, appointment: Appointment) -> str:
    local = clock.local(at, appointment.time_zone)
    return f"{who}, {day_name(local.date())}, {local:%H:%M}"
