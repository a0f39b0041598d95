# SPDX-License-Identifier: Apache-2.0
"""What one line of text may mean: a client, their sessions, an invoice by number, reference or amount."""

from collections.abc import Sequence
from dataclasses import dataclass

from aftersession.billing.lists import Choice
from aftersession.billing.models import Invoice
from aftersession.billing.queries import visible_invoices
from aftersession.desk.billing.rows import InvoiceRow, page_of_rows, rows_of
from aftersession.lib.money import MoneyInput, parse
from aftersession.patients.models import Patient
from aftersession.patients.queries import list_patients
from aftersession.practices.models import Member
from aftersession.scheduling.lists import visible_appointments
from aftersession.scheduling.models import Attendee
from aftersession.scheduling.queries import AppointmentRow, rows_for

SHOWN = 8
LOOKED_AT = 5000
"""Among how many of the newest invoices an amount is looked for: amounts have no index."""


@dataclass(frozen=True)
class Results:
    """What was found, a few of each kind."""

    clients: Sequence[Patient] = ()
    has_more_clients: bool = False
    invoices: Sequence[InvoiceRow] = ()
    appointments: Sequence[AppointmentRow] = ()

    @property
    def is_empty(self) -> bool:
        return not (self.clients or self.invoices or self.appointments)


def search(member: Member, text: str) -> Results:
    """Everything this member may see that the text may mean. A fixed number of queries."""
    if not text:
        return Results()
    page = list_patients(member, words=text, size=SHOWN)
    return Results(
        clients=page.patients,
        has_more_clients=bool(page.after),
        invoices=_invoices(member, text),
        appointments=_appointments(member, page.patients),
    )


def _invoices(member: Member, text: str) -> list[InvoiceRow]:
    found = page_of_rows(member, Choice(search=text), size=SHOWN).rows
    known = {row.code for row in found}
    more = [each for each in _of_amount(member, text) if each.code not in known]
    return [*found, *rows_of(member.practice, more)][:SHOWN] if more else found


def _of_amount(member: Member, text: str) -> list[Invoice]:
    """The newest invoices that come to this amount, if it is one."""
    practice = member.practice
    try:
        amount = parse(text, practice.currency, practice.locale)
    except MoneyInput:
        return []
    newest = visible_invoices(member).order_by("-pk").values("pk")[:LOOKED_AT]
    rows = visible_invoices(member).filter(pk__in=newest, total_minor=amount.minor, currency=amount.currency)
    return list(rows.select_related("patient", "practitioner").order_by("-pk")[:SHOWN])


def _appointments(member: Member, patients: Sequence[Patient]) -> list[AppointmentRow]:
    # A condition, no join: a join would sort every session of theirs, with all its columns, to drop doubles.
    theirs = Attendee.objects.filter(patient__in=[each.pk for each in patients]).values("appointment")
    rows = visible_appointments(member).filter(pk__in=theirs).select_related("practitioner")
    return rows_for(member, list(rows.order_by("-starts_at", "-id")[:SHOWN]))
