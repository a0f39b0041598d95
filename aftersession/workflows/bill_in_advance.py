# SPDX-License-Identifier: Apache-2.0
"""A session billed before it takes place, and an invoice that is there already put to its session."""

from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import lock_invoice
from aftersession.billing.models import Invoice, InvoiceState
from aftersession.commands.command import command
from aftersession.encounters.models import Encounter, EncounterState
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.practices.actors import Actor
from aftersession.practices.models import Member
from aftersession.prepaid.covers import cover_session, live_covers, release_cover
from aftersession.prepaid.models import SessionCover
from aftersession.scheduling.models import Appointment, AppointmentStatus, PaymentType
from aftersession.scheduling.queries import attendee_billed
from aftersession.workflows.complete_session import Billing, draft_bill
from aftersession.workflows.finalise import Finish, Step, finalise
from aftersession.workflows.outcome import Outcome, still_stands


@dataclass(frozen=True)
class Linked:
    """A session and the invoice that bills it now, or bills it no more."""

    appointment_code: str
    invoice_code: str


@command(Outcome, stands=still_stands)
def bill_in_advance(
    *, appointment: Appointment, billing: Billing, finish: Finish, actor: Member, key: str
) -> Outcome:
    """Bill a booked session now, once. Completing it later bills nothing twice.

    Raises BadInput for a draft and for an insurer, who is billed for what took place, AlreadyDone where an
    invoice bills the session already, and what making a stand-alone invoice raises.
    """
    check_advance(billing, finish)
    attendee = attendee_billed(appointment)
    bill, people = draft_bill(attendee.patient, appointment.practitioner, billing, actor=actor)
    cover_session(appointment, bill.invoice, actor=actor)
    fact = _fact("appointment.prepaid", appointment, bill.invoice)
    outcome = finalise(bill, people, finish, facts=[fact], actor=actor)
    return replace(outcome, appointment_code=appointment.code)


@command(Linked)
def link_invoice(*, appointment: Appointment, invoice: Invoice, actor: Member, key: str) -> Linked:
    """Let a stand-alone invoice that was issued bill this session, once.

    One that was meant for a session not kept moves here. Raises BadInput beside `invoice` for one that
    cannot bill it, InvalidTransition unless the session waits, AlreadyDone where either is taken.
    """
    lock_invoice(invoice)
    if invoice.state != InvoiceState.ISSUED:
        raise BadInput(_("Only an issued invoice can bill a session."), field="invoice")
    if appointment.status != AppointmentStatus.BOOKED:
        raise InvalidTransition(_("Only a booked session that is not completed can be linked."))
    cover_session(appointment, invoice, actor=actor)
    record_facts([_fact("appointment.prepaid", appointment, invoice)], actor=actor)
    return Linked(appointment.code, invoice.code)


@command(Linked)
def unlink_invoice(*, appointment: Appointment, reason: str, actor: Member, key: str) -> Linked:
    """Take the invoice off a session that is not completed, once: completing it bills it again.

    The invoice stays as it is. Raises InvalidTransition for a completed session, or where none was linked.
    """
    rows = SessionCover.objects.filter(appointment=appointment, released_at=None)
    cover = rows.select_related("appointment", "invoice__patient").first()
    if cover is None or appointment.status == AppointmentStatus.FULFILLED:
        raise InvalidTransition(
            _("No invoice can be taken off this session. If it is completed, undo that first.")
        )
    release_cover(cover, reason=reason)
    fact = _fact("appointment.unlinked", appointment, cover.invoice, reason)
    record_facts([fact], actor=actor)
    return Linked(appointment.code, cover.invoice.code)


def check_advance(billing: Billing, finish: Finish) -> None:
    """Refuse what is no bill in advance. Raises BadInput."""
    if billing.payment_type == PaymentType.INSURANCE:
        raise BadInput(_("An insurer is billed for what took place, and not before."), field="payment_type")
    if finish.step == Step.SAVE:
        raise BadInput(_("What is billed in advance is issued at once: choose how."))


def uncover(invoice: Invoice, *, reason: str, reopens: bool, actor: Actor) -> Encounter | None:
    """An invoice is taken back: the session it billed is to be billed anew. In the caller's transaction.

    Returns the record of the session, if it was completed and `reopens`: it must be opened again. A session
    that stays completed keeps its invoice. Raises InvalidTransition while another invoice bills more of it.
    """
    for cover in live_covers(invoice):
        if cover.appointment.status != AppointmentStatus.FULFILLED:
            release_cover(cover, reason=reason)
        elif reopens:
            record = _record(cover.appointment)
            release_cover(cover, reason=reason)
            return record
    return None


def _record(appointment: Appointment) -> Encounter:
    record = Encounter.objects.select_related("appointment").get(
        appointment=appointment, state=EncounterState.LIVE
    )
    standing = Invoice.objects.filter(encounter=record, superseded_at=None)
    more = standing.filter(state__in=[InvoiceState.DRAFT, InvoiceState.ISSUED]).first()
    if more is not None:
        raise InvalidTransition(
            _("%(number)s bills more of the same session. Take that back first.")
            % {"number": more.number_label or _("A draft")}
        )
    return record


def _fact(action: str, appointment: Appointment, invoice: Invoice, reason: str = "") -> Fact:
    data = {"invoice": invoice.code}
    return Fact(action, "appointment", appointment.code, invoice.patient.code, reason, data)
