# SPDX-License-Identifier: Apache-2.0
"""Receipts: the numbered proof of one payment, its paper and its letter."""

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.billing.documents import lines_of, party_of, practice_block, title_of
from aftersession.billing.messages import letter_to
from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.billing.numbers import RECEIPTS, take_number
from aftersession.documents import contexts
from aftersession.documents.actions import create_document
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import Letter
from aftersession.payments.models import Payment, PaymentMethod, Receipt
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practice

Settled = tuple[Invoice, InvoiceShare, int]
"""An invoice, the share of it that a payment settled, and how much (minor units)."""


def issue_receipt(payment: Payment, settled: Sequence[Settled], debtor: Debtor, *, actor: Actor) -> Receipt:
    """Number a receipt and freeze its paper. Locks the receipts' series: take it after the invoices'."""
    number = take_number(actor.practice, RECEIPTS)
    label = f"{RECEIPTS}-{number:06d}"
    document = create_document(
        practice=actor.practice,
        context=_context(payment, settled, debtor, label, actor.practice),
        filename=f"{label}.pdf",
    )
    return Receipt.objects.create(
        practice=actor.practice, number=number, payment=payment, document=document, issued_at=clock.now()
    )


def receipt_letter(
    receipt: Receipt, settled: Sequence[Settled], debtor: Debtor, practice: Practice
) -> Letter:
    """The receipt to whoever paid, with what is still open."""
    payment = receipt.payment
    with translation.override(debtor.language):
        parts = [
            _("Dear %(name)s,") % {"name": debtor.greeting},
            _("We received %(amount)s on %(day)s. Receipt %(number)s is attached. Thank you.")
            % {
                "amount": format_money(payment.amount, practice.locale),
                "day": format_day(payment.received_on, practice.locale),
                "number": receipt.number_label,
            },
            *(
                _still_open(invoice, share, practice)
                for invoice, share, _amount in settled
                if share.open_minor
            ),
            practice.name,
        ]
        subject = _("Receipt %(number)s from %(practice)s") % {
            "number": receipt.number_label,
            "practice": practice.name,
        }
    invoice = settled[0][0] if settled else None
    return letter_to(
        debtor,
        kind="receipt",
        dedupe_key=f"receipt:{payment.code}",
        subject=subject,
        parts=parts,
        about_kind="invoice" if invoice else "payment",
        about_code=invoice.code if invoice else payment.code,
        patient_code=payment.patient.code if payment.patient else "",
        document_codes=(receipt.document.code,),
    )


def payment_line(payment: Payment, amount_minor: int, practice: Practice) -> contexts.PaymentLine:
    """A payment as papers show it."""
    return contexts.PaymentLine(
        received_on=payment.received_on,
        method=_method(payment),
        amount_minor=amount_minor,
        reference=payment.reference,
        payer=payment.from_name,
    )


def _method(payment: Payment) -> str:
    """How it was paid, and that it was not, where that was a try."""
    method = str(PaymentMethod(payment.method).label)
    if payment.connection is None or not payment.connection.is_test:
        return method
    return _("%(method)s (TEST, no money moves)") % {"method": method}


def _still_open(invoice: Invoice, share: InvoiceShare, practice: Practice) -> str:
    return _("%(open)s of invoice %(number)s is still open.") % {
        "open": format_money(Money(share.open_minor, share.currency), practice.locale),
        "number": invoice.number_label,
    }


def _context(
    payment: Payment, settled: Sequence[Settled], debtor: Debtor, label: str, practice: Practice
) -> contexts.ReceiptContext:
    with translation.override(debtor.language):
        applied = sum(amount for _invoice, _share, amount in settled)
        return contexts.ReceiptContext(
            title=title_of(contexts.RECEIPT, practice, is_vendor=False),
            number=label,
            issued_on=clock.today(practice.time_zone),
            locale=practice.locale,
            currency=payment.currency,
            practice=practice_block(practice),
            received_from=contexts.Party(
                name=payment.from_name,
                greeting=party_of(debtor).greeting,
                address_lines=lines_of(debtor.address),
            ),
            payment=payment_line(payment, payment.amount_minor, practice),
            settles=tuple(
                contexts.Settled(
                    number=invoice.number_label,
                    description=_("Invoice %(number)s") % {"number": invoice.number_label},
                    total_minor=share.amount_minor,
                    applied_minor=amount,
                    balance_minor=share.open_minor,
                    issued_on=invoice.issued_on,
                )
                for invoice, share, amount in settled
            ),
            balance_minor=sum(share.open_minor for _invoice, share, _amount in settled),
            unallocated_minor=payment.amount_minor - applied,
        )
