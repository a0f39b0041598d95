# SPDX-License-Identifier: Apache-2.0
"""Take back an issued invoice, all of it or a part, by a numbered credit note."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import Bill
from aftersession.billing.credit_notes import (
    OnShares,
    credit_posting,
    issue_credit_note,
    left_of,
)
from aftersession.billing.credit_papers import credit_letters
from aftersession.billing.credits import Credited, credit_all, credit_amount, credit_lines, over_shares
from aftersession.billing.models import CreditNote, Invoice, InvoiceState
from aftersession.billing.shares import credit_share, live_write_offs, undo_write_off, write_off_posting
from aftersession.claims.actions import note_balance
from aftersession.commands.command import command
from aftersession.encounters.models import EncounterState
from aftersession.ledger.actions import post
from aftersession.lib.codes import new_code
from aftersession.lib.errors import AmountTooLarge, InvalidTransition
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import cancel_waiting, queue_letters
from aftersession.payments.credit import release_money, use_posting
from aftersession.practices.actors import Actor
from aftersession.practices.models import Member
from aftersession.workflows.bill_in_advance import uncover
from aftersession.workflows.invoices import check_addresses, take_hold
from aftersession.workflows.package_invoice import package_credited
from aftersession.workflows.reopen_session import reopen_session


@dataclass(frozen=True, kw_only=True)
class CreditInput:
    """What is taken back, and why. Amounts in minor units, tax included.

    `lines` are (position, amount); `amount_minor` is shared out over all lines; with neither, everything
    that is left. `reopens` opens the session again, which needs everything. `send_to` are the addresses the
    button named, if the credit note is to be sent: to each debtor whose part it lowers.
    """

    reason: str
    lines: tuple[tuple[int, int], ...] = ()
    amount_minor: int | None = None
    reopens: bool = False
    send_to: tuple[str, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.lines and self.amount_minor is None


@dataclass(frozen=True)
class InvoiceCredited:
    """The credit note, and what it set free: money that had settled the invoice and is unused now.

    `part_document_codes`: the papers of each debtor's part, where several owe.
    """

    invoice_code: str
    credit_note_code: str
    number: str
    amount_minor: int
    freed_minor: int
    document_code: str
    appointment_code: str
    message_code: str
    part_document_codes: list[str] = field(default_factory=list)


@command(InvoiceCredited)
def credit_invoice(*, invoice: Invoice, credit: CreditInput, actor: Member, key: str) -> InvoiceCredited:
    """Issue a credit note, once. Money that settled what is taken back stays, as the payer's credit.

    Raises AmountTooLarge for more than is left of the invoice or of a line, InvalidTransition unless the
    invoice stands, and for opening a session whose bill is not taken back whole.
    """
    bill, people = take_hold(invoice, actor.practice)
    check_stands(invoice)
    check_addresses(bill, credit.send_to, actor.practice)
    _expect_again(bill, credit, actor)
    left_minor = sum(each.gross_minor for each in left_of(bill))
    credited = _choose(bill, credit, actor.practice.locale)
    note_code = new_code()
    on_shares, freed_minor = take_back(bill, credited, note_code=note_code, reason=credit.reason, actor=actor)
    appointment_code = _reopen(bill, credit, actor) if credit.reopens else ""
    is_whole = sum(each.gross_minor for each in credited) == left_minor
    if is_whole and not credit.reopens:
        uncover(invoice, reason=credit.reason, reopens=False, actor=actor)
    package_credited(invoice, credited, is_whole=is_whole, reason=credit.reason, actor=actor)
    if not any(share.open_minor for share in bill.shares):
        cancel_waiting(about_kind="invoice", about_codes=[invoice.code])
    note = issue_credit_note(
        bill, people, credited, on_shares, code=note_code, reason=credit.reason, actor=actor
    )
    messages = queue_letters(credit_letters(note, credit.send_to, actor.practice), actor=actor)
    record_facts([credited_fact(invoice, note.code, note.total_minor, credit.reason)], actor=actor)
    return InvoiceCredited(
        invoice_code=invoice.code,
        credit_note_code=note.code,
        number=note.number_label,
        amount_minor=note.total_minor,
        freed_minor=freed_minor,
        document_code=note.document.code,
        appointment_code=appointment_code,
        message_code=messages[0].code if messages else "",
        part_document_codes=part_documents(note),
    )


def part_documents(note: CreditNote) -> list[str]:
    """The papers of each debtor's part of a credit note, in order; none where one debtor has it all."""
    rows = note.shares.exclude(document=None).order_by("share__position")
    return list(rows.values_list("document__code", flat=True))


