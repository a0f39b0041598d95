# SPDX-License-Identifier: Apache-2.0
"""One click back: as long as nothing has left the building, a completion can be taken back whole."""

from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import discard_draft
from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState
from aftersession.commands.command import command
from aftersession.encounters.models import Encounter
from aftersession.lib.errors import AlreadyDone, InvalidTransition
from aftersession.messaging.actions import cancel_waiting
from aftersession.messaging.queries import has_left
from aftersession.payments.models import Allocation, PaymentMethod
from aftersession.practices.models import Member
from aftersession.scheduling.models import Appointment
from aftersession.workflows.invoices import take_hold
from aftersession.workflows.reopen_session import reopen_session
from aftersession.workflows.reverse_payment import reverse
from aftersession.workflows.void_invoice import void


@dataclass(frozen=True)
class Undone:
    """The session is open again; what was made is void or discarded, its number kept.

    `invoice_code` is empty where nothing had been billed.
    """

    appointment_code: str
    invoice_code: str


@command(Undone)
def undo_completion(*, encounter: Encounter, actor: Member, key: str) -> Undone:
    """Take a completion back, once: cancel what waits, reverse its payment, void or discard the bill.

    One that billed nothing just opens again.

    Raises InvalidTransition once a message has left or other money came for it: then voiding, or the
    corrections of a paid invoice, are the way.
    """
    invoice = _current_invoice(encounter, actor)
    if invoice is None:
        return Undone(reopen_session(encounter, actor=actor), "")
    reason = _("Completion undone")
    if invoice.state == InvoiceState.DRAFT:
        discard_draft(invoice)
        reopen_session(encounter, actor=actor)
        _record(encounter, invoice, actor)
        return Undone(encounter.appointment.code, invoice.code)
    # First the letters, then the question: the worker cannot take up one that is cancelled already.
    cancel_waiting(about_kind="invoice", about_codes=[invoice.code])
    if not can_undo(invoice):
        raise InvalidTransition(
            _(
                "Something of it has already left or been changed, so it cannot simply be undone. "
                "Void the invoice, or take it back with a credit note."
            )
        )
    for payment in {each.payment for each in _allocations(invoice)}:
        reverse(payment, reason=reason, actor=actor)
    void(invoice, reason=reason, actor=actor)
    return Undone(encounter.appointment.code, invoice.code)


def can_undo(invoice: Invoice) -> bool:
    """Whether nothing of it has left yet, and no money came for it but what completing recorded."""
    if invoice.state == InvoiceState.DRAFT:
        return True
    is_first = invoice.corrects_id is None and invoice.superseded_at is None
    if invoice.state != InvoiceState.ISSUED or invoice.encounter_id is None or not is_first:
        return False
    came_with_it = all(_came_with(invoice, each) for each in _allocations(invoice))
    return came_with_it and not _is_corrected(invoice) and not has_left("invoice", invoice.code)


def undoable_invoice(appointment: Appointment) -> Invoice | None:
    """The bill of a completed session, if its completion can still be undone."""
    invoice = (
        Invoice.objects.filter(
            encounter__appointment=appointment,
            encounter__state="live",
            state__in=[InvoiceState.DRAFT, InvoiceState.ISSUED],
        )
        .select_related("encounter")
        .first()
    )
    return invoice if invoice is not None and can_undo(invoice) else None


def _current_invoice(encounter: Encounter, actor: Member) -> Invoice | None:
    """The bill of a session, held until commit; None if it never had one.

    Raises AlreadyDone when it does not stand any more.
    """
    bills = Invoice.objects.filter(encounter=encounter).order_by("-pk")
    invoice = bills.select_related(
        "patient__guarantor", "practitioner", "encounter__appointment", "document"
    ).first()
    if invoice is None:
        return None
    take_hold(invoice, actor.practice)
    if invoice.state not in (InvoiceState.DRAFT, InvoiceState.ISSUED):
        raise AlreadyDone(_("This session has already been opened again."))
    return invoice


def _allocations(invoice: Invoice) -> list[Allocation]:
    return list(
        Allocation.objects.filter(share__invoice=invoice, undoes=None, undone_by=None).select_related(
            "payment__patient"
        )
    )


def _came_with(invoice: Invoice, allocation: Allocation) -> bool:
    # Completing takes the money first and the number last; whatever came before or later is real money of its own.
    payment, issued_at = allocation.payment, invoice.issued_at
    is_ours = payment.method not in (PaymentMethod.ONLINE, PaymentMethod.INSURER)
    if not is_ours or issued_at is None or payment.allocated_minor != payment.amount_minor:
        return False
    return invoice.created_at <= payment.recorded_at <= issued_at and allocation.at <= issued_at


def _is_corrected(invoice: Invoice) -> bool:
    """Whether a part of it was credited or given up since: those stand on papers of their own."""
    changed = Q(credited_minor__gt=0) | Q(written_off_minor__gt=0)
    return InvoiceShare.objects.filter(changed, invoice=invoice).exists()


def _record(encounter: Encounter, invoice: Invoice, actor: Member) -> None:
    patient_code = invoice.patient.code
    record_facts(
        [
            Fact("invoice.discarded", "invoice", invoice.code, patient_code),
        ],
        actor=actor,
    )
