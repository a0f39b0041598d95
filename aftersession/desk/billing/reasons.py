# SPDX-License-Identifier: Apache-2.0
"""Why a debtor owes what they owe: what was billed, and everything that moved, settled or released a part."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from aftersession.billing.models import Invoice, InvoiceShare, InvoiceState
from aftersession.billing.queries import Corrections
from aftersession.desk.billing.settling import Kind, Settling
from aftersession.lib import clock
from aftersession.lib.days import format_day
from aftersession.lib.money import Money, format_money
from aftersession.payments.models import Dispute, DisputeState, Payment
from aftersession.practices.models import Practice


@dataclass(frozen=True)
class Reason:
    """One row of a balance: what it was, what it did to it, and where more is said of it."""

    text: str
    amount: Money
    note: str = ""
    url: str = ""
    undo_url: str = ""


Dated = tuple[datetime, Reason]


def reasons_of(
    invoice: Invoice,
    share: InvoiceShare,
    settlings: Sequence[Settling],
    corrections: Corrections,
    practice: Practice,
    *,
    may_correct: bool = False,
) -> list[Reason]:
    """What was billed to a debtor and all that changed it, in order. Nothing for what was not issued."""
    if invoice.state in (InvoiceState.DRAFT, InvoiceState.DISCARDED):
        return []
    day = format_day(invoice.issued_on, practice.locale)
    rows = []
    if share.amount_minor or not share.transferred_minor:
        rows.append(Reason(_("Billed on %(day)s") % {"day": day}, Money(share.amount_minor, share.currency)))
    dated = [
        *((each.at, _settled(each, practice)) for each in settlings if each.share.pk == share.pk),
        *_moved(share, corrections, practice),
        *_credited(share, corrections, practice),
        *_written_off(share, corrections, practice, may_correct),
    ]
    rows += [reason for _at, reason in sorted(dated, key=lambda each: each[0])]
    if invoice.state == InvoiceState.VOID and share.open_minor:
        rows.append(Reason(_("Voided"), -share.open, invoice.void_reason))
    return rows


def unused_reasons(unused: Sequence[Payment], practice: Practice) -> list[Reason]:
    """Money that came for an invoice and settles nothing yet."""
    return [
        Reason(
            _("%(amount)s more came in and settles nothing yet")
            % {"amount": format_money(Money(each.unallocated_minor, each.currency), practice.locale)},
            Money(0, each.currency),
            str(each.get_tray_reason_display()),
            reverse("desk:payment_detail", args=[each.code]),
        )
        for each in unused
    ]


def dispute_reasons(disputes: Sequence[Dispute], practice: Practice) -> list[Reason]:
    """What a payer's bank took back of this invoice, and what is to be done about it."""
    return [
        Reason(
            _("%(amount)s was taken back by the payer's bank")
            % {"amount": format_money(each.amount, practice.locale)},
            Money(0, each.currency),
            dispute_note(each, practice),
            reverse("desk:payment_detail", args=[each.payment.code]),
        )
        for each in disputes
    ]


def dispute_note(dispute: Dispute, practice: Practice) -> str:
    """How a dispute stands, in a sentence with the way on."""
    if dispute.state == DisputeState.WON:
        return _("Won: the money is back and settles what it did.")
    if dispute.state == DisputeState.LOST:
        return _("Lost: it stays owed. Ask for it again, or write it off.")
    if dispute.respond_by is None:
        return _("In dispute: it is owed again. Answer at the payment partner.")
    day = format_day(clock.local(dispute.respond_by, practice.time_zone).date(), practice.locale)
    return _("In dispute: it is owed again. Answer at the payment partner by %(day)s.") % {"day": day}


def _settled(row: Settling, practice: Practice) -> Reason:
    payment, url = row.payment, reverse("desk:payment_detail", args=[row.payment.code])
    name, amount = payment.from_name, -row.amount
    day = format_day(payment.received_on, practice.locale)
    note = ", ".join(part for part in (day, payment.reference) if part)
    if row.kind is Kind.REVERSED:
        text = _("The payment of %(name)s was reversed") % {"name": name}
        return Reason(text, amount, payment.reversal_reason, url)
    if row.kind is Kind.RELEASED:
        return Reason(_("Payment of %(name)s taken off again") % {"name": name}, amount, note, url)
    if row.kind is Kind.USED:
        return Reason(_("Credit of %(name)s used") % {"name": name}, amount, note, url)
    method = str(payment.get_method_display()).lower()
    return Reason(_("%(name)s paid, %(method)s") % {"name": name, "method": method}, amount, note, url)


def _moved(share: InvoiceShare, corrections: Corrections, practice: Practice) -> Iterator[Dated]:
    for row in corrections.transfers:
        if row.to_share_id == share.pk:
            text = _("Moved here from %(name)s") % {"name": row.from_share.debtor_name}
            yield row.at, Reason(text, row.amount, row.reason)
        elif row.from_share_id == share.pk:
            text = _("Moved to %(name)s") % {"name": row.to_share.debtor_name}
            yield row.at, Reason(text, -row.amount, row.reason)


def _credited(share: InvoiceShare, corrections: Corrections, practice: Practice) -> Iterator[Dated]:
    for row in corrections.credits:
        if row.share_id == share.pk:
            note = row.credit_note
            text = _("Credit note %(number)s") % {"number": note.number_label}
            url = reverse("desk:credit_note_pdf", args=[note.code])
            if row.document_id is not None:
                url += f"?share={share.code}"
            yield note.issued_at, Reason(text, Money(-row.amount_minor, share.currency), note.reason, url)


def _written_off(
    share: InvoiceShare, corrections: Corrections, practice: Practice, may_correct: bool
) -> Iterator[Dated]:
    undone = {row.undoes_id for row in corrections.write_offs}
    for row in corrections.write_offs:
        if row.share_id != share.pk:
            continue
        amount = Money(-row.amount_minor, share.currency)
        if row.undoes_id is not None:
            yield row.at, Reason(_("Expected again after all"), amount, row.reason)
            continue
        can_undo = may_correct and row.pk not in undone
        undo_url = reverse("desk:write_off_undo", args=[row.code]) if can_undo else ""
        yield row.at, Reason(_("Written off"), amount, row.reason, undo_url=undo_url)
