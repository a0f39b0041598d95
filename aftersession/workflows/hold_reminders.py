# SPDX-License-Identifier: Apache-2.0
"""Hold reminders back and let them go on: a promise, a dispute, a pause of one bill or of a client's all."""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import lock_invoice
from aftersession.billing.models import InvoiceShare
from aftersession.billing.shares import stop_reminders
from aftersession.commands.command import command
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.patients.models import Patient
from aftersession.practices.actors import Actor
from aftersession.practices.models import Member
from aftersession.reminders.actions import lift_holds, place_hold
from aftersession.reminders.models import HoldKind
from aftersession.reminders.outlook import is_chaseable
from aftersession.reminders.queries import open_client_shares
from aftersession.workflows.invoices import share_in, take_hold

HELD = {
    HoldKind.PROMISE: "invoice.promised",
    HoldKind.DISPUTE: "invoice.disputed",
    HoldKind.PAUSE: "invoice.reminders_paused",
}


@dataclass(frozen=True)
class Held:
    """The hold, and how many reminders were taken back before they left."""

    hold_code: str
    taken_back: int


@dataclass(frozen=True)
class Resumed:
    """How many holds ended."""

    lifted: int


@command(Held)
def record_promise(*, share: InvoiceShare, until_on: date, reason: str, actor: Member, key: str) -> Held:
    """Write down that whoever owes promised to pay by a day, once: no reminder through that day.

    Raises BadInput for a day that is over, InvalidTransition when nothing is open.
    """
    return _hold_share(HoldKind.PROMISE, share, reason, until_on, actor)


@command(Held)
def mark_disputed(*, share: InvoiceShare, reason: str, actor: Member, key: str) -> Held:
    """Write down that whoever owes disputes it, once: no reminder until somebody resumes them.

    Raises InvalidTransition when nothing is open.
    """
    return _hold_share(HoldKind.DISPUTE, share, reason, None, actor)


@command(Held)
def pause_share(*, share: InvoiceShare, reason: str, until_on: date | None, actor: Member, key: str) -> Held:
    """Pause the reminders of one share, once, through a day or until somebody resumes them.

    Raises BadInput for a day that is over, InvalidTransition when nothing is open.
    """
    return _hold_share(HoldKind.PAUSE, share, reason, until_on, actor)


@command(Held)
def pause_patient(*, patient: Patient, reason: str, until_on: date | None, actor: Member, key: str) -> Held:
    """Pause all reminders about a client's account, once. Raises BadInput for a day that is over."""
    _lock_patient(patient)
    hold = place_hold(HoldKind.PAUSE, patient=patient, reason=reason, until_on=until_on, actor=actor)
    taken_back = 0
    for share in open_client_shares(actor.practice).filter(account=patient):
        taken_back += stop_reminders(share)
    data = {"hold": hold.code, "until_on": _day(until_on)}
    record_facts(
        [Fact("patient.reminders_paused", "patient", patient.code, patient.code, reason, data)], actor=actor
    )
    return Held(hold.code, taken_back)


@command(Resumed)
def resume_share(*, share: InvoiceShare, actor: Member, key: str) -> Resumed:
    """Let the reminders of a share go on, once: a promise, a dispute and a pause of it end.

    Raises InvalidTransition when nothing of the share's own holds them back.
    """
    lock_invoice(share.invoice)
    lifted = lift_holds(share=share, actor=actor)
    if not lifted:
        raise InvalidTransition(_("Nothing holds these reminders back any more."))
    invoice = share.invoice
    data = {"share": share.code}
    record_facts(
        [Fact("invoice.reminders_resumed", "invoice", invoice.code, share.account.code, data=data)],
        actor=actor,
    )
    return Resumed(lifted)


@command(Resumed)
def resume_patient(*, patient: Patient, actor: Member, key: str) -> Resumed:
    """End the pause of a client, once. Raises InvalidTransition when there is none."""
    _lock_patient(patient)
    lifted = lift_holds(patient=patient, actor=actor)
    if not lifted:
        raise InvalidTransition(_("The reminders of this client are not paused any more."))
    record_facts([Fact("patient.reminders_resumed", "patient", patient.code, patient.code)], actor=actor)
    return Resumed(lifted)


def _hold_share(
    kind: HoldKind, share: InvoiceShare, reason: str, until_on: date | None, actor: Actor
) -> Held:
    bill, _people = take_hold(share.invoice, actor.practice, share)
    held = share_in(bill, share)
    if held.payer_id is not None:
        raise BadInput(_("An insurer is never reminded, so there is nothing to hold back."))
    if not is_chaseable(held):
        raise InvalidTransition(_("Nothing is open on it, so nobody is reminded."))
    hold = place_hold(kind, share=held, reason=reason, until_on=until_on, actor=actor)
    taken_back = stop_reminders(held)
    data = {"share": held.code, "hold": hold.code, "until_on": _day(until_on)}
    fact = Fact(HELD[kind], "invoice", bill.invoice.code, held.account.code, reason, data)
    record_facts([fact], actor=actor)
    return Held(hold.code, taken_back)


def _lock_patient(patient: Patient) -> None:
    # Whoever reminds holds the client as well, so a letter is either found here or not written.
    list(Patient.objects.select_for_update(no_key=True).filter(pk=patient.pk).values_list("pk"))


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""
