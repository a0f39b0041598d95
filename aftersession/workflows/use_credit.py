# SPDX-License-Identifier: Apache-2.0
"""Money that settles nothing yet, put to a share, or taken off one again."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState
from aftersession.claims.actions import note_balance
from aftersession.commands.command import command
from aftersession.ledger.actions import Posting, post
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.lib.money import Money, format_money
from aftersession.payments.credit import release_money, settled_by, usable_for, use_money, use_posting
from aftersession.payments.models import Payment
from aftersession.practices.actors import Actor
from aftersession.practices.models import Member
from aftersession.workflows.invoices import share_in, take_hold


@dataclass(frozen=True)
class CreditUsed:
    """How much of unused money settles a share now (negative: settles it no more)."""

    invoice_code: str
    share_code: str
    amount_minor: int


@command(CreditUsed)
def use_credit(
    *,
    share: InvoiceShare,
    amount_minor: int | None = None,
    payment: Payment | None = None,
    actor: Member,
    key: str,
) -> CreditUsed:
    """Let the debtor's unused money settle a share, the oldest first, once.

    `amount_minor` limits how much, `payment` from which; without them as much as there is and is open.
    Raises BadInput when nothing is there, InvalidTransition unless the invoice stands.
    """
    bill, _people = take_hold(share.invoice, actor.practice)
    if bill.invoice.state != InvoiceState.ISSUED:
        raise InvalidTransition(_("Nothing is owed on this invoice."))
    held = share_in(bill, share)
    used_minor = put_to(
        held, held.open_minor if amount_minor is None else amount_minor, actor=actor, payment=payment
    )
    if not used_minor:
        raise BadInput(_("There is no unused money that could settle this. Nothing was changed."))
    if amount_minor is not None and used_minor < amount_minor:
        raise BadInput(
            _("Only %(amount)s is there to be used. Nothing was changed.")
            % {"amount": format_money(Money(used_minor, held.currency), actor.practice.locale)},
            field="amount",
        )
    note_balance(held, reason="paid")
    _tell("credit.used", held, used_minor, actor)
    return CreditUsed(bill.invoice.code, held.code, used_minor)


@command(CreditUsed)
def release_credit(
    *,
    share: InvoiceShare,
    amount_minor: int,
    reason: str,
    payment: Payment | None = None,
    actor: Member,
    key: str,
) -> CreditUsed:
    """Take money off a share again, once, the newest first: it stays as the payer's unused money.

    `payment` takes that one's off and no other's. Raises BadInput for more than settles the share.
    """
    bill, _people = take_hold(share.invoice, actor.practice)
    held = share_in(bill, share)
    most_minor = held.allocated_minor if payment is None else settled_by(payment, held)
    if not 0 < amount_minor <= most_minor:
        raise BadInput(
            _("%(amount)s of it is paid. Write an amount up to that.")
            % {"amount": format_money(Money(most_minor, held.currency), actor.practice.locale)},
            field="amount",
        )
    freed = release_money(held, amount_minor, actor=actor, payment=payment)
    post([use_posting(row) for row in freed], actor=actor)
    # The paper that says PAID says so no longer; its file is kept.
    Invoice.objects.filter(pk=bill.invoice.pk).update(paid_document=None)
    note_balance(held, reason="")
    _tell("credit.released", held, -amount_minor, actor, reason)
    return CreditUsed(bill.invoice.code, held.code, -amount_minor)


def put_to(share: InvoiceShare, amount_minor: int, *, actor: Actor, payment: Payment | None = None) -> int:
    """Use unused money for a held share, up to an amount and what is open. Returns how much (minor units)."""
    rows = usable_for(share).select_related("patient", "payer").select_for_update(of=("self",))
    if payment is not None:
        rows = rows.filter(pk=payment.pk)
    left_minor = min(amount_minor, share.open_minor)
    postings: list[Posting] = []
    for each in rows:
        take_minor = min(left_minor, each.unallocated_minor)
        if take_minor > 0:
            postings.append(use_posting(use_money(each, share, take_minor, actor=actor)))
            left_minor -= take_minor
    post(postings, actor=actor)
    return sum(-posting.sides[1].amount_minor for posting in postings)


def _tell(action: str, share: InvoiceShare, amount_minor: int, actor: Actor, reason: str = "") -> None:
    invoice = share.invoice
    data = {"share": share.code, "amount_minor": amount_minor}
    record_facts([Fact(action, "invoice", invoice.code, invoice.patient.code, reason, data)], actor=actor)
