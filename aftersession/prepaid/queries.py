# SPDX-License-Identifier: Apache-2.0
"""Reads of what is billed apart from completing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce
from django.http import Http404

from aftersession.billing.models import Invoice, InvoiceState
from aftersession.billing.queries import visible_invoices
from aftersession.ledger.models import Account, Line
from aftersession.lib.money import Money
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practice
from aftersession.prepaid.covers import NOT_KEPT
from aftersession.prepaid.models import Package, PackageOffer, PackageUse, SessionCover
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
    return rows.filter(~Exists(needed), package=None).annotate(open_minor=_open("shares")).order_by("-pk")


def sessions_to_cover(member: Member, patient: Patient) -> "QuerySet[Appointment]":
    """Booked sessions of a client that nothing bills yet, the soonest first."""
    rows = visible_appointments(member).filter(attendees__patient=patient, is_prepaid=False)
    return rows.filter(status=AppointmentStatus.BOOKED).select_related("practitioner").order_by("starts_at")


def offers_of(practice: Practice, *, is_active: bool | None = True) -> list[PackageOffer]:
    """What packages are offered, by name; with None, those offered no more as well."""
    rows = PackageOffer.objects.for_practice(practice).select_related("service")
    if is_active is not None:
        rows = rows.filter(is_active=is_active)
    return list(rows.order_by("-is_active", "name", "pk"))


def offer_for(member: Member, code: str) -> PackageOffer:
    """The offer of this practice, or Http404."""
    rows = PackageOffer.objects.for_practice(member.practice).select_related("service")
    offer = rows.filter(code=code).first()
    if offer is None:
        raise Http404
    return offer


def visible_packages(member: Member) -> "QuerySet[Package]":
    """Sold packages whose invoice this person may see, with client and invoice."""
    rows = Package.objects.for_practice(member.practice).filter(invoice__in=visible_invoices(member))
    return rows.select_related("patient", "invoice", "service")


def package_for(member: Member, code: str) -> Package:
    """The package, or Http404 alike for none and for another's."""
    package = visible_packages(member).filter(code=code).first()
    if package is None:
        raise Http404
    return package


def usable_packages(appointment: Appointment, patient: Patient, day: date) -> list[Package]:
    """Packages that could pay for this session on that day: the one that ends first, then the oldest."""
    rows = Package.objects.filter(
        patient=patient,
        service=appointment.service_id,
        closed_at=None,
        invoice__state=InvoiceState.ISSUED,
        used_count__lt=F("session_count"),
    )
    rows = rows.filter(Q(expires_on=None) | Q(expires_on__gte=day)).select_related("invoice")
    return list(rows.order_by(F("expires_on").asc(nulls_last=True), "pk"))


def packages_of(member: Member, patient: Patient) -> list[Package]:
    """Every package this client bought, what is still usable first."""
    rows = visible_packages(member).filter(patient=patient)
    return list(rows.order_by(F("closed_at").asc(nulls_first=True), "-pk"))


def uses_of(package: Package) -> list[PackageUse]:
    """The sessions a package paid for and that still count, the newest first."""
    rows = PackageUse.objects.filter(package=package, undoes=None, undone_by=None)
    return list(rows.select_related("encounter__appointment", "encounter__practitioner").order_by("-pk"))


def use_of(appointment: Appointment) -> PackageUse | None:
    """From which package a completed session was paid, if from one."""
    rows = PackageUse.objects.filter(
        encounter__appointment=appointment, encounter__state="live", undoes=None, undone_by=None
    )
    return rows.select_related("package").first()


def packages_owed(member: Member) -> list[Package]:
    """Packages of which something is still to be given or still to be earned, by client."""
    rows = visible_packages(member).filter(closed_at=None, invoice__state=InvoiceState.ISSUED)
    owed = Q(used_count__lt=F("session_count")) | Q(released_minor__lt=F("net_minor"))
    return list(rows.filter(owed).order_by("patient__family_name", "patient__given_names", "pk"))


def package_sold(invoice: Invoice) -> Package | None:
    """The package that this invoice sold, if it sold one."""
    package: Package | None = Package.objects.filter(invoice=invoice).first()
    return package


def package_instead(package: Package) -> Package | None:
    """The package that was sold in the place of this one, when its invoice was corrected."""
    found: Package | None = Package.objects.filter(invoice__corrects=package.invoice_id).first()
    return found


@dataclass(frozen=True)
class Serves:
    """What a stand-alone invoice was made for, where it was made for something."""

    session: Appointment | None = None
    package: Package | None = None


def serves_of(invoice: Invoice) -> Serves:
    """The session that a stand-alone invoice bills, or the package it sold. No query for a session's own."""
    if invoice.encounter_id is not None:
        return Serves()
    covers = SessionCover.objects.filter(invoice=invoice, released_at=None)
    cover = covers.select_related("appointment").first()
    return Serves(session=cover.appointment) if cover else Serves(package=package_sold(invoice))


def bills_session(invoice: Invoice) -> bool:
    """Whether a stand-alone invoice bills a session."""
    return bool(SessionCover.objects.filter(invoice=invoice, released_at=None).exists())


def put_off(practice: Practice) -> Money:
    """Income put off, as the books have it: what the practice owes in sessions."""
    lines = Line.objects.for_practice(practice).filter(account=Account.DEFERRED_INCOME)
    total = lines.filter(currency=practice.currency).aggregate(total=Sum("amount_minor"))["total"] or 0
    return Money(-total, practice.currency)


def total_of(packages: Sequence[Package], practice: Practice) -> Money:
    """What these packages still have to earn together."""
    return Money(sum(each.deferred_minor for each in packages), practice.currency)


def _open(shares: str) -> Coalesce:
    columns = {
        "amount_minor": 1, "transferred_minor": 1, "allocated_minor": -1, "credited_minor": -1, "written_off_minor": -1
    }  # fmt: skip
    total = sum(Coalesce(Sum(f"{shares}__{name}"), 0) * sign for name, sign in columns.items())
    return Coalesce(total, 0)
