# SPDX-License-Identifier: Apache-2.0
"""Split an issued invoice: a part of what one debtor owes becomes another's."""

from dataclasses import asdict, dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing import shares
from aftersession.billing.actions import Bill, new_share
from aftersession.billing.debtors import Debtor, guarantor_debtor, patient_debtor
from aftersession.billing.models import InvoiceShare, InvoiceState
from aftersession.claims.actions import note_balance
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib import clock
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.patients.actions import GuarantorDetails
from aftersession.patients.models import Guarantor, Patient
from aftersession.practices.models import Member, Practice
from aftersession.workflows.invoices import share_in, take_hold


@dataclass(frozen=True)
class Target:
    """Who shall owe it: a share of the invoice that is there, a responsible person, the client, or somebody
    who is written down with this."""

    share: InvoiceShare | None = None
    guarantor: Guarantor | None = None
    patient: Patient | None = None
    somebody: GuarantorDetails | None = None


@dataclass(frozen=True)
class Moved:
    """Which share owes less, and which more."""

    invoice_code: str
    from_share_code: str
    to_share_code: str
    amount_minor: int


@command(Moved)
def move_share(
    *, share: InvoiceShare, target: Target, amount_minor: int, reason: str, actor: Member, key: str
) -> Moved:
    """Move a part of what a debtor still owes to another one, once: the total stays what it is.

    What an insurer left goes to the client this way, and what two people share is parted. Only what is
    open moves. Raises AmountTooLarge past it, BadInput for no one else, InvalidTransition unless issued.
    """
    bill, _people = take_hold(share.invoice, actor.practice)
    if bill.invoice.state != InvoiceState.ISSUED:
        raise InvalidTransition(_("Nothing is owed on this invoice."))
    source = share_in(bill, share)
    shares.check_amount(amount_minor)
    to = _target(bill, target, actor.practice)
    if to.pk == source.pk:
        raise BadInput(_("Choose somebody else: this one owes it already."), field="debtor")
    if to.payer_id is None and not to.open_minor:
        # Whoever owes it from today has as long to pay as with any other invoice.
        to.due_on = clock.today(actor.practice.time_zone) + timedelta(days=actor.practice.payment_days)
        to.save(update_fields=["due_on"])
    moved = shares.transfer(source, to, amount_minor, reason=reason, actor=actor)
    invoice = bill.invoice
    post([shares.transfer_posting(moved, invoice.patient)], actor=actor)
    note_balance(source, reason="moved")
    note_balance(to, reason="")
    data = {"from": source.code, "to": to.code, "amount_minor": amount_minor}
    fact = Fact("invoice.share_moved", "invoice", invoice.code, invoice.patient.code, reason, data)
    record_facts([fact], actor=actor)
    return Moved(invoice.code, source.code, to.code, amount_minor)


def _target(bill: Bill, target: Target, practice: Practice) -> InvoiceShare:
    """The share that shall owe it: one that is there, or a new one that was billed nothing so far."""
    if target.share is not None:
        return share_in(bill, target.share)
    debtor = _debtor(target, practice)
    for each in bill.shares:
        if (each.payer_id, each.guarantor_id, each.patient_id) == (
            None,
            debtor.guarantor.pk if debtor.guarantor else None,
            debtor.patient.pk if debtor.patient else None,
        ):
            return each
    made = new_share(bill.invoice, debtor, len(bill.shares) + 1, 0)
    made.save(force_insert=True)
    bill.shares.append(made)
    return made


def _debtor(target: Target, practice: Practice) -> Debtor:
    if target.somebody is not None:
        made = Guarantor.objects.create(practice=practice, **asdict(target.somebody))
        return guarantor_debtor(made, practice)
    if target.guarantor is not None:
        return guarantor_debtor(target.guarantor, practice)
    if target.patient is None:
        raise BadInput(_("Choose who shall owe it."), field="debtor")
    if target.patient.is_minor_on(clock.today(practice.time_zone)):
        raise BadInput(_("A child owes nothing. Choose whoever answers for them."), field="debtor")
    return patient_debtor(target.patient, practice)
