# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing import shares
from aftersession.billing.models import InvoiceShare, InvoiceState, WriteOff
from aftersession.claims.actions import note_balance
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib.errors import InvalidTransition
from aftersession.practices.models import Member
from aftersession.workflows.invoices import share_in, take_hold


@dataclass(frozen=True)
class WrittenOff:
    """What was given up, or is expected again."""

    invoice_code: str
    write_off_code: str
    amount_minor: int


@command(WrittenOff)
def write_off_share(
    *, share: InvoiceShare, amount_minor: int, reason: str, actor: Member, key: str
) -> WrittenOff:
    """Stop expecting a part of what a debtor owes, once. It can be taken back.

    The tax of it stays due: whether a bad debt gives it back is the tax office's rule, not a side
    effect. Raises AmountTooLarge past what is open, InvalidTransition unless the invoice stands.
    """
    bill, _people = take_hold(share.invoice, actor.practice)
    if bill.invoice.state != InvoiceState.ISSUED:
        raise InvalidTransition(_("Nothing is owed on this invoice."))
    held = share_in(bill, share)
    write_off = shares.write_off_share(held, amount_minor, reason=reason, actor=actor)
    note_balance(held, reason="written_off")
    return _told(write_off, "invoice.written_off", actor)


@command(WrittenOff)
def undo_write_off(*, write_off: WriteOff, reason: str, actor: Member, key: str) -> WrittenOff:
    """Expect again what was given up, once. Raises InvalidTransition when that was done before."""
    bill, _people = take_hold(write_off.share.invoice, actor.practice)
    write_off.share = share_in(bill, write_off.share)
    undone = shares.undo_write_off(write_off, reason=reason, actor=actor)
    note_balance(write_off.share, reason="")
    return _told(undone, "invoice.write_off_undone", actor)


def _told(write_off: WriteOff, action: str, actor: Member) -> WrittenOff:
    invoice = write_off.share.invoice
    post([shares.write_off_posting(write_off, invoice.patient)], actor=actor)
    data = {"write_off": write_off.code, "amount_minor": write_off.amount_minor}
    fact = Fact(action, "invoice", invoice.code, invoice.patient.code, write_off.reason, data)
    record_facts([fact], actor=actor)
    return WrittenOff(invoice.code, write_off.code, write_off.amount_minor)
