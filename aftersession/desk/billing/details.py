# SPDX-License-Identifier: Apache-2.0
"""One invoice as its page shows it: who owes what by when, why, and what can be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill
from aftersession.billing.debtors import Debtor, debtor_of
from aftersession.billing.labels import Delivery, Label, Standing, label_of
from aftersession.billing.models import CreditNote, DebtorKind, Invoice, InvoiceShare, InvoiceState
from aftersession.billing.queries import Corrections, bill_of, corrections_of, successor_of
from aftersession.claims.models import Claim, Submission
from aftersession.claims.queries import claim_of, submissions_of
from aftersession.desk.billing.claim_words import claim_note
from aftersession.desk.billing.leads import lead_of
from aftersession.desk.billing.parts import DebtorPart
from aftersession.desk.billing.reasons import Reason, dispute_reasons, reasons_of, unused_reasons
from aftersession.desk.billing.rows import standings_of
from aftersession.desk.billing.settling import Settling, settlings_of
from aftersession.desk.billing.sharing import Sharing
from aftersession.desk.billing.story import Happening, history_of, messages_about
from aftersession.desk.billing.ways import CORRECTORS, Way, ways_of, who_may
from aftersession.lib import clock
from aftersession.lib.money import Money, format_money
from aftersession.messaging.models import Message
from aftersession.messaging.queries import GONE
from aftersession.payments.credit import usable_for
from aftersession.payments.models import Allocation, Payment, PaymentLink, Receipt
from aftersession.payments.partner_queries import disputes_about
from aftersession.payments.queries import links_of, loose_for, receipts_of, settlements_of, unused_for
from aftersession.practices.models import Member, Practice
from aftersession.prepaid.models import Package
from aftersession.prepaid.queries import package_sold
from aftersession.ui.instruments import Part, Scale
from aftersession.workflows.undo_completion import can_undo

__all__ = ["CORRECTORS", "Details", "details_of"]


@dataclass(frozen=True)
class Details:
    """An invoice with everything around it, read once. `share` is the debtor's part at hand: the one asked
    for, else the first of which something is open."""

    member: Member
    invoice: Invoice
    bill: Bill
    share: InvoiceShare
    debtor: Debtor
    standing: Standing
    claim: Claim | None
    submissions: Sequence[Submission]
    settlements: Sequence[Allocation]
    receipts: Sequence[Receipt]
    messages: Sequence[Message]
    parts: Sequence[DebtorPart]
    unused: Sequence[Reason]
    notes: Sequence[CreditNote]
    history: Sequence[Happening]
    successor: Invoice | None
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
    def is_standing(self) -> bool:
        """Issued, and not replaced by another one."""
        return self.is_issued and self.successor is None

    @property
    def is_insured(self) -> bool:
        return bool(self.share.debtor_kind == DebtorKind.PAYER)

    @property
    def part(self) -> DebtorPart:
        return next(each for each in self.parts if each.share.pk == self.share.pk)

    @property
    def shown_parts(self) -> list[DebtorPart]:
        """The parts that say anything."""
        return [part for part in self.parts if part.is_shown] or list(self.parts[:1])

    @property
    def is_split(self) -> bool:
        return len(self.shown_parts) > 1

    @property
    def names(self) -> str:
        """Whom it was billed to."""
        return _(" and ").join(part.name for part in self.shown_parts)

    @property
    def owed(self) -> Money:
        """What is open of the share at hand (of a draft: what will be)."""
        return self.share.open

    @property
    def open(self) -> Money:
        """What is owed on the invoice by whomever."""
        minor = sum(share.open_minor for share in self.bill.shares) if self.is_issued else 0
        return Money(minor, self.invoice.currency)

    @property
    def is_owed(self) -> bool:
        return self.is_issued and self.share.open_minor > 0

    @property
    def left_to_credit(self) -> Money:
        credited = sum(share.credited_minor for share in self.bill.shares)
        return Money(self.invoice.total_minor - credited, self.invoice.currency)

    @property
    def name(self) -> str:
        return self.invoice.number_label or _("Draft")

    @cached_property
    def package(self) -> Package | None:
        """The package that it sold, if it sold one."""
        return package_sold(self.invoice) if self.invoice.encounter_id is None else None

    @cached_property
    def may_correct(self) -> bool:
        return self.member.role in CORRECTORS

    @cached_property
    def loose(self) -> list[Payment]:
        """Payments that could be given back: they came for it, and settle nothing yet or any more."""
        return loose_for(self.invoice)

    @property
    def settled(self) -> Money:
        """What payments settle of it now."""
        return Money(sum(share.allocated_minor for share in self.bill.shares), self.invoice.currency)

    @cached_property
    def ways(self) -> list[Way]:
        """The ways on."""
        return ways_of(self)

    @cached_property
    def who_may(self) -> str:
        """Who may take them, said to somebody who may not."""
        return who_may(self)

    @property
    def pay_address(self) -> str:
        """Where whoever owes the share at hand can pay online, if there is such a page and something to pay."""
        return self.part.pay_address

    @property
    def sharing(self) -> Sharing | None:
        """The pay page of the share at hand, to be handed over by hand."""
        return self.part.sharing

    @property
    def can_send(self) -> bool:
        return self.is_standing and not self.is_insured

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
        insured = any(part.is_insured and part.is_owed for part in self.parts)
        return insured and self.claim is not None and self.claim.state in ("draft", "submitted")

    @property
    def claim_note(self) -> str:
        """What its claim waits for, or why it waits no more."""
        if self.claim is None:
            return ""
        minor = sum(part.open.minor for part in self.parts if part.is_insured)
        return claim_note(self.claim, Money(minor, self.invoice.currency), self.practice)

    @property
    def why_not_void(self) -> str:
        """What stands in the way of voiding it."""
        if any(share.allocated_minor for share in self.bill.shares):
            return _("A payment settles it. Reverse the payment before you void the invoice.")
        if any(share.settled_minor for share in self.bill.shares):
            return _("A part was credited or written off: take the rest back with a credit note.")
        return ""

    @property
    def can_make_paid(self) -> bool:
        """Whether the client has paid all of it, so that there is something to claim back."""
        share, total_minor = self.bill.share, self.invoice.total_minor
        is_paid = self.is_standing and share.allocated_minor == total_minor > 0
        return is_paid and share.debtor_kind != DebtorKind.PAYER

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
        """What of it is settled how, and what is open with whom."""
        currency, shares = self.invoice.currency, self.bill.shares
        if not self.is_issued or not self.invoice.total_minor:
            return None
        late = self.label.name == "overdue"
        given = (
            (_("Credited"), sum(share.credited_minor for share in shares), "done"),
            (_("Written off"), sum(share.written_off_minor for share in shares), "warn"),
        )
        paid = [
            Part(_("%(name)s paid") % {"name": each.debtor_name}, Money(each.allocated_minor, currency), "ok")
            for each in shares
        ]
        owes = [
            Part(
                _("%(name)s owes") % {"name": part.name},
                part.open,
                "bad" if late else "wait" if part.is_insured else "owed",
            )
            for part in self.parts
        ]
        other = [Part(label, Money(minor, currency), tone) for label, minor, tone in given]
        shown = [part for part in (*paid, *other, *owes) if part.amount.minor]
        return Scale(shown, _("Settlement"), _("Billed"), self.invoice.total)

    @property
    def why_title(self) -> str:
        """The heading over the sentences that make the balance."""
        return _("Why %(amount)s") % {"amount": format_money(self.open, self.practice.locale)}


def details_of(member: Member, invoice: Invoice, share_code: str = "") -> Details:
    """The invoice (loaded through its gate) with all that belongs on its page. A fixed number of queries a share.

    `share_code`: whose part is at hand; an unknown one means the first of which something is open.
    """
    bill, practice = bill_of(invoice), member.practice
    share = _at_hand(bill, share_code)
    claim, settlements, links = claim_of(invoice), settlements_of(invoice), links_of(invoice)
    unused, messages = unused_for(invoice), messages_about(invoice)
    settlings, corrections = settlings_of(settlements), corrections_of(bill)
    return Details(
        member=member,
        invoice=invoice,
        bill=bill,
        share=share,
        debtor=debtor_of(share, practice),
        standing=standings_of(practice, [invoice], {invoice.pk: bill.shares})[invoice.pk],
        claim=claim,
        submissions=submissions_of(claim) if claim else [],
        settlements=settlements,
        receipts=receipts_of(invoice),
        messages=messages,
        parts=[_part(each, invoice, member, settlings, corrections, links) for each in bill.shares],
        unused=[*dispute_reasons(disputes_about(invoice), practice), *unused_reasons(unused, practice)],
        notes=corrections.notes,
        history=history_of(invoice, settlings, unused, links, messages, practice),
        successor=successor_of(invoice) if invoice.superseded_at else None,
        can_undo=invoice.encounter_id is not None and can_undo(invoice),
    )


def _at_hand(bill: Bill, share_code: str) -> InvoiceShare:
    chosen = [each for each in bill.shares if each.code == share_code]
    still_open = [each for each in bill.shares if each.open_minor]
    return (*chosen, *still_open, bill.share)[0]


def _part(
    share: InvoiceShare,
    invoice: Invoice,
    member: Member,
    settlings: Sequence[Settling],
    corrections: Corrections,
    links: Sequence[PaymentLink],
) -> DebtorPart:
    practice, now = member.practice, clock.now()
    is_standing = invoice.state == InvoiceState.ISSUED and invoice.superseded_at is None
    live = [
        each
        for each in links
        if each.share_id == share.pk and each.revoked_at is None and each.expires_at > now
    ]
    usable = 0
    if is_standing and share.open_minor:
        usable = sum(each.unallocated_minor for each in usable_for(share))
    return DebtorPart(
        share=share,
        debtor=debtor_of(share, practice),
        reasons=reasons_of(
            invoice, share, settlings, corrections, practice, may_correct=member.role in CORRECTORS
        ),
        link=live[-1] if live else None,
        usable=Money(usable, share.currency),
        is_standing=is_standing,
        practice=practice,
    )
