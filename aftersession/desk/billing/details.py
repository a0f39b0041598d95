# SPDX-License-Identifier: Apache-2.0
"""One invoice as its page shows it: who owes what by when, why, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.billing.actions import Bill
from aftersession.billing.debtors import Debtor
from aftersession.billing.labels import Delivery, Label, Standing, label_of
from aftersession.billing.models import DebtorKind, Invoice, InvoiceState
from aftersession.billing.queries import bill_of, debtor_of_bill
from aftersession.claims.models import Claim, Submission
from aftersession.claims.queries import claim_of, submissions_of
from aftersession.desk.billing.rows import standings_of
from aftersession.desk.billing.story import Happening, Reason, history_of, messages_about, reasons_of
from aftersession.lib import clock
from aftersession.lib.money import Money, format_money
from aftersession.messaging.models import Message
from aftersession.messaging.queries import GONE
from aftersession.payments.links import address_of
from aftersession.payments.models import Allocation, PaymentLink, Receipt
from aftersession.payments.queries import links_of, receipts_of, settlements_of, unused_for
from aftersession.practices.models import Member, Practice, Role
from aftersession.ui.formats import long_day, near_day
from aftersession.ui.instruments import Part, Scale
from aftersession.workflows.undo_completion import can_undo

CORRECTORS = (Role.OWNER, Role.PRACTITIONER, Role.BILLER)
"""Who may void an invoice or reverse a payment: `config/policy.py` says the same of the routes."""


@dataclass(frozen=True)
class Details:
    """An invoice with everything around it, read once."""

    member: Member
    invoice: Invoice
    bill: Bill
    debtor: Debtor
    standing: Standing
    claim: Claim | None
    submissions: Sequence[Submission]
    settlements: Sequence[Allocation]
    links: Sequence[PaymentLink]
    receipts: Sequence[Receipt]
    messages: Sequence[Message]
    reasons: Sequence[Reason]
    history: Sequence[Happening]
    can_undo: bool

    @cached_property
    def label(self) -> Label:
        return label_of(self.standing)

    @property
    def practice(self) -> Practice:
        return self.member.practice

    @property
    def is_draft(self) -> bool:
        return bool(self.invoice.state == InvoiceState.DRAFT)

    @property
    def is_issued(self) -> bool:
        return bool(self.invoice.state == InvoiceState.ISSUED)

    @property
    def is_insured(self) -> bool:
        return bool(self.bill.share.debtor_kind == DebtorKind.PAYER)

    @property
    def owed(self) -> Money:
        return self.bill.share.open

    @property
    def is_owed(self) -> bool:
        return self.is_issued and self.bill.share.open_minor > 0

    @property
    def name(self) -> str:
        return self.invoice.number_label or _("Draft")

    @cached_property
    def may_correct(self) -> bool:
        return self.member.role in CORRECTORS

    @cached_property
    def pay_address(self) -> str:
        """Where whoever owes can pay online, if there is such a page and something to pay."""
        now = clock.now()
        live = [each for each in self.links if each.revoked_at is None and each.expires_at > now]
        return address_of(live[-1]) if live and self.is_owed else ""

    @property
    def can_send(self) -> bool:
        return self.is_issued and not self.is_insured

    @property
    def has_been_sent(self) -> bool:
        return self.standing.delivery != Delivery.NONE

    @property
    def letters_left(self) -> bool:
        """Whether somebody may have received something of it."""
        return any(each.state in GONE or each.is_possible_duplicate for each in self.messages)

    @property
    def why_not_send(self) -> str:
        """What stands in the way of sending it, in a sentence."""
        if self.debtor.email:
            return ""
        return _("%(name)s has no e-mail address.") % {"name": self.debtor.name}

    @property
    def can_submit(self) -> bool:
        return self.is_owed and self.claim is not None and self.claim.state in ("draft", "submitted")

    @property
    def why_not_void(self) -> str:
        """What stands in the way of voiding it."""
        if self.bill.share.settled_minor:
            return _("A payment settles it. Reverse the payment before you void the invoice.")
        return ""

    @property
    def can_make_paid(self) -> bool:
        """Whether the client has paid it, so that there is something to claim back."""
        is_paid = self.is_issued and self.bill.share.open_minor == 0 and self.invoice.total_minor > 0
        return is_paid and not self.is_insured

    @property
    def has_paid_document(self) -> bool:
        """Whether the paid invoice that was made still says what is true."""
        document = self.invoice.paid_document
        if document is None or not self.can_make_paid:
            return False
        return all(row.at <= document.created_at for row in self.settlements)

    @property
    def lead(self) -> SafeString:
        """Who owes what by when, in a sentence."""
        return lead_of(self)

    @property
    def scale(self) -> Scale | None:
        """What of it is paid and what is open."""
        share, currency = self.bill.share, self.invoice.currency
        if not self.is_issued or not self.invoice.total_minor:
            return None
        paid = _("%(name)s paid") % {"name": share.debtor_name}
        owes = _("%(name)s owes") % {"name": share.debtor_name}
        tone = "bad" if self.label.name == "overdue" else "wait" if self.is_insured else "owed"
        parts = [Part(paid, Money(share.allocated_minor, currency), "ok"), Part(owes, share.open, tone)]
        shown = [part for part in parts if part.amount.minor]
        return Scale(shown, _("Settlement"), _("Billed"), self.invoice.total)

    @property
    def why_title(self) -> str:
        """The heading over the sentences that make the balance."""
        amount = self.owed if self.is_issued else Money(0, self.invoice.currency)
        return _("Why %(amount)s") % {"amount": format_money(amount, self.practice.locale)}


def details_of(member: Member, invoice: Invoice) -> Details:
    """The invoice (loaded through its gate) with all that belongs on its page. A fixed number of queries."""
    bill = bill_of(invoice)
    claim, settlements, links = claim_of(invoice), settlements_of(invoice), links_of(invoice)
    unused, messages, practice = unused_for(invoice), messages_about(invoice), member.practice
    return Details(
        member=member,
        invoice=invoice,
        bill=bill,
        debtor=debtor_of_bill(bill),
        standing=standings_of(practice, [invoice], {invoice.pk: [bill.share]})[invoice.pk],
        claim=claim,
        submissions=submissions_of(claim) if claim else [],
        settlements=settlements,
        links=links,
        receipts=receipts_of(invoice),
        messages=messages,
        reasons=reasons_of(invoice, settlements, unused, practice),
        history=history_of(invoice, settlements, unused, links, messages, practice),
        can_undo=invoice.encounter_id is not None and can_undo(invoice),
    )


def lead_of(details: Details) -> SafeString:
    """The page's answer."""
    practice, share = details.practice, details.bill.share
    facts: dict[str, str | Promise] = {
        "number": details.invoice.number_label,
        "name": share.debtor_name,
        "client": details.invoice.patient.full_name,
        "owed": format_money(share.open, practice.locale),
        "total": format_money(details.invoice.total, practice.locale),
    }
    if details.is_draft:
        text = _('A draft for <b>{name}</b> over <b class="nw">{total}</b>. Nothing has been sent or booked.')
    elif details.invoice.state == InvoiceState.DISCARDED:
        text = _("This draft was <b>discarded</b>. Nobody owes anything on it.")
    elif details.invoice.state == InvoiceState.VOID:
        text = _("<b>{number}</b> is <b>void</b>. Nobody owes anything on it.")
    elif not share.open_minor:
        text = _('<b>{name}</b> has paid <b class="nw">{total}</b>. Nothing is owed.')
        if not details.invoice.total_minor:
            text = _("<b>{number}</b> comes to nothing. Nothing is owed.")
    else:
        return _owing(details, facts)
    return format_html(text, **facts)


