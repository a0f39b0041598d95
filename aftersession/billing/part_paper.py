# SPDX-License-Identifier: Apache-2.0
"""The paper of one debtor's part of an invoice that several owe, and the letter it goes with."""

from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill
from aftersession.billing.documents import People, party_of, practice_block
from aftersession.billing.messages import closing, greeting, letter_to
from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.documents import sheets
from aftersession.documents.contexts import Labelled, PatientBlock
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import Letter


def is_split(bill: Bill) -> bool:
    """Whether several owe it, or did, so that the invoice's own paper is nobody's alone."""
    return sum(1 for share in bill.shares if share.amount_minor or share.due_minor) > 1


def part_sheet(bill: Bill, people: People, share: InvoiceShare, *, pay_link: str = "") -> sheets.Sheet:
    """What `people.debtor` owes of an invoice, and how that comes about. Never a diagnosis, never a code."""
    invoice, practice, debtor = bill.invoice, people.practice, people.debtor
    with translation.override(debtor.language):
        held_on = format_day(invoice.service_on, practice.locale)
        is_owed = share.open_minor > 0
        return sheets.Sheet(
            kind=sheets.PART,
            title=_("Your part of the invoice"),
            number=invoice.number_label,
            issued_on=clock.today(practice.time_zone),
            locale=practice.locale,
            currency=invoice.currency,
            practice=practice_block(practice),
            recipient=party_of(debtor),
            patient=PatientBlock(name=people.patient.full_name),
            lead=_lead(share, invoice, clock.today(practice.time_zone)),
            facts=(
                Labelled(label="name", value=debtor.greeting),
                Labelled(label="amount", value=format_money(share.open, practice.locale)),
                Labelled(label="invoice", value=invoice.number_label),
                Labelled(label="day", value=format_day(share.pay_by, practice.locale)),
            ),
            row_label=_("Your part"),
            columns=(_("Amount"),),
            rows=_rows(share, invoice, people),
            adds_up=0,
            balance_label=_("You owe"),
            balance_minor=share.open_minor,
            about=(
                Labelled(label=_("Session"), value=held_on),
                Labelled(label=_("With"), value=people.practitioner.full_name),
            ),
            pay_link=pay_link if is_owed else "",
            pay_reference=invoice.payment_reference if is_owed else "",
        )


def _lead(share: InvoiceShare, invoice: Invoice, today: date) -> str:
    # A part is often named after the invoice's own day to pay: nobody is asked to pay in the past.
    if not share.open_minor:
        return _("<b>{name}, nothing is open</b> of your part of invoice {invoice}.")
    if share.pay_by and share.pay_by < today:
        return _("<b>{name}, you owe {amount}</b> of invoice {invoice}, which was due on {day}.")
    return _("<b>{name}, you owe {amount}</b> of invoice {invoice} by {day}.")


def part_letter(
    invoice: Invoice,
    share: InvoiceShare,
    people: People,
    document_code: str,
    *,
    nth: int,
    link_code: str = "",
) -> Letter:
    """The part to whoever owes it, for the nth time, with the pay page where there is one."""
    debtor, practice = people.debtor, people.practice
    with translation.override(debtor.language):
        facts = {
            "number": invoice.number_label,
            "owed": format_money(share.open, practice.locale),
            "day": format_day(share.pay_by, practice.locale),
            "practice": practice.name,
            "reference": invoice.payment_reference,
        }
        text = _("Your part of invoice %(number)s is attached. Please pay %(owed)s by %(day)s.")
        if share.pay_by and share.pay_by < clock.today(practice.time_zone):
            text = _("Your part of invoice %(number)s is attached: %(owed)s. The invoice was due on %(day)s.")
        if not share.open_minor:
            text = _("Your part of invoice %(number)s is attached. Nothing is open on it.")
        parts = [greeting(debtor), text % facts]
        if link_code:
            parts.append(_("Pay online, or see what is still open:") + f"\n{{{{link:{link_code}}}}}")
        parts += [_("Reference for a transfer: %(reference)s") % facts, *closing(practice)]
        subject = _("Your part of invoice %(number)s from %(practice)s") % facts
    return letter_to(
        debtor,
        kind="invoice",
        dedupe_key=f"part:{share.code}:{nth}",
        subject=subject,
        parts=parts,
        about_kind="invoice",
        about_code=invoice.code,
        patient_code=invoice.patient.code,
        document_codes=(document_code,),
    )


def _rows(share: InvoiceShare, invoice: Invoice, people: People) -> tuple[sheets.SheetRow, ...]:
    locale = people.practice.locale
    whole = format_money(Money(invoice.total_minor, invoice.currency), locale)
    billed = _("Billed to you, of %(total)s in all") % {"total": whole}
    moved = _("Your part of %(total)s") if not share.amount_minor else _("Moved to you later, of %(total)s")
    if share.transferred_minor < 0:
        moved = _("Moved to somebody else, of %(total)s")
    rows = (
        (billed, share.amount_minor),
        (moved % {"total": whole}, share.transferred_minor),
        (_("Credited"), -share.credited_minor),
        (_("No longer asked for"), -share.written_off_minor),
        (_("Paid, thank you"), -share.allocated_minor),
    )
    shown = [(text, minor) for text, minor in rows if minor] or [(billed, 0)]
    return tuple(sheets.SheetRow(text=text, amounts=(minor,)) for text, minor in shown)
