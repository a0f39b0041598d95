# SPDX-License-Identifier: Apache-2.0
"""Reads of what is billed apart from completing."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.db.models.functions import Coalesce

from aftersession.billing.models import Invoice, InvoiceState
from aftersession.billing.queries import visible_invoices
from aftersession.lib.money import Money
from aftersession.patients.models import Patient
from aftersession.practices.models import Member
from aftersession.prepaid.covers import NOT_KEPT
from aftersession.prepaid.models import SessionCover
from aftersession.scheduling.lists import visible_appointments
from aftersession.scheduling.models import Appointment, AppointmentStatus


@dataclass(frozen=True)
class Advance:
    """The invoice that bills a session apart from its completion, and what is open on it."""

    invoice: Invoice
    open: Money

    @property
    def is_paid(self) -> bool:
        return self.open.is_zero


def advance_of(appointment: Appointment) -> Advance | None:
    """How this session is billed already, if it is. One query, and none for a session that is not."""
    if not appointment.is_prepaid:
        return None
    covers = SessionCover.objects.filter(appointment=appointment, released_at=None)
    cover = covers.select_related("invoice").annotate(open_minor=_open("invoice__shares")).first()
    if cover is None:
        return None
    return Advance(cover.invoice, Money(cover.open_minor, cover.invoice.currency))


def invoices_to_link(member: Member, patient: Patient) -> "QuerySet[Invoice]":
    """Issued invoices of a client that could bill a session: stand-alone, standing, and not needed elsewhere."""
    needed = SessionCover.objects.filter(invoice=OuterRef("pk"), released_at=None).exclude(
        appointment__status__in=NOT_KEPT
    )
    rows = visible_invoices(member).filter(
        patient=patient, state=InvoiceState.ISSUED, encounter=None, superseded_at=None
    )
    return rows.filter(~Exists(needed)).annotate(open_minor=_open("shares")).order_by("-pk")


def sessions_to_cover(member: Member, patient: Patient) -> "QuerySet[Appointment]":
    """Booked sessions of a client that nothing bills yet, the soonest first."""
    rows = visible_appointments(member).filter(attendees__patient=patient, is_prepaid=False)
    return rows.filter(status=AppointmentStatus.BOOKED).select_related("practitioner").order_by("starts_at")


def _open(shares: str) -> Coalesce:
    columns = {
        "amount_minor": 1, "transferred_minor": 1, "allocated_minor": -1, "credited_minor": -1, "written_off_minor": -1
    }  # fmt: skip
    total = sum(Coalesce(Sum(f"{shares}__{name}"), 0) * sign for name, sign in columns.items())
    return Coalesce(total, 0)
