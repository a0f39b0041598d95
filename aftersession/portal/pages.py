# SPDX-License-Identifier: Apache-2.0
"""What the pay page shows: the live balance of one share or account, and nothing about anybody's health."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.billing.documents import practice_block
from aftersession.billing.models import Invoice, InvoiceLine, InvoiceShare, InvoiceState
from aftersession.documents.contexts import BankAccount
from aftersession.documents.models import Document
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.money import Money
from aftersession.payments.attempts import CONFIRMING, OPEN_STATES, confirming_attempt
from aftersession.payments.links import debtor_of_link
from aftersession.payments.models import AttemptState, PaymentAttempt, PaymentLink
from aftersession.portal.amounts import ALL, ONE, Offer, Owed, offer_of, owed
from aftersession.portal.partners import Partner, partner_of
from aftersession.portal.queries import number_of_successor, receipt_of, settled_parts, surplus_of
from aftersession.practices.models import Practice
from aftersession.prepaid.models import Package
from aftersession.prepaid.queries import bills_session, package_sold
from aftersession.workflows.start_checkout import open_minor_of, payable_shares

MOST_LISTED = 12


@dataclass(frozen=True)
class Position:
    """One row of the sum. A code names the receipt to download."""

    label: str
    amount: Money
    receipt_code: str = ""


@dataclass(frozen=True, kw_only=True)
class Bill:
    """The one invoice that a link is for, as far as its debtor owes it."""

    number: str
    due_on: date | None
    is_overdue: bool
    lines: list[Position]
    total: Money
    received: list[Position]
    is_credited: bool
    successor: str
    document: Document | None
    package: Package | None


@dataclass(frozen=True, kw_only=True)
class PayPage:
    """What a link opens, as its debtor sees it now.

    `state`: open, confirming, paid, settled (nothing is owed, though not all was paid), void or replaced.
    `bill` is None for an account; `owed` is what else is owed, or there all of it, and `account` pays it.
    """

    state: str
    practice: Practice
    first_name: str
    has_email: bool
    due: Money
    at: datetime
    bill: Bill | None
    owed: list[Owed] = field(default_factory=list)
    more: int = 0
    also: Money | None = None
    own: Offer | None = None
    account: Offer | None = None
    has_receipt: bool = False
    surplus: Money | None
    partner: Partner | None
    confirming: Money | None
    bank: BankAccount | None
    reference: str

    @property
    def main_offer(self) -> str:
        """The offer whose button stands out: what the payer came for, or has just chosen an amount of."""
        if self.own is None or (self.account and self.account.chosen):
            return ALL
        return ONE

    @property
    def is_test(self) -> bool:
        """Whether a payment made here now would move no money."""
        return self.partner is not None and self.partner.is_test and bool(self.own or self.account)

    @property
    def is_retired(self) -> bool:
        """Whether the page of an old invoice is all there is to see."""
        return self.state in ("void", "replaced")


def pay_page(link: PaymentLink, typed: Mapping[str, Any] | None = None) -> PayPage:
    """The page of a link, from the books as they are now. `typed` is what the payer wrote of an amount."""
    return _account_page(link, typed) if link.share is None else _share_page(link, link.share, typed or {})


def _share_page(link: PaymentLink, share: InvoiceShare, typed: Mapping[str, Any]) -> PayPage:
    practice, debtor = link.practice, debtor_of_link(link)
    retired = _retired_state(share)
    others = [] if retired else _others(link, share)
    everything = sorted([share, *others], key=_age) if share.open_minor > 0 else others
    confirming = confirming_attempt([share]) if not retired else None
    state = retired or _state(share, confirming)
    partner = partner_of(link)
    for_all = typed.get("of") == ALL
    offers_all = bool(others) and confirming_attempt(everything) is None
    return PayPage(
        state=state,
        **_frame(link, debtor, partner),
        due=share.open,
        bill=_bill(share, practice),
        owed=[owed(each, each.open_minor) for each in others[:MOST_LISTED]],
        more=max(0, len(others) - MOST_LISTED),
        also=Money(open_minor_of(others), share.currency) if others else None,
        own=offer_of(ONE, [share], practice, None if for_all else typed, partner=partner)
        if state == "open"
        else None,
        account=offer_of(ALL, everything, practice, typed if for_all else None, partner=partner)
        if offers_all
        else None,
        surplus=surplus_of(link),
        confirming=confirming.amount if confirming else None,
        reference=share.invoice.payment_reference,
    )


def _account_page(link: PaymentLink, typed: Mapping[str, Any] | None) -> PayPage:
    practice, shares = link.practice, payable_shares(link, is_account=True)
    confirming, partner = confirming_attempt(shares) if shares else None, partner_of(link)
    state = "paid" if not shares else "confirming" if confirming else "open"
    return PayPage(
        state=state,
        **_frame(link, debtor_of_link(link), partner),
        due=Money(open_minor_of(shares), practice.currency),
        bill=None,
        owed=[owed(each, each.open_minor) for each in shares[:MOST_LISTED]],
        more=max(0, len(shares) - MOST_LISTED),
        account=offer_of(ALL, shares, practice, typed, partner=partner) if state == "open" else None,
        has_receipt=receipt_of(link, "") is not None,
        surplus=surplus_of(link),
        confirming=confirming.amount if confirming else None,
        reference=shares[0].invoice.payment_reference if shares else "",
    )


def _frame(link: PaymentLink, debtor: Debtor, partner: Partner | None) -> dict[str, Any]:
    """What every pay page has."""
    practice = link.practice
    return {
        "practice": practice,
        "first_name": debtor.greeting,
        "has_email": bool(debtor.email),
        "at": clock.now(),
        "partner": partner,
        "bank": practice_block(practice).bank,
    }


def _others(link: PaymentLink, share: InvoiceShare) -> list[InvoiceShare]:
    """What else this debtor owes."""
    return [each for each in payable_shares(link, is_account=True) if each.pk != share.pk]


def _age(share: InvoiceShare) -> tuple[int, int]:
    """Places the oldest first, as money on an account settles it."""
    return share.invoice.number or 0, share.position


def _bill(share: InvoiceShare, practice: Practice) -> Bill:
    invoice = share.invoice
    is_whole = share.due_minor == invoice.total_minor
    part = Position(
        _("Your part of invoice %(number)s") % {"number": invoice.number_label},
        Money(share.due_minor, share.currency),
    )
    return Bill(
        number=invoice.number_label,
        due_on=invoice.due_on,
        is_overdue=invoice.due_on is not None and invoice.due_on < clock.today(practice.time_zone),
        lines=[_line(line, invoice, practice) for line in invoice.lines.all()] if is_whole else [part],
        total=Money(share.due_minor, share.currency),
        received=[*_received(share, practice), *_given_up(share)],
        is_credited=share.credited_minor > 0 and not share.allocated_minor,
        successor=number_of_successor(invoice) if invoice.superseded_at else "",
        document=shown_invoice(share),
        package=package_sold(invoice),
    )


def shown_invoice(share: InvoiceShare) -> Document | None:
    """The invoice's paper, for whoever it was made out to. One that names a diagnosis is never behind a link."""
    invoice = share.invoice
    document = invoice.document
    if document is None or invoice.state != InvoiceState.ISSUED or invoice.superseded_at is not None:
        return None
    if share.position != 1 or share.payer_id is not None:
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


def _retired_state(share: InvoiceShare) -> str:
    if share.invoice.state != InvoiceState.ISSUED:
        return "void"
    return "replaced" if share.invoice.superseded_at is not None else ""


def _state(share: InvoiceShare, confirming: PaymentAttempt | None) -> str:
    if share.open_minor > 0:
        return "confirming" if confirming else "open"
    return "paid" if 0 < share.allocated_minor == share.due_minor else "settled"


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


def _given_up(share: InvoiceShare) -> Sequence[Position]:
    """What the practice asks for no more, so that the sum is what is owed."""
    credited, written_off = share.credited_minor, share.written_off_minor
    rows = ((_("Credited"), credited), (_("No longer asked for"), written_off))
    return [Position(label, Money(-minor, share.currency)) for label, minor in rows if minor]
