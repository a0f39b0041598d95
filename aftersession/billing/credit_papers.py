# SPDX-License-Identifier: Apache-2.0
"""The papers of a credit note, and the letters they go with: one to each debtor whose part it lowers."""

from collections.abc import Sequence

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill
from aftersession.billing.credits import Credited
from aftersession.billing.debtors import Debtor, hold_address, reader_of
from aftersession.billing.documents import People, party_of, practice_block, tax_of
from aftersession.billing.messages import closing, greeting, letter_to
from aftersession.billing.models import CreditNote, CreditNoteShare, InvoiceShare
from aftersession.documents import sheets
from aftersession.documents.contexts import Labelled, Note, PatientBlock
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import Letter
from aftersession.practices.models import Practice


def readers_of(bill: Bill, practice: Practice) -> list[Debtor]:
    """Everybody whose part credit notes on this invoice may lower, once each, the first billed first."""
    readers = [reader_of(share, practice) for share in bill.shares if share.due_minor]
    return list({reader.ref: reader for reader in readers}.values())


def credit_letters(note: CreditNote, addresses: Sequence[str], practice: Practice) -> list[Letter]:
    """The credit note to each debtor whose part it lowers, as far as their address is among these.

    Who was billed first has the whole invoice, and so gets the whole credit note; where several owe, each
    gets the paper of their own part, and nothing of another's.
    """
    rows = note.shares.select_related("share__payer", "share__guarantor", "share__patient__guarantor")
    letters = []
    for row in rows.select_related("document").order_by("share__position"):
        reader = hold_address(reader_of(row.share, practice))
        if reader.email and reader.email in addresses:
            letters.append(_letter(note, row, reader, practice))
    return letters


def _letter(note: CreditNote, row: CreditNoteShare, reader: Debtor, practice: Practice) -> Letter:
    invoice, part = note.invoice, row.document
    with translation.override(reader.language):
        facts = {
            "number": note.number_label,
            "invoice": invoice.number_label,
            "amount": format_money(Money(row.amount_minor, note.currency), practice.locale),
            "practice": practice.name,
        }
        text = _("Credit note %(number)s over %(amount)s is attached. It corrects invoice %(invoice)s.")
        if part is not None:
            text = _("Credit note %(number)s takes %(amount)s off your part of invoice %(invoice)s.")
        parts = [greeting(reader), text % facts, *closing(practice)]
        subject = _("Credit note %(number)s from %(practice)s") % facts
    whole = note.document if part is None or row.share.position == 1 else None
    return letter_to(
        reader,
        kind="credit_note",
        dedupe_key=f"credit_note:{note.code}"
        if part is None
        else f"credit_note:{note.code}:{row.share.code}",
        subject=subject,
        parts=parts,
        about_kind="invoice",
        about_code=invoice.code,
        patient_code=invoice.patient.code,
        document_codes=tuple(each.code for each in (whole, part) if each is not None),
    )


def credit_part_sheet(
    bill: Bill, people: People, share: InvoiceShare, amount_minor: int, label: str
) -> sheets.Sheet:
    """What a credit note takes off one debtor's part. No service, no reason, and nothing of what others owe."""
    invoice, practice = bill.invoice, people.practice
    reader = reader_of(share, practice)
    with translation.override(reader.language):
        return sheets.Sheet(
            kind=sheets.CREDIT_NOTE,
            title=_("Credit note: your part"),
            number=label,
            issued_on=clock.today(practice.time_zone),
            locale=practice.locale,
            currency=invoice.currency,
            practice=practice_block(practice),
            recipient=party_of(reader),
            patient=PatientBlock(name=people.patient.full_name),
            lead=_("<b>{name}, {amount} is taken off</b> your part of invoice {invoice}."),
            facts=(
                Labelled(label="name", value=reader.greeting),
                Labelled(label="amount", value=_shown(amount_minor, invoice.currency, practice)),
                Labelled(label="invoice", value=invoice.number_label),
            ),
            row_label=_("Your part"),
            columns=(_("Was to pay"), _("Taken off")),
            rows=(
                sheets.SheetRow(
                    text=_("Your part of invoice %(number)s") % {"number": invoice.number_label},
                    amounts=(share.due_minor, amount_minor),
                ),
            ),
            adds_up=1,
            balance_label=_("Taken off your part"),
            balance_minor=amount_minor,
            about=_about(bill, practice),
        )


def credit_sheet(
    bill: Bill, people: People, credited: Sequence[Credited], label: str, reason: str
) -> sheets.Sheet:
    """All that a credit note takes back, line by line, with its tax and the reason."""
    invoice, practice = bill.invoice, people.practice
    total_minor = sum(each.gross_minor for each in credited)
    with translation.override(people.debtor.language):
        return sheets.Sheet(
            kind=sheets.CREDIT_NOTE,
            title=_("Credit note"),
            number=label,
            issued_on=clock.today(practice.time_zone),
            locale=practice.locale,
            currency=invoice.currency,
            practice=practice_block(practice),
            recipient=party_of(people.debtor),
            patient=PatientBlock(name=people.patient.full_name),
            lead=_("<b>{name}, {amount} is taken off</b> invoice {invoice}."),
            facts=(
                Labelled(label="name", value=people.debtor.greeting),
                Labelled(label="amount", value=_shown(total_minor, invoice.currency, practice)),
                Labelled(label="invoice", value=invoice.number_label),
            ),
            row_label=_("Service"),
            columns=(_("Billed"), _("Taken off")),
            rows=tuple(
                sheets.SheetRow(
                    text=each.line.description,
                    details=(format_day(each.line.service_on, practice.locale),),
                    amounts=(each.line.gross_minor, each.gross_minor),
                )
                for each in credited
            ),
            adds_up=1,
            balance_label=_("Taken off in all"),
            balance_minor=total_minor,
            tax=tax_of(invoice, [(each.line, each.net_minor, each.tax_minor) for each in credited], practice),
            about=_about(bill, practice),
            notes=(Note(title=_("Why"), text=reason),),
        )


def _about(bill: Bill, practice: Practice) -> tuple[Labelled, ...]:
    invoice = bill.invoice
    day = format_day(invoice.issued_on, practice.locale)
    return (Labelled(label=capfirst(_("invoice")), value=f"{invoice.number_label}, {day}"),)


def _shown(minor: int, currency: str, practice: Practice) -> str:
    return format_money(Money(minor, currency), practice.locale)
