# SPDX-License-Identifier: Apache-2.0
"""Payments and receipts as their lists show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from aftersession.documents.models import DocumentState
from aftersession.lib.days import format_day
from aftersession.lib.money import Money, format_money
from aftersession.payments.models import Payment, PaymentState, Receipt
from aftersession.payments.queries import Choice, allocations_of
from aftersession.practices.models import Practice


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRow:
    """One payment as a list shows it; `why` says why it settles nothing, where it does not."""

    code: str
    received_on: date
    name: str
    client: str
    method: str
    reference: str
    settles: str
    amount: Money
    unused: Money
    is_reversed: bool
    why: str
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRow:
    """One receipt as a list shows it."""

    code: str
    number: str
    payment_code: str
    received_on: date
    name: str
    method: str
    settles: str
    amount: Money
    is_reversed: bool
    is_ready: bool


@dataclass(frozen=True, slots=True)
class SettlementRow:
    """What a payment did to one invoice, and when; taken off again where `is_undoing`."""

    invoice_code: str
    number: str
    client: str
    amount: Money
    at: datetime
    is_undoing: bool


def settlement_rows(payment: Payment) -> list[SettlementRow]:
    """Everything a payment settled and released, in order."""
    return [
        SettlementRow(
            invoice_code=each.share.invoice.code,
            number=each.share.invoice.number_label,
            client=each.share.invoice.patient.full_name,
            amount=Money(each.amount_minor, payment.currency),
            at=each.at,
            is_undoing=each.undoes_id is not None,
        )
        for each in allocations_of(payment)
    ]


def payment_rows(payments: Sequence[Payment]) -> list[PaymentRow]:
    """Rows for payments that came with their receipt, people and allocations."""
    return [
        PaymentRow(
            code=each.code,
            received_on=each.received_on,
            name=each.from_name,
            client=each.patient.full_name if each.patient else "",
            method=str(each.get_method_display()),
            reference=each.reference,
            settles=settled_numbers(each),
            amount=each.amount,
            unused=Money(each.unallocated_minor, each.currency),
            is_reversed=each.state == PaymentState.REVERSED,
            why=str(each.get_tray_reason_display()) if each.unallocated_minor else "",
            receipt=receipt.number_label if (receipt := receipt_of(each)) else "",
        )
        for each in payments
    ]


def receipt_rows(receipts: Sequence[Receipt]) -> list[ReceiptRow]:
    """Rows for receipts that came with their payment, its allocations and the document."""
    return [
        ReceiptRow(
            code=each.code,
            number=each.number_label,
            payment_code=each.payment.code,
            received_on=each.payment.received_on,
            name=each.payment.from_name,
            method=str(each.payment.get_method_display()),
            settles=settled_numbers(each.payment),
            amount=each.payment.amount,
            is_reversed=each.payment.state == PaymentState.REVERSED,
            is_ready=each.document.state == DocumentState.READY,
        )
        for each in receipts
    ]


def receipts_lead(rows: Sequence[Receipt], choice: Choice) -> SafeString:
    """The newest receipt, which is also how many there are."""
    if choice.is_filtered:
        return mark_safe(_("Receipts <b>that fit</b> what you chose."))
    if not rows:
        return mark_safe(_("<b>No receipt</b> in this time."))
    return format_html(_("The newest receipt is <b>{number}</b>."), number=rows[0].number_label)


def receipt_of(payment: Payment) -> Receipt | None:
    """The receipt of a payment; an insurer's has none."""
    try:
        return payment.receipt
    except Receipt.DoesNotExist:
        return None


def settled_numbers(payment: Payment) -> str:
    """The numbers of the invoices that a payment settles now."""
    totals: dict[str, int] = {}
    for each in payment.allocations.all():
        number = each.share.invoice.number_label
        totals[number] = totals.get(number, 0) + each.amount_minor
    return ", ".join(number for number, minor in totals.items() if minor)


def payment_lead(payment: Payment, practice: Practice) -> SafeString:
    """Who paid how much when, whether it still counts, and where all of it is now."""
    facts = {
        "name": payment.from_name,
        "amount": format_money(payment.amount, practice.locale),
        "day": format_day(payment.received_on, practice.locale),
    }
    if payment.state == PaymentState.REVERSED:
        text = _(
            '<b class="nw">{amount}</b> from <b>{name}</b> on {day} was <b>reversed</b>. It settles nothing.'
        )
    elif payment.unallocated_minor == payment.amount_minor:
        text = _('<b>{name}</b> paid <b class="nw">{amount}</b> on {day}. It <b>settles nothing</b> yet.')
    elif payment.allocated_minor == payment.amount_minor:
        text = _('<b>{name}</b> paid <b class="nw">{amount}</b> on {day}. All of it settles an invoice.')
    else:
        text = _('<b>{name}</b> paid <b class="nw">{amount}</b> on {day}. {parts}')
    return format_html(text, parts=_where_it_is(payment, practice), **facts)


def _where_it_is(payment: Payment, practice: Practice) -> SafeString:
    parts = (
        (payment.allocated_minor, _('<b class="nw">{part}</b> of it settles an invoice.')),
        (payment.refunding_minor, _('<b class="nw">{part}</b> of it is being given back.')),
        (payment.refunded_minor, _('<b class="nw">{part}</b> of it was given back.')),
        (payment.disputed_minor, _('The payer\'s bank has taken <b class="nw">{part}</b> of it.')),
        (payment.unallocated_minor, _('<b class="nw">{part}</b> of it settles nothing yet.')),
    )
    told = [
        (text, format_money(Money(minor, payment.currency), practice.locale))
        for minor, text in parts
        if minor
    ]
    return format_html_join(" ", "{}", ((format_html(text, part=part),) for text, part in told))