def _owing(details: Details, facts: dict[str, str | Promise]) -> SafeString:
    standing, practice = details.standing, details.practice
    due = standing.due_on if not details.is_insured else standing.claim and standing.claim.due_on
    if not due:
        return format_html(_('<b>{name}</b> owes <b class="nw">{owed}</b>.'), **facts)
    days = (standing.today - due).days
    facts["day"] = near_day(due, practice.locale, practice.time_zone) if -7 < days < 7 else long_day(
        due, practice.locale, practice.time_zone
    )  # fmt: skip
    if not details.is_insured:
        if days <= 0:
            return format_html(_('<b>{name}</b> owes <b class="nw">{owed}</b> by {day}.'), **facts)
        late = ngettext("{days} day", "{days} days", days).format(days=days)
        text = _('<b>{name}</b> has owed <b class="nw">{owed}</b> since {day}, <b>{late}</b> late.')
        return format_html(text, late=late, **facts)
    return format_html(_claim_text(standing), **facts)


def _claim_text(standing: Standing) -> str:
    claim = standing.claim
    if claim is not None and claim.is_submitted:
        if claim.is_late:
            return _('<b>{name}</b> owes <b class="nw">{owed}</b>. Its answer was due <b>{day}</b>.')
        return _('<b>{name}</b> owes <b class="nw">{owed}</b>. Its answer is due by <b>{day}</b>.')
    if claim is not None and claim.is_late:
        return _('<b>{name}</b> owes <b class="nw">{owed}</b>. It had to be sent by <b>{day}</b>.')
    return _('<b>{name}</b> owes <b class="nw">{owed}</b>. Send it by <b>{day}</b>.')
