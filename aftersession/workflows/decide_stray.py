# SPDX-License-Identifier: Apache-2.0
"""Money found at a partner that nobody here began: staff take it in for an invoice, or set it aside."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.debtors import debtor_of
from aftersession.billing.models import InvoiceShare
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib.errors import AlreadyDone, InvalidTransition
from aftersession.payments.actions import Origin, PaymentInput, payment_posting, receive_payment
from aftersession.payments.models import (
    PaymentMethod,
    StrayPayment,
    StrayReason,
    StrayState,
    TrayReason,
)
from aftersession.payments.receipts import issue_receipt
from aftersession.payments.strays import move_stray
from aftersession.practices.models import Member


@dataclass(frozen=True)
class TakenIn:
    """The payment it has become, and its receipt's paper. Empty for money that was set aside."""

    payment_code: str
    document_code: str


@command(TakenIn)
def take_in_stray(*, stray: StrayPayment, share: InvoiceShare, actor: Member, key: str) -> TakenIn:
    """Let money found at a partner be that of whoever owes a share, once: unused until it is put to use.

    Raises InvalidTransition for money of another account or of test mode, AlreadyDone if somebody decided
    first.
    """
    if stray.reason != StrayReason.UNKNOWN_REFERENCE:
        raise InvalidTransition(_("This money is not in this account. It cannot be taken in."))
    if not move_stray(stray, StrayState.TAKEN_IN):
        raise AlreadyDone(_("Somebody has decided about this money already."))
    payment = receive_payment(
        PaymentInput(PaymentMethod.ONLINE, stray.paid_on, stray.amount_minor, stray.reference[:80]),
        Origin(
            from_name=share.debtor_name,
            patient=share.account,
            guarantor=share.guarantor,
            connection=stray.connection,
            external_id=stray.external_id,
        ),
        currency=stray.currency,
        actor=actor,
        tray_reason=TrayReason.TAKEN_IN,
    )
    StrayPayment.objects.filter(pk=stray.pk).update(payment=payment)
    post([payment_posting(payment, [], share.account)], actor=actor)
    receipt = issue_receipt(payment, [], debtor_of(share, actor.practice), actor=actor)
    data = {"payment": payment.code, "amount_minor": payment.amount_minor, "tray": payment.tray_reason}
    record_facts(
        [Fact("payment.received", "payment", payment.code, share.account.code, data=data)], actor=actor
    )
    return TakenIn(payment.code, receipt.document.code)


@command(TakenIn)
def set_stray_aside(*, stray: StrayPayment, note: str, actor: Member, key: str) -> TakenIn:
    """Leave money found at a partner out of the books, with a reason, once. It can be taken in later."""
    if not move_stray(stray, StrayState.SET_ASIDE, note=note):
        raise AlreadyDone(_("Somebody has decided about this money already."))
    record_facts([Fact("stray.set_aside", "stray", stray.code, reason=note)], actor=actor)
    return TakenIn("", "")
