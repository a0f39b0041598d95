# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import lock_invoice
from aftersession.billing.models import Invoice
from aftersession.billing.shares import receivable_side
from aftersession.claims.actions import take_answer_back
from aftersession.claims.models import Claim
from aftersession.commands.command import command
from aftersession.ledger.actions import Posting, Side, post
from aftersession.ledger.models import Account
from aftersession.lib.errors import InvalidTransition
from aftersession.messaging.actions import cancel_carrying
from aftersession.payments.actions import MONEY_ACCOUNTS
from aftersession.payments.actions import reverse_payment as undo_payment
from aftersession.payments.models import Payment, PaymentMethod, Receipt
from aftersession.practices.actors import Actor
from aftersession.practices.models import Member


@dataclass(frozen=True)
class Reversed:
    """A payment taken back: what it settled is owed again."""

    payment_code: str
    invoice_codes: list[str]


@command(Reversed)
def reverse_payment(*, payment: Payment, reason: str, actor: Member, key: str) -> Reversed:
    """Take back a payment that was recorded by hand, once. Nothing is deleted: it stays, marked reversed.

    Money that a partner took cannot be reversed here: it is real. Raises InvalidTransition then, and
    when it has been reversed before.
    """
    if payment.method == PaymentMethod.ONLINE:
        raise InvalidTransition(_("A partner holds this money: it cannot be taken back by hand."))
    return reverse(payment, reason=reason, actor=actor)


def reverse(payment: Payment, *, reason: str, actor: Actor) -> Reversed:
    """The reversal itself, inside a caller's transaction."""
    # Shares are locked before payments, here as everywhere: two who cross would else wait for each other.
    for invoice in Invoice.objects.filter(shares__allocations__payment=payment).distinct().order_by("pk"):
        lock_invoice(invoice)
    payer_code = payment.payer.code if payment.payer else ""
    released = undo_payment(payment, reason=reason, actor=actor)
    unused_minor = payment.amount_minor - sum(amount_minor for _share, amount_minor in released)
    patient_code = payment.patient.code if payment.patient else ""
    money = MONEY_ACCOUNTS[PaymentMethod(payment.method)]
    sides = [
        Side(account, amount_minor, "", payment.code, patient_code, payer_code)
        for account, amount_minor in ((money, -payment.amount_minor), (Account.UNALLOCATED, unused_minor))
    ]
    for share, amount_minor in released:
        sides.append(receivable_side(share, amount_minor, share.invoice.patient, payment.code))
    post([Posting("payment_reversed", payment.currency, tuple(sides), reason, payment.code)], actor=actor)
    invoices = [share.invoice for share, _amount in released]
    # The paper that says PAID says so no longer; its file is kept.
    Invoice.objects.filter(pk__in=[each.pk for each in invoices]).update(paid_document=None)
    for claim in Claim.objects.filter(share__in=[share for share, _amount in released]).select_related(
        "share"
    ):
        take_answer_back(claim)
    record_facts(
        [
            Fact("payment.reversed", "payment", payment.code, patient_code, reason),
            *(
                Fact(
                    "payment.reversed",
                    "invoice",
                    each.code,
                    each.patient.code,
                    reason,
                    {"payment": payment.code},
                )
                for each in invoices
            ),
        ],
        actor=actor,
    )
    for receipt in Receipt.objects.filter(payment=payment).select_related("document"):
        cancel_carrying(receipt.document.code)
    return Reversed(payment.code, [each.code for each in invoices])
