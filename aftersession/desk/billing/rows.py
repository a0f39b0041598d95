# SPDX-License-Identifier: Apache-2.0
"""Invoices as lists show them: the label out of billing, messages, claims and payments at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.billing.labels import Delivery, Label, Standing, label_of
from aftersession.billing.lists import Choice, list_invoices
from aftersession.billing.models import DebtorKind, Invoice, InvoiceShare, InvoiceState
from aftersession.billing.queries import deliveries_of, shares_of, visible_invoices
from aftersession.claims.queries import claim_facts, late_share
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.lib.paging import PAGE_SIZE
from aftersession.patients.models import Patient
from aftersession.payments.queries import unused_by_invoice
from aftersession.practices.models import Member, Practice
from aftersession.ui.formats import short_day


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceRow:
    """One invoice as a list shows it."""

    code: str
    number: str
    service_on: date
    client: str
    billed_to: str
    practitioner: str
    label: Label
    next: str
    amount: Money
    owed: Money
    can_be_paid: bool


@dataclass(frozen=True)
class RowPage:
    """One page of rows with the codes that its neighbours begin after or end before."""

    rows: list[InvoiceRow]
    after: str
    before: str


def page_of_rows(member: Member, choice: Choice, *, size: int = PAGE_SIZE) -> RowPage:
    """A page of the chosen tab. Five queries (six from the second page on), however many rows."""
    page = list_invoices(member, choice, late=late_share(member.practice), size=size)
    return RowPage(rows_of(member.practice, page.invoices), page.after, page.before)


def invoice_rows_of_patient(member: Member, patient: Patient, limit: int = 10) -> list[InvoiceRow]:
    """The newest invoices for a patient that the member may see. Five queries."""
    invoices = visible_invoices(member).filter(patient=patient).exclude(state=InvoiceState.DISCARDED)
    newest = invoices.select_related("patient", "practitioner").order_by("-pk")[:limit]
    return rows_of(member.practice, list(newest))


def rows_of(practice: Practice, invoices: Sequence[Invoice]) -> list[InvoiceRow]:
    """Rows for invoices that came with their patient and practitioner. Four queries, however many."""
    shares = shares_of(invoices)
    standings = standings_of(practice, invoices, shares)
    return [_row(practice, each, shares.get(each.pk, []), standings[each.pk]) for each in invoices]


def standings_of(
    practice: Practice,
    invoices: Sequence[Invoice],
    shares: dict[int, list[InvoiceShare]],
) -> dict[int, Standing]:
    """What labels depend on, by invoice key."""
    if not invoices:
        return {}
    deliveries, claims = deliveries_of(invoices), claim_facts(practice, invoices)
    unused, today = unused_by_invoice(practice, invoices), clock.today(practice.time_zone)
    found = {}
    for invoice in invoices:
        parts = shares.get(invoice.pk, [])
        insured = [part for part in parts if part.debtor_kind == DebtorKind.PAYER]
        found[invoice.pk] = Standing(
            state=invoice.state,
            today=today,
            due_on=_earliest(invoice, [part for part in parts if part not in insured]),
            client_open_minor=sum(part.open_minor for part in parts if part not in insured),
            payer_open_minor=sum(part.open_minor for part in insured),
            allocated_minor=sum(part.allocated_minor for part in parts),
            client_allocated_minor=sum(part.allocated_minor for part in parts if part not in insured)
            if insured
            else 0,
            credited_minor=sum(part.credited_minor for part in parts),
            written_off_minor=sum(part.written_off_minor for part in parts),
            credit_minor=unused.get(invoice.pk, 0),
            has_payer=bool(insured),
            is_superseded=invoice.superseded_at is not None,
            delivery=deliveries.get(invoice.code, Delivery.NONE),
            claim=claims.get(invoice.pk),
        )
    return found


def _earliest(invoice: Invoice, parts: Sequence[InvoiceShare]) -> date | None:
    """The first day by which one of these people is to pay what they owe, else the invoice's own."""
    days = [part.due_on or invoice.due_on for part in parts if part.open_minor > 0]
    return min((day for day in days if day), default=invoice.due_on)


def _row(
    practice: Practice, invoice: Invoice, shares: Sequence[InvoiceShare], standing: Standing
) -> InvoiceRow:
    is_owed = invoice.state in (InvoiceState.DRAFT, InvoiceState.ISSUED)
    return InvoiceRow(
        code=invoice.code,
        number=invoice.number_label,
        service_on=invoice.service_on,
        client=invoice.patient.full_name,
        billed_to=", ".join(_debtor(share) for share in shares if share.due_minor or len(shares) == 1),
        practitioner=invoice.practitioner.short_name,
        label=label_of(standing),
        next=_next(standing, practice),
        amount=invoice.total,
        owed=Money(standing.open_minor if is_owed else 0, invoice.currency),
        can_be_paid=invoice.state == InvoiceState.ISSUED and standing.open_minor > 0,
    )


def _debtor(share: InvoiceShare) -> str:
    return _("Client") if share.debtor_kind == DebtorKind.PATIENT else share.debtor_name


def _next(standing: Standing, practice: Practice) -> str:
    """What comes next for it, in a few words: the day that counts, or what stands in the way."""
    if standing.state == InvoiceState.DRAFT:
        return _("Not issued yet")
    if standing.state != InvoiceState.ISSUED:
        return ""
    if standing.open_minor == 0:
        return _("Money is left over") if standing.credit_minor else ""
    if standing.delivery == Delivery.FAILED and not standing.payer_open_minor:
        return _("The e-mail did not leave")
    if standing.payer_open_minor:
        return _next_of_claim(standing, practice)
    if standing.due_on is None:
        return ""
    late = (standing.today - standing.due_on).days
    if late > 0:
        return ngettext("%(days)d day late", "%(days)d days late", late) % {"days": late}
    return _("Due %(day)s") % {"day": _day(standing.due_on, practice)}


def _next_of_claim(standing: Standing, practice: Practice) -> str:
    claim = standing.claim
    if claim is None or claim.due_on is None:
        return ""
    if claim.is_submitted:
        text = _("Answer was due %(day)s") if claim.is_late else _("Answer by %(day)s")
    else:
        text = _("Could be sent until %(day)s") if claim.is_late else _("Send by %(day)s")
    return text % {"day": _day(claim.due_on, practice)}


def _day(day: date, practice: Practice) -> str:
    return short_day(day, practice.locale, practice.time_zone)
