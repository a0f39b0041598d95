# SPDX-License-Identifier: Apache-2.0
"""The form of one session: what it begins with, what is kept of it, and the page around it."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersession.desk.billing_form.page import BillingPage, billing_page
from aftersession.desk.billing_form.prefill import as_billed, as_booked
from aftersession.desk.billing_form.sheet import Covered, Parties, Sheet, read_sheet
from aftersession.desk.billing_form.typed import Typed, read_kept
from aftersession.desk.requests import DeskRequest
from aftersession.encounters.actions import SessionFacts, keep_working_copy
from aftersession.encounters.queries import working_copy
from aftersession.lib import clock
from aftersession.lib.money import format_money
from aftersession.practices.models import Member
from aftersession.prepaid.models import Package
from aftersession.prepaid.queries import advance_of, usable_packages
from aftersession.scheduling.models import Appointment, AppointmentStatus, Attendee
from aftersession.ui.formats import near_day, wall_time
from aftersession.workflows.finalise import Step
from aftersession.workflows.session_bill import bill_taken_back, payment_taken_back

AS_BOOKED: Final[dict[str, Any]] = {"as_booked": True}
"""A kept copy that says: forget what was typed and billed before."""


@dataclass(frozen=True)
class Beginning:
    """What the form shows first, and why: `kept` from before, `billed` and taken back, or `booked`."""

    typed: Typed
    origin: str


def attendee_of(appointment: Appointment) -> Attendee:
    """Who is billed for this session."""
    attendee: Attendee = appointment.attendees.all()[0]
    # One practice object for all: its country's words and rules are asked for many times a page.
    attendee.patient.practice = appointment.practice
    return attendee


def parties_of(appointment: Appointment, typed: Typed) -> Parties:
    """Whose bill it is, and how the session itself is paid, if it is paid apart."""
    return Parties(
        practice=appointment.practice,
        patient=attendee_of(appointment).patient,
        practitioner=appointment.practitioner,
        covered=covered_of(appointment, typed),
    )


def covered_of(appointment: Appointment, typed: Typed) -> Covered | None:
    """What is said of a session that an invoice of its own bills already, or that a package is to pay for."""
    advance = advance_of(appointment)
    if advance is None:
        package = chosen_package(appointment, typed)
        return _from_package(package, appointment) if package else None
    practice = appointment.practice
    facts = {
        "number": advance.invoice.number_label,
        "open": format_money(advance.open, practice.locale),
        "service": appointment.service_name,
    }
    text = _("Already billed on %(number)s (paid)")
    if not advance.is_paid:
        text = _("Already billed on %(number)s (%(open)s of it is still open)")
    return Covered(_("%(service)s, on %(number)s") % facts, text % facts)


def can_complete(appointment: Appointment) -> bool:
    """Whether it is booked and has begun."""
    return bool(appointment.status == AppointmentStatus.BOOKED and appointment.starts_at <= clock.now())


def begin(appointment: Appointment, member: Member) -> Beginning:
    """What this person typed before, else the bill that was taken back, else the session as booked."""
    copy = working_copy(appointment, member)
    if appointment.is_prepaid:
        kept, booked = read_kept(copy), as_booked(appointment, attendee_of(appointment))
        booked.lines = []
        return Beginning(kept or booked, "kept" if kept else "booked")
    if kept := read_kept(copy):
        return Beginning(kept, "kept")
    invoice = None if copy == AS_BOOKED else bill_taken_back(appointment)
    if invoice is not None:
        payment = payment_taken_back(invoice)
        return Beginning(as_billed(invoice, payment, appointment.practice), "billed")
    typed = as_booked(appointment, attendee_of(appointment))
    if found := fitting_packages(appointment):
        typed.head["package"], typed.lines = found[0].code, []
    return Beginning(typed, "booked")


def start_again(appointment: Appointment, member: Member) -> None:
    """Forget what this person typed: the form begins as the session was booked."""
    keep_working_copy(appointment, member, AS_BOOKED)


def keep(appointment: Appointment, member: Member, typed: Typed) -> None:
    """Keep what was typed, right or wrong, as long as the session waits to be completed."""
    if can_complete(appointment):
        keep_working_copy(appointment, member, typed.kept())


def read(appointment: Appointment, typed: Typed, *, step: Step | None = None, finds: bool = False) -> Sheet:
    """What was typed, read for this session."""
    parties = parties_of(appointment, typed)
    if typed.head.get("package") and parties.covered is None:
        choose_package(typed, appointment, "")  # it cannot pay any more: the session is billed as booked
    return read_sheet(typed, parties, step=step, finds=finds, expected_on=day_of(appointment))


def _from_package(package: Package, appointment: Appointment) -> Covered:
    facts = {
        "name": package.name,
        "service": appointment.service_name,
        "left": package.left_count,
        "count": package.session_count,
    }
    text = _("Paid from the package %(name)s: %(left)d of %(count)d are left") % facts
    return Covered(_("%(service)s, from the package") % facts, text, package)


def fitting_packages(appointment: Appointment) -> list[Package]:
    """The client's packages that could pay for this session, the likeliest first. One query."""
    if appointment.is_prepaid:
        return []
    return usable_packages(appointment, attendee_of(appointment).patient, day_of(appointment))


