# SPDX-License-Identifier: Apache-2.0
"""The credit note: its rows, its number, its paper and its letter. Inside the caller's transaction."""

from collections.abc import Sequence

from django.db.models import Sum
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill
from aftersession.billing.credits import Credited, Left
from aftersession.billing.debtors import Debtor
from aftersession.billing.documents import People, party_of, practice_block, tax_of
from aftersession.billing.messages import closing, greeting, letter_to
from aftersession.billing.models import CreditNote, CreditNoteLine, CreditNoteShare, InvoiceShare
from aftersession.billing.numbers import CREDIT_NOTES, take_number
from aftersession.billing.shares import receivable_side
from aftersession.documents import sheets
from aftersession.documents.actions import create_document
from aftersession.documents.contexts import Labelled, Note, PatientBlock
from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import Letter
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practice

OnShares = Sequence[tuple[InvoiceShare, int]]
"""Shares, and how much a credit takes off each (minor units)."""


def left_of(bill: Bill) -> list[Left]:
    """What of each line has not been credited yet, in order. One query."""
    rows = CreditNoteLine.objects.filter(credit_note__invoice=bill.invoice).values_list("invoice_line_id")
    credited = {
        line: (net, tax)
        for line, net, tax in rows.annotate(net=Sum("net_minor"), tax=Sum("tax_minor")).order_by()
    }
    left = []
    for line in bill.lines:
        net_minor, tax_minor = credited.get(line.pk, (0, 0))
        line.invoice = bill.invoice
        left.append(Left(line, line.net_minor - net_minor, line.tax_minor - tax_minor))
    return left


def credit_posting(
    credited: Sequence[Credited], on_shares: OnShares, bill: Bill, *, note_code: str, reason: str
) -> Posting:
    """What taking back means in the books: less earned, less tax due, and the debtors owe less."""
    patient, share = bill.invoice.patient, bill.share
    net_minor = sum(each.net_minor for each in credited)
    tax_minor = sum(each.tax_minor for each in credited)
    return Posting(
        "credit_note",
        bill.invoice.currency,
        (
            Side(Account.INCOME, net_minor, share.code, patient_code=patient.code),
            Side(Account.TAX_OUTPUT, tax_minor, share.code, patient_code=patient.code),
            *(receivable_side(each, -minor, patient) for each, minor in on_shares),
        ),
        reason,
        note_code,
    )


def issue_credit_note(
    bill: Bill,
    people: People,
    credited: Sequence[Credited],
    on_shares: OnShares,
    *,
    code: str,
    reason: str,
    actor: Actor,
) -> CreditNote:
    """Number it and write it with its paper, under the code that the books have of it. Locks the series: take it after invoices and receipts."""
    number = take_number(actor.practice, CREDIT_NOTES)
    label = f"{CREDIT_NOTES}-{number:06d}"
    today = clock.today(actor.practice.time_zone)
    document = create_document(
        practice=actor.practice,
        context=_sheet(bill, people, credited, label, reason),
        filename=f"{label}.pdf",
    )
    note = CreditNote.objects.create(
        practice=actor.practice,
        code=code,
        number=number,
        invoice=bill.invoice,
        currency=bill.invoice.currency,
        net_minor=sum(each.net_minor for each in credited),
        tax_minor=sum(each.tax_minor for each in credited),
        total_minor=sum(each.gross_minor for each in credited),
        reason=reason,
        document=document,
        issued_on=today,
        issued_at=clock.now(),
        issued_by=actor.label,
    )
    CreditNoteLine.objects.bulk_create(
        CreditNoteLine(
            practice=actor.practice,
            credit_note=note,
            invoice_line=each.line,
            tax_rate_bp=each.line.tax_rate_bp,
            net_minor=each.net_minor,
            tax_minor=each.tax_minor,
            gross_minor=each.gross_minor,
        )
        for each in credited
    )
    CreditNoteShare.objects.bulk_create(
        CreditNoteShare(practice=actor.practice, credit_note=note, share=share, amount_minor=minor)
        for share, minor in on_shares
    )
    return note


def credit_letter(note: CreditNote, debtor: Debtor, practice: Practice) -> Letter:
    """The credit note to whoever owed."""
    invoice = note.invoice
    with translation.override(debtor.language):
        facts = {
            "number": note.number_label,
            "invoice": invoice.number_label,
            "amount": format_money(note.total, practice.locale),
            "practice": practice.name,
        }
        parts = [
            greeting(debtor),
            _("Credit note %(number)s over %(amount)s is attached. It corrects invoice %(invoice)s.") % facts,
            *closing(practice),
        ]
        subject = _("Credit note %(number)s from %(practice)s") % facts
    return letter_to(
        debtor,
        kind="credit_note",
        dedupe_key=f"credit_note:{note.code}",
        subject=subject,
        parts=parts,
        about_kind="invoice",
        about_code=invoice.code,
        patient_code=invoice.patient.code,
        document_codes=(note.document.code,),
    )


def _sheet(bill: Bill, people: People, credited: Sequence[Credited], label: str, reason: str) -> sheets.Sheet:
    invoice, practice = bill.invoice, people.practice
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
                Labelled(label="amount", value=_total(credited, invoice.currency, practice)),
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
            balance_minor=sum(each.gross_minor for each in credited),
            tax=tax_of(invoice, [(each.line, each.net_minor, each.tax_minor) for each in credited], practice),
            about=(
                Labelled(
                    label=capfirst(_("invoice")),
                    value=f"{invoice.number_label}, {format_day(invoice.issued_on, practice.locale)}",
                ),
            ),
            notes=(Note(title=_("Why"), text=reason),),
        )


def _total(credited: Sequence[Credited], currency: str, practice: Practice) -> str:
    return format_money(Money(sum(each.gross_minor for each in credited), currency), practice.locale)
