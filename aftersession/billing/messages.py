# SPDX-License-Identifier: Apache-2.0
"""Letters about invoices: plain words, no health data, nothing but the number in the subject."""

from collections.abc import Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.billing.models import Invoice
from aftersession.lib.days import format_day
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import Letter
from aftersession.practices.models import Practice


def letter_to(
    debtor: Debtor,
    *,
    kind: str,
    dedupe_key: str,
    subject: str,
    parts: Sequence[str],
    about_kind: str,
    about_code: str,
    patient_code: str,
    document_codes: tuple[str, ...] = (),
) -> Letter:
    """A letter to whoever owes or pays, at their address and in their language; `parts` are its paragraphs."""
    return Letter(
        kind=kind,
        dedupe_key=dedupe_key,
        to_name=debtor.name,
        to_address=debtor.email,
        recipient=debtor.ref,
        subject=subject,
        body="\n\n".join(parts) + "\n",
        about_kind=about_kind,
        about_code=about_code,
        patient_code=patient_code,
        language=debtor.language,
        document_codes=document_codes,
    )


def invoice_letter(
    invoice: Invoice,
    debtor: Debtor,
    practice: Practice,
    *,
    link_code: str = "",
    again: int = 0,
    open_minor: int | None = None,
) -> Letter:
    """The invoice to whoever owes it, with the pay page where there is one. `again` counts resends.

    `open_minor` is what is still owed of it, where that may be less than all.
    """
    owed = Money(invoice.total_minor if open_minor is None else open_minor, invoice.currency)
    with translation.override(debtor.language):
        parts = [greeting(debtor), _what_to_pay(invoice, owed, practice)]
        if link_code:
            parts.append(_("Pay online, or see what is still open:") + f"\n{{{{link:{link_code}}}}}")
        if not owed.is_zero:
            parts += bank_details(invoice, practice)
        parts += closing(practice)
        subject = _("Invoice %(number)s from %(practice)s") % _names(invoice, practice)
    suffix = f":{again}" if again else ""
    return _letter("invoice", f"invoice:{invoice.code}{suffix}", invoice, debtor, subject, parts)


def void_letter(invoice: Invoice, debtor: Debtor, practice: Practice) -> Letter:
    """To whoever received an invoice that no longer stands."""
    with translation.override(debtor.language):
        parts = [
            greeting(debtor),
            _("%(number)s has been cancelled. Nothing is owed on it; please do not pay it any more.")
            % {"number": invoice.number_label},
            *closing(practice),
        ]
        subject = _("Invoice %(number)s from %(practice)s is cancelled") % _names(invoice, practice)
    return _letter(
        "void", f"void:{invoice.code}:{debtor.ref}", invoice, debtor, subject, parts, with_document=False
    )


def account_letter(
    invoice: Invoice, debtor: Debtor, practice: Practice, *, nth: int, owed: Money | None = None
) -> Letter:
    """The account to the insurer, for its nth submission. `owed`: its part, where the client pays some of it."""
    with translation.override(practice.language):
        number = practice.profile.format_practice_number(practice.practice_number)
        parts = [
            _("Good day,"),
            _("Account %(number)s for %(total)s is attached.")
            % {"number": invoice.number_label, "total": format_money(owed or invoice.total, practice.locale)},
            _("Please pay the practice and quote %(reference)s.") % {"reference": invoice.payment_reference},
            *bank_details(invoice, practice),
            *closing(practice),
        ]
        subject = _("Account %(number)s from %(practice)s") % _names(invoice, practice)
        if number:
            subject += f", {number}"
    return _letter("account", f"account:{invoice.code}:{nth}", invoice, debtor, subject, parts)


def _letter(
    kind: str,
    dedupe_key: str,
    invoice: Invoice,
    debtor: Debtor,
    subject: str,
    parts: list[str],
    *,
    with_document: bool = True,
) -> Letter:
    return letter_to(
        debtor,
        kind=kind,
        dedupe_key=dedupe_key,
        subject=subject,
        parts=parts,
        about_kind="invoice",
        about_code=invoice.code,
        patient_code=invoice.patient.code,
        document_codes=(invoice.document.code,) if with_document and invoice.document else (),
    )


def _what_to_pay(invoice: Invoice, owed: Money, practice: Practice) -> str:
    facts = {
        "number": invoice.number_label,
        "total": format_money(invoice.total, practice.locale),
        "owed": format_money(owed, practice.locale),
        "day": format_day(invoice.due_on, practice.locale),
    }
    if owed.is_zero:
        return _("Invoice %(number)s for %(total)s is attached. Nothing is open on it.") % facts
    if owed.minor < invoice.total_minor:
        return (
            _("Invoice %(number)s for %(total)s is attached. Please pay the open %(owed)s by %(day)s.")
            % facts
        )
    return _("Invoice %(number)s for %(total)s is attached. Please pay it by %(day)s.") % facts


def greeting(debtor: Debtor) -> str:
    """How a letter begins."""
    return _("Dear %(name)s,") % {"name": debtor.greeting}


def bank_details(invoice: Invoice, practice: Practice) -> list[str]:
    """How to pay by transfer and under which reference; nothing where the practice gives no account."""
    if not practice.bank_account_number:
        return []
    rows = [
        _("By transfer: %(bank)s, account %(account)s (%(holder)s)")
        % {
            "bank": practice.bank_name,
            "account": practice.bank_account_number,
            "holder": practice.bank_account_name or practice.name,
        },
        _("Reference: %(reference)s") % {"reference": invoice.payment_reference},
    ]
    return ["\n".join(rows)]


def closing(practice: Practice) -> list[str]:
    """How a letter ends: where to ask, and who writes."""
    reach = ", ".join(
        part for part in (practice.email, practice.profile.format_phone(practice.phone)) if part
    )
    question = _("Something not right? %(reach)s") % {"reach": reach} if reach else ""
    return [part for part in (question, practice.name) if part]


def _names(invoice: Invoice, practice: Practice) -> dict[str, str]:
    return {"number": invoice.number_label, "practice": practice.name}
