# SPDX-License-Identifier: Apache-2.0
"""Writes about money that came in. Plain functions inside the caller's transaction; workflows own it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from aftersession.billing.models import InvoiceShare
from aftersession.billing.shares import receivable_side, settle_share, unsettle_share
from aftersession.coverage.models import Payer
from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.lib.money import Money
from aftersession.patients.models import Guarantor, Patient
from aftersession.payments.models import (
    Allocation,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    PaymentState,
    ProviderConnection,
)
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practice

MONEY_ACCOUNTS = {
    PaymentMethod.CASH: Account.CASH,
    PaymentMethod.TRANSFER: Account.BANK,
    PaymentMethod.CARD_MACHINE: Account.CARD_CLEARING,
    PaymentMethod.OTHER: Account.BANK,
    PaymentMethod.ONLINE: Account.PARTNER_CLEARING,
    PaymentMethod.INSURER: Account.BANK,
}


Part = tuple[InvoiceShare, int]
"""A share, and how much of it (minor units)."""


@dataclass(frozen=True)
class PaymentInput:
    """Money as recorded: how, when, how much (minor units of the practice's currency), under which reference."""

    method: str
    received_on: date
    amount_minor: int
    reference: str = ""


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Whose money it is: a client's, a responsible person's or an insurer's, and for which account it came."""

    from_name: str
    patient: Patient | None = None
    guarantor: Guarantor | None = None
    payer: Payer | None = None
    attempt: PaymentAttempt | None = None
    connection: ProviderConnection | None = None
    external_id: str = ""


def receive_payment(
    given: PaymentInput,
    origin: Origin,
    *,
    currency: str,
    actor: Actor,
    settles: Sequence[Part] = (),
    tray_reason: str = "",
) -> Payment:
    """Write money that came in, and let it settle parts of shares, in this order; the rest is kept.

    Raises AmountTooLarge past what is open of the share, and BadInput for no money at all.
    """
    if given.amount_minor <= 0:
        raise BadInput(_("Write an amount above nothing."), field="amount")
    allocated_minor = sum(amount_minor for _share, amount_minor in settles)
    if allocated_minor > given.amount_minor:
        raise BadInput(_("This settles more than came in."), field="amount")
    for share, amount_minor in sorted(settles, key=lambda part: part[0].pk):
        settle_share(share, amount_minor, actor.practice.locale)
    payment = Payment.objects.create(
        practice=actor.practice,
        method=given.method,
        patient=origin.patient,
        guarantor=origin.guarantor,
        payer=origin.payer,
        from_name=origin.from_name,
        amount_minor=given.amount_minor,
        allocated_minor=allocated_minor,
        currency=currency,
        received_on=given.received_on,
        reference=given.reference,
        tray_reason=tray_reason,
        attempt=origin.attempt,
        connection=origin.connection,
        provider=origin.connection.kind if origin.connection else "",
        external_id=origin.external_id,
        recorded_at=clock.now(),
        recorded_by=actor.label,
    )
    Allocation.objects.bulk_create(
        Allocation(
            practice=actor.practice, payment=payment, share=share, amount_minor=amount_minor, at=clock.now()
        )
        for share, amount_minor in settles
    )
    return payment


def note_fee(payment: Payment, fee: Money | None) -> bool:
    """Keep what a partner says that it keeps of a payment; it often says so later than it takes it."""
    if fee is None or fee.currency != payment.currency or payment.fee_minor == fee.minor:
        return False
    return bool(Payment.objects.filter(pk=payment.pk).update(fee_minor=fee.minor))


def check_day(given: PaymentInput, practice: Practice) -> None:
    """Refuse money of a day that has not come. Raises BadInput."""
    if given.received_on > clock.today(practice.time_zone):
        raise BadInput(_("This day has not come yet."), field="received_on")


def payment_posting(payment: Payment, allocated: Sequence[Part], patient: Patient) -> Posting:
    """What money coming in means in the books: debtors owe less, what is left over is owed to them.

    `patient` is whose account the money came for; each share stands on its own client's account.
    """
    rest = payment.amount_minor - sum(amount for _share, amount in allocated)
    payer_code = payment.payer.code if payment.payer else ""
    money = Side(
        MONEY_ACCOUNTS[PaymentMethod(payment.method)],
        payment.amount_minor,
        payment_code=payment.code,
        patient_code=patient.code,
        payer_code=payer_code,
    )
    settled = [receivable_side(share, -amount, share.account, payment.code) for share, amount in allocated]
    unused = Side(
        Account.UNALLOCATED,
        -rest,
        payment_code=payment.code,
        patient_code=patient.code,
        payer_code=payer_code,
    )
    sides = (money, *settled, unused)
    return Posting("payment_received", payment.currency, sides, source_code=payment.code)


def reverse_payment(payment: Payment, *, reason: str, actor: Actor) -> list[Part]:
    """Take a payment back: its allocations are undone row by row, the payment stays, marked reversed.

    Returns what each share owes again. Raises InvalidTransition when it has been reversed before, or
    when a part of it was given back.
    """
    whole = Payment.objects.filter(pk=payment.pk, refunded_minor=0, refunding_minor=0, disputed_minor=0)
    moved = whole.filter(state=PaymentState.RECORDED).update(
        state=PaymentState.REVERSED,
        allocated_minor=0,
        reversed_at=clock.now(),
        reversal_reason=reason,
        tray_reason="",
    )
    if moved != 1:
        payment.refresh_from_db(fields=["state"])
        if payment.state == PaymentState.RECORDED:
            raise InvalidTransition(
                _("A part of this payment was paid back, so it was real. Refund the rest instead.")
            )
        raise InvalidTransition(_("This payment has already been reversed. Nothing was changed."))
    live = list(
        Allocation.objects.filter(payment=payment, undoes=None, undone_by=None).select_related(
            "share__invoice", "share__payer"
        )
    )
    Allocation.objects.bulk_create(
        Allocation(
            practice=actor.practice,
            payment=payment,
            share=each.share,
            amount_minor=-each.amount_minor,
            undoes=each,
            at=clock.now(),
        )
        for each in live
    )
    for each in live:
        unsettle_share(each.share, each.amount_minor)
    payment.state = PaymentState.REVERSED
    return [(each.share, each.amount_minor) for each in live]
