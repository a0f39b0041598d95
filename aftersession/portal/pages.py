# SPDX-License-Identifier: Apache-2.0
"""What the pay page shows: the live balance of one share, and nothing about anybody's health."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from aftersession.billing.debtors import debtor_of
from aftersession.billing.documents import practice_block
from aftersession.billing.models import Invoice, InvoiceLine, InvoiceShare, InvoiceState
from aftersession.documents.contexts import BankAccount
from aftersession.documents.models import Document
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.money import Money
from aftersession.payments.connections import default_connection
from aftersession.payments.models import AttemptState, PaymentAttempt, PaymentLink
from aftersession.portal.queries import settled_parts, surplus_of
from aftersession.practices.models import Practice
from aftersession.prepaid.models import Package
from aftersession.prepaid.queries import bills_session, package_sold
from aftersession.workflows.settle_attempt import CONFIRMING, OPEN_STATES
from aftersession.workflows.start_checkout import confirming_attempt


@dataclass(frozen=True)
class Position:
    """One row of the sum. A code names the receipt to download."""

    label: str
    amount: Money
    receipt_code: str = ""


@dataclass(frozen=True, kw_only=True)
class PayPage:
    """One share as its debtor sees it now. `state`: open, confirming, paid or void."""

    state: str
    practice: Practice
    first_name: str
    has_email: bool
    number: str
    due: Money
    due_on: date | None
    is_overdue: bool
    at: datetime
    lines: list[Position]
    total: Money
    received: list[Position]
    surplus: Money | None
    is_connected: bool
    confirming: Money | None
    bank: BankAccount | None
    reference: str
    invoice: Document | None
    package: Package | None


def pay_page(link: PaymentLink) -> PayPage:
    """The page of a link, from the books as they are now."""
    share, practice = link.share, link.practice
    invoice, now, debtor = share.invoice, clock.now(), debtor_of(share, practice)
    confirming = confirming_attempt(share)
    return PayPage(
        state=_state(share, confirming),
        practice=practice,
        first_name=debtor.greeting,
        has_email=bool(debtor.email),
        number=invoice.number_label,
        due=share.open,
        due_on=invoice.due_on,
        is_overdue=invoice.due_on is not None and invoice.due_on < clock.today(practice.time_zone),
        at=now,
        lines=[_line(line, invoice, practice) for line in invoice.lines.all()],
        total=Money(share.amount_minor, share.currency),
        received=_received(share, practice),
        surplus=surplus_of(share),
        is_connected=default_connection(practice) is not None,
        confirming=confirming.amount if confirming else None,
        bank=practice_block(practice).bank,
        reference=invoice.payment_reference,
        invoice=shown_invoice(invoice),
        package=package_sold(invoice),
    )


def shown_invoice(invoice: Invoice) -> Document | None:
    """The invoice's paper, unless it names a diagnosis: that is never behind a pay link."""
    document = invoice.document
    if document is None or invoice.state != InvoiceState.ISSUED:
        return None
    names_diagnosis = any(line.get("diagnoses") for line in document.context.get("lines", ()))
    return None if names_diagnosis else document


def ending_of(attempt: PaymentAttempt, *, is_known: bool) -> str:
    """How an attempt stands, in one word: paid, waiting, failed or left (the payer paid nothing).

    `is_known` says whether the partner has just told; until it has, an open attempt may be paid.
    """
    if attempt.state == AttemptState.SUCCEEDED:
        return "paid"
    if attempt.state == AttemptState.FAILED:
        return "failed"
    is_open = attempt.state in OPEN_STATES
    return "waiting" if is_open and (attempt.problem == CONFIRMING or not is_known) else "left"


def _state(share: InvoiceShare, confirming: PaymentAttempt | None) -> str:
    if share.invoice.state != InvoiceState.ISSUED:
        return "void"
    if share.open_minor <= 0:
        return "paid"
    return "confirming" if confirming else "open"


def _line(line: InvoiceLine, invoice: Invoice, practice: Practice) -> Position:
    """A service is named by its day alone, since its name can tell of somebody's health."""
    label = line.description
    is_session = line.position == 1 and (invoice.encounter_id is not None or bills_session(invoice))
    if line.procedure_code or is_session:
        shape = _("Session, %(day)s") if invoice.encounter_id is not None else _("Service, %(day)s")
        label = shape % {"day": format_day(line.service_on, practice.locale)}
    return Position(label, Money(line.gross_minor, invoice.currency))


def _received(share: InvoiceShare, practice: Practice) -> list[Position]:
    rows = []
    for allocation, receipt_code in settled_parts(share):
        payment = allocation.payment
        label = _("Received %(day)s, %(method)s") % {
            "day": format_day(payment.received_on, practice.locale),
            "method": payment.get_method_display().lower(),
        }
        rows.append(Position(label, Money(-allocation.amount_minor, share.currency), receipt_code))
    return rows