def chosen_package(appointment: Appointment, typed: Typed) -> Package | None:
    """The package that was chosen to pay for the session, while it still can."""
    code = typed.head.get("package", "")
    found = fitting_packages(appointment) if code else []
    return next((each for each in found if each.code == code), None)


def choose_package(typed: Typed, appointment: Appointment, code: str) -> None:
    """Let a package pay for the session, so that its line goes; with no code, the line comes back."""
    booked = as_booked(appointment, attendee_of(appointment)).lines
    kept = [line for line in typed.lines if line.get("description") != booked[0]["description"]]
    typed.lines = kept if code else [*booked, *kept]
    typed.head["package"] = code


def facts_of(appointment: Appointment, sheet: Sheet, *, no_charge_reason: str = "") -> SessionFacts:
    """What took place where the form bills nothing: the date and the diagnoses on it."""
    return SessionFacts(
        service_on=sheet.form.cleaned_data.get("service_on") or day_of(appointment),
        payment_type=sheet.payment_type or appointment.payment_type,
        charges=[],
        diagnoses=[(each.system, each.code, each.title) for each in sheet.diagnoses.chosen],
        no_charge_reason=no_charge_reason,
    )


def is_as_shown(appointment: Appointment, posted: QueryDict) -> bool:
    """Whether the session is billed as the form that was sent took it to be."""
    return (posted.get("is_prepaid") == "1") == appointment.is_prepaid


def day_of(appointment: Appointment) -> date:
    """The day of the session, in the practice's time zone."""
    return appointment.starts_local.date()


def page_of(request: DeskRequest, appointment: Appointment, sheet: Sheet, **options: Any) -> BillingPage:
    """The billing form of a session, with the way back to it for whoever leaves to mend something."""
    posted: QueryDict = request.POST
    return billing_page(
        sheet,
        request.member,
        back=reverse("desk:completion", args=[appointment.code]),
        shown_total=posted.get("shown_total", ""),
        **options,
    )


def show_form(
    request: DeskRequest, appointment: Appointment, page: BillingPage, *, origin: str = "", status: int = 200
) -> HttpResponse:
    """The whole page; for a request of htmx only the form's inside."""
    template = "desk/completion/form.html" + ("#session" if request.headers.get("HX-Request") else "")
    context = {
        "place": "appointments",
        "appointment": appointment,
        "lead": lead_of(appointment),
        "page": page,
        "origin": origin,
        "packages": [] if page.sheet.parties.covered else fitting_packages(appointment),
    }
    return render(request, template, context, status=status)


def lead_of(appointment: Appointment) -> SafeString:
    """Whose session, and when."""
    practice = appointment.practice
    facts = {
        "name": attendee_of(appointment).patient.full_name,
        "day": near_day(appointment.starts_at, practice.locale, practice.time_zone),
        "start": wall_time(appointment.starts_at, practice.locale, practice.time_zone),
        "end": wall_time(appointment.ends_at, practice.locale, practice.time_zone),
    }
    text = _('Mark session complete: <b>{name}</b>, <span class="nw">{day} {start} to {end}</span>')
    return format_html(text, **facts)
