# SPDX-License-Identifier: Apache-2.0
"""Money on an account: it settles several invoices, one, or none yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.debtors import Debtor, hold_address
from aftersession.billing.models import InvoiceShare, InvoiceState
from aftersession.billing.queries import open_shares_of
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib.errors import AmountTooLarge, BadInput, InvalidTransition
from aftersession.lib.money import format_money
from aftersession.messaging.actions import queue_letters
from aftersession.patients.models import Patient
from aftersession.payments.actions import (
    Origin,
    Part,
    PaymentInput,
    check_day,
    payment_posting,
    receive_payment,
)
from aftersession.payments.models import PaymentMethod, TrayReason
from aftersession.payments.receipts import issue_receipt, receipt_letter
from aftersession.practices.models import Member, Practice
from aftersession.workflows.invoices import check_address


@dataclass(frozen=True)
class MoneyReceived:
    """The payment and its receipt; what of it settles nothing yet is the payer's credit."""

    payment_code: str
    receipt_code: str
    document_code: str
    invoice_codes: list[str]
    unused_minor: int
    message_code: str


@command(MoneyReceived)
def receive_money(
    *,
    patient: Patient,
    debtor: Debtor,
    payment: PaymentInput,
    parts: Sequence[Part] | None = None,
    send_receipt_to: str = "",
    actor: Member,
    key: str,
) -> MoneyReceived:
    """Record money of a client or a responsible person on an account, once.

    `parts` says what it settles, share by share; None lets it settle the oldest first. The rest is kept as
    credit. Raises AmountTooLarge past what is open of a share, BadInput for parts that are more than came in
    or are somebody else's, InvalidTransition for an invoice that no longer stands.
    """
    check_day(payment, actor.practice)
    if payment.method in (PaymentMethod.INSURER, PaymentMethod.ONLINE):
        raise BadInput(_("This payment method does not fit here."), field="method")
    held = list(open_shares_of(debtor).select_for_update(of=("self",)))
    chosen = oldest_first(held, payment.amount_minor) if parts is None else _held(parts, held, actor.practice)
    used_minor = sum(minor for _share, minor in chosen)
    if used_minor > payment.amount_minor:
        raise BadInput(_("The parts come to more than was received."), field="amount")
    if send_receipt_to:
        debtor = hold_address(debtor)
        check_address(debtor, send_receipt_to)
    reason = "" if used_minor == payment.amount_minor else _why_kept(chosen)
    origin = Origin(from_name=debtor.name, patient=patient, guarantor=debtor.guarantor)
    received = receive_payment(
        payment,
        origin,
        currency=actor.practice.currency,
        actor=actor,
        settles=chosen,
        tray_reason=reason,
    )
    post([payment_posting(received, chosen, patient)], actor=actor)
    settled = [(share.invoice, share, minor) for share, minor in chosen]
    receipt = issue_receipt(received, settled, debtor, actor=actor)
    letters = [receipt_letter(receipt, settled, debtor, actor.practice)] if send_receipt_to else []
    messages = queue_letters(letters, actor=actor)
    data = {"payment": received.code, "method": received.method, "amount_minor": received.amount_minor}
    facts = [Fact("payment.recorded", "payment", received.code, patient.code, data=data)]
    facts += [
        Fact("payment.recorded", "invoice", share.invoice.code, share.invoice.patient.code, data=data)
        for share, _minor in chosen
    ]
    record_facts(facts, actor=actor)
    return MoneyReceived(
        payment_code=received.code,
        receipt_code=receipt.code,
        document_code=receipt.document.code,
        invoice_codes=[share.invoice.code for share, _minor in chosen],
        unused_minor=payment.amount_minor - used_minor,
        message_code=messages[0].code if messages else "",
    )


def oldest_first(shares: Sequence[InvoiceShare], amount_minor: int) -> list[Part]:
    """What an amount settles when nobody chooses: the oldest invoice first, as far as it goes."""
    parts: list[Part] = []
    for share in shares:
        take_minor = min(share.open_minor, amount_minor)
        if take_minor > 0:
            parts.append((share, take_minor))
            amount_minor -= take_minor
    return parts


def _held(parts: Sequence[Part], held: Sequence[InvoiceShare], practice: Practice) -> list[Part]:
    by_pk = {share.pk: share for share in held}
    chosen = []
    for share, minor in parts:
        if minor == 0:
            continue
        if share.pk not in by_pk:
            if share.invoice.state != InvoiceState.ISSUED or not share.open_minor:
                raise InvalidTransition(
                    _("%(number)s is not open any more. Leave it out: the money is kept as credit.")
                    % {"number": share.invoice.number_label},
                    field=f"part_{share.code}",
                )
            raise BadInput(_("This is owed by somebody else."), field=f"part_{share.code}")
        if minor > by_pk[share.pk].open_minor:
            shown = format_money(by_pk[share.pk].open, practice.locale)
            raise AmountTooLarge(
                _("Only %(open)s of it is open. Leave the rest as credit.") % {"open": shown},
                field=f"part_{share.code}",
            )
        chosen.append((by_pk[share.pk], minor))
    return chosen


def _why_kept(chosen: Sequence[Part]) -> str:
    return TrayReason.MORE_THAN_OPEN if chosen else TrayReason.IN_ADVANCE