def take_back(
    bill: Bill, credited: list[Credited], *, note_code: str, reason: str, actor: Actor
) -> tuple[OnShares, int]:
    """Credit the shares, setting money free where they were paid, and post it. Returns how it fell.

    The second value is how much money is unused now. The note itself is written last, by the
    caller, under the code that the books have of it.
    """
    amount_minor = sum(each.gross_minor for each in credited)
    room_minor = sum(each.due_minor - each.credited_minor - each.written_off_minor for each in bill.shares)
    if amount_minor > room_minor:
        raise AmountTooLarge(
            _("Only %(amount)s is left, because the rest was written off. Take the write-off back first.")
            % {"amount": format_money(Money(room_minor, bill.invoice.currency), actor.practice.locale)},
            field="amount",
        )
    on_shares = over_shares(bill.shares, amount_minor)
    freed = []
    for share, minor in on_shares:
        freed += release_money(share, max(0, minor - share.open_minor), actor=actor)
        credit_share(share, minor, actor.practice.locale)
        note_balance(share, reason="credited")
    Invoice.objects.filter(pk=bill.invoice.pk).update(paid_document=None)
    taken = credit_posting(credited, on_shares, bill, note_code=note_code, reason=reason)
    post([*map(use_posting, freed), taken], actor=actor)
    return on_shares, -sum(row.amount_minor for row in freed)


def check_stands(invoice: Invoice) -> None:
    """Refuse to correct what is no issued invoice, or has been replaced. Raises InvalidTransition."""
    if invoice.state != InvoiceState.ISSUED:
        raise InvalidTransition(_("Only an issued invoice can be corrected."))
    if invoice.superseded_at is not None:
        raise InvalidTransition(
            _("%(number)s has been corrected already. Look at the invoice that took its place.")
            % {"number": invoice.number_label}
        )


def credited_fact(invoice: Invoice, note_code: str, amount_minor: int, reason: str) -> Fact:
    """What the audit log keeps of a credit note: its code and amount (minor units), and why."""
    data = {"credit_note": note_code, "amount_minor": amount_minor}
    return Fact("invoice.credited", "invoice", invoice.code, invoice.patient.code, reason, data)


def expect_again(bill: Bill, *, reason: str, actor: Actor) -> None:
    """Take back what was written off of an invoice that is about to be credited whole."""
    patient = bill.invoice.patient
    by_pk = {share.pk: share for share in bill.shares}
    for write_off in live_write_offs(bill.shares):
        write_off.share = by_pk[write_off.share_id]
        undone = undo_write_off(write_off, reason=reason, actor=actor)
        post([write_off_posting(undone, patient)], actor=actor)


def _expect_again(bill: Bill, credit: CreditInput, actor: Actor) -> None:
    if credit.is_whole:
        expect_again(bill, reason=credit.reason, actor=actor)


def _choose(bill: Bill, credit: CreditInput, locale: str) -> list[Credited]:
    left = left_of(bill)
    if not any(each.gross_minor for each in left):
        raise InvalidTransition(
            _("%(number)s is already credited in full.") % {"number": bill.invoice.number_label}
        )
    if credit.lines:
        return credit_lines(left, dict(credit.lines), locale)
    if credit.amount_minor is not None:
        return credit_amount(left, credit.amount_minor, locale)
    return credit_all(left)


def _reopen(bill: Bill, credit: CreditInput, actor: Actor) -> str:
    if not credit.is_whole:
        raise InvalidTransition(_("A session opens again only when its bill is taken back whole."))
    encounter = bill.invoice.encounter or uncover(
        bill.invoice, reason=credit.reason, reopens=True, actor=actor
    )
    if encounter is None or encounter.state != EncounterState.LIVE:
        raise InvalidTransition(_("No completed session belongs to this invoice."))
    return reopen_session(encounter, actor=actor)
