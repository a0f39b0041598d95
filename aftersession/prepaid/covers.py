# SPDX-License-Identifier: Apache-2.0
"""Which invoice bills a session that is billed apart from its completion. Inside the caller's transaction."""

from django.db import IntegrityError
from django.utils.translation import gettext as _

from aftersession.billing.models import Invoice, InvoiceState
from aftersession.encounters.actions import drop_working_copies
from aftersession.lib import clock
from aftersession.lib.errors import AlreadyDone, BadInput, InvalidTransition
from aftersession.practices.actors import Actor
from aftersession.prepaid.models import SessionCover
from aftersession.scheduling.actions import set_prepaid
from aftersession.scheduling.models import Appointment, AppointmentStatus
from aftersession.scheduling.queries import patients_at

NOT_KEPT = (AppointmentStatus.CANCELLED, AppointmentStatus.NO_SHOW)
"""A session that did not take place needs its invoice no more: another one may have it."""


def cover_session(appointment: Appointment, invoice: Invoice, *, actor: Actor) -> SessionCover:
    """Let an invoice of its own bill this session; one that was meant for a session not kept moves here.

    The caller holds the invoice. Raises BadInput for an invoice that cannot, AlreadyDone where the session
    or the invoice is taken, InvalidTransition unless the session is booked.
    """
    check_can_cover(appointment, invoice)
    for cover in live_covers(invoice):
        if cover.appointment.status in NOT_KEPT:
            release_cover(cover, reason=_("Kept for another session"))
    set_prepaid(appointment, is_prepaid=True)
    drop_working_copies(appointment)  # they would bill the session once more
    try:
        cover = SessionCover.objects.create(
            practice=actor.practice,
            appointment=appointment,
            invoice=invoice,
            made_at=clock.now(),
            made_by=actor.label,
        )
    except IntegrityError as error:
        raise AlreadyDone(_("%(number)s bills another session already.") % {"number": invoice}) from error
    return cover


def check_can_cover(appointment: Appointment, invoice: Invoice) -> None:
    """Refuse an invoice of somebody else, of another session, or one that does not stand. Raises BadInput."""
    facts = {"number": invoice.number_label or _("the draft")}
    if invoice.patient_id not in {patient.pk for patient in patients_at(appointment)}:
        raise BadInput(_("%(number)s is another client's.") % facts, field="invoice")
    if invoice.encounter_id is not None:
        raise BadInput(_("%(number)s bills a session of its own.") % facts, field="invoice")
    if invoice.state in (InvoiceState.VOID, InvoiceState.DISCARDED) or invoice.superseded_at is not None:
        raise BadInput(_("%(number)s does not stand any more.") % facts, field="invoice")


def release_cover(cover: SessionCover, *, reason: str) -> None:
    """Bill the session by this invoice no more, by compare-and-set."""
    _release(cover, reason)
    set_prepaid(cover.appointment, is_prepaid=False)
    drop_working_copies(cover.appointment)


def hand_over(invoice: Invoice, successor: Invoice, *, actor: Actor) -> None:
    """What a corrected invoice billed, its successor bills: the session stays billed throughout."""
    for cover in live_covers(invoice):
        _release(cover, _("Corrected"))
        SessionCover.objects.create(
            practice=actor.practice,
            appointment=cover.appointment,
            invoice=successor,
            made_at=clock.now(),
            made_by=actor.label,
        )


def live_covers(invoice: Invoice) -> list[SessionCover]:
    """The session that this invoice bills, if it bills one. At most one row."""
    rows = SessionCover.objects.filter(invoice=invoice, released_at=None)
    return list(rows.select_related("appointment__practice", "invoice"))


def _release(cover: SessionCover, reason: str) -> None:
    live = SessionCover.objects.filter(pk=cover.pk, released_at=None)
    if live.update(released_at=clock.now(), release_reason=reason) != 1:
        raise InvalidTransition(_("The invoice has been taken off this session already."))
