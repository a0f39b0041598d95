# SPDX-License-Identifier: Apache-2.0
"""What the pages of accounts say and link to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor, guarantor_debtor, patient_debtor
from aftersession.lib.csv_files import Cell, write_csv
from aftersession.lib.money import Money, format_money
from aftersession.patients.models import Patient
from aftersession.practices.models import Practice
from aftersession.statements.balances import Balance
from aftersession.statements.wording import Told

ROUTES = {"invoice": "desk:invoice_detail", "payment": "desk:payment_detail"}


@dataclass(frozen=True)
class Row:
    """One thing that happened, with where to read more of it."""

    told: Told
    url: str

    @property
    def note(self) -> str:
        return ", ".join(part for part in (*self.told.details, self.told.reason) if part)


@dataclass(frozen=True)
class PartLink:
    """One of the parts of an account, as a tab."""

    label: str
    url: str
    is_current: bool
    count: int | None = None


def rows_of(told: Iterable[Told]) -> list[Row]:
    """Sentences with their links."""
    return [
        Row(each, reverse(ROUTES[each.about], args=[each.about_code]) if each.about else "") for each in told
    ]


def balance_lead(name: str, balance: Balance, practice: Practice) -> SafeString:
    """What is owed on an account, and what is unused."""
    facts = {
        "name": name,
        "owed": format_money(balance.owed, practice.locale),
        "unused": format_money(balance.unused, practice.locale),
    }
    if balance.owed.is_zero and balance.unused.is_zero:
        text = _("Nothing is owed on the account of <b>{name}</b>.")
    elif balance.unused.is_zero:
        text = _('<b class="nw">{owed}</b> is owed on the account of <b>{name}</b>.')
    elif balance.owed.is_zero:
        text = _('<b>{name}</b> has <b class="nw">{unused}</b> in credit. Nothing is owed.')
    else:
        text = _(
            '<b class="nw">{owed}</b> is owed on the account of <b>{name}</b>, '
            'and <b class="nw">{unused}</b> came in and is not used yet.'
        )
    return format_html(text, **facts)


def payer_lead(name: str, balance: Balance, practice: Practice) -> SafeString:
    """What an insurer owes."""
    facts = {"name": name, "owed": format_money(balance.owed, practice.locale)}
    if balance.owed.is_zero:
        return format_html(_("<b>{name}</b> owes nothing."), **facts)
    return format_html(_('<b>{name}</b> owes <b class="nw">{owed}</b>.'), **facts)


def balance_stats(balance: Balance, practice: Practice) -> list[dict[str, str]]:
    """The figures that make the balance."""
    figures: Sequence[tuple[str, Money]] = (
        (_("Owed"), balance.owed),
        (_("In credit, not used"), balance.unused),
        (_("On its way back"), balance.returning),
        (_("Balance"), balance.total),
    )
    return [
        {"label": label, "value": format_money(amount, practice.locale)}
        for label, amount in figures
        if label != _("On its way back") or not amount.is_zero
    ]


def reader_of(patient: Patient, practice: Practice) -> Debtor:
    """Whoever gets a client's papers. A child's account without a responsible person is in its own name."""
    if patient.guarantor is not None:
        return guarantor_debtor(patient.guarantor, practice)
    return patient_debtor(patient, practice)


def file_response(content: bytes, filename: str, content_type: str) -> HttpResponse:
    """A file made for this moment: always a download."""
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def csv_response(filename: str, table: tuple[Sequence[str], Iterable[Sequence[Cell]]]) -> HttpResponse:
    """A table as a CSV file to download."""
    header, rows = table
    return file_response(write_csv(header, rows), filename, "text/csv; charset=utf-8")
