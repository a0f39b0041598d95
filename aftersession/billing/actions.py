# SPDX-License-Identifier: Apache-2.0
"""Writes to invoices. Plain functions inside the caller's transaction; workflows own it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.billing.models import Invoice, InvoiceLine, InvoiceShare, InvoiceState
from aftersession.billing.numbers import INVOICES, take_number
from aftersession.billing.pricing import Discount, Priced, TaxTerms
from aftersession.billing.shares import receivable_side
from aftersession.coverage.models import Coverage
from aftersession.documents.models import Document
from aftersession.encounters.models import Encounter
from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.lib.references import new_reference
from aftersession.patients.models import Patient
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practice, Practitioner

WRITTEN_BY_ISSUING = ("number", "issued_at", "issued_on", "due_on", "payment_reference", "document")


@dataclass(frozen=True)
class DiagnosisInput:
    """A diagnosis as chosen: its code system, code and title at that time."""

    system: str
    code: str
    title: str


@dataclass(frozen=True)
class PartInput:
    """What somebody beside the first debtor owes of an invoice, in minor units, and the field it is typed in."""

    debtor: Debtor
    amount_minor: int
    field: str = "co_payment"


@dataclass(frozen=True, kw_only=True)
class BillInput:
    """Everything an invoice is made of, before it is one.

    `parts` are what others owe of the total; the rest is the debtor's.
    """

    payment_type: str
    patient: Patient
    practitioner: Practitioner
    debtor: Debtor
    parts: Sequence[PartInput] = ()
    service_on: date
    priced: Priced
    discount: Discount | None
    tax: TaxTerms
    diagnoses: tuple[DiagnosisInput, ...]
    encounter: Encounter | None = None
    coverage: Coverage | None = None
    authorisation_number: str = ""
    template: str = "standard"
    corrects: Invoice | None = None


@dataclass
class Bill:
    """An invoice in hand with its lines and its shares, in order."""

    invoice: Invoice
    lines: list[InvoiceLine]
    shares: list[InvoiceShare]

    @property
    def share(self) -> InvoiceShare:
        """The share the invoice was billed to first: the only one, unless it is split."""
        return self.shares[0]


def tax_terms(practice: Practice, on: date) -> TaxTerms:
    """The tax a practice charges on a supply of this day: none unless it is registered for it."""
    if not practice.is_tax_vendor_on(on):
        return TaxTerms()
    policy = practice.profile.tax_policy(on)
    return TaxTerms(policy.rate_bp, policy.version, practice.prices_include_tax)


def draft_invoice(bill: BillInput, *, actor: Actor) -> Bill:
    """Write an invoice without a number, its lines and its shares. Raises BadInput for a part above the whole."""
    invoice = Invoice.objects.create(
        practice=actor.practice,
        payment_type=bill.payment_type,
        encounter=bill.encounter,
        patient=bill.patient,
        practitioner=bill.practitioner,
        coverage=bill.coverage,
        authorisation_number=bill.authorisation_number,
        currency=actor.practice.currency,
        discount_kind=bill.discount.kind if bill.discount else "",
        discount_value=bill.discount.value if bill.discount else 0,
        discount_reason=bill.discount.reason if bill.discount else "",
        net_minor=bill.priced.net_minor,
        tax_minor=bill.priced.tax_minor,
        total_minor=bill.priced.total_minor,
        is_tax_invoice=bill.tax.is_charged,
        prices_include_tax=bill.tax.is_included,
        tax_policy=bill.tax.policy,
        diagnoses=[{"system": d.system, "code": d.code, "title": d.title} for d in bill.diagnoses],
        service_on=bill.service_on,
        template=bill.template,
        corrects=bill.corrects,
        created_at=clock.now(),
        created_by=actor.label,
    )
    lines = InvoiceLine.objects.bulk_create(_lines(invoice, bill))
    shares = InvoiceShare.objects.bulk_create(_shares(invoice, bill))
    return Bill(invoice, lines, shares)


def _shares(invoice: Invoice, bill: BillInput) -> list[InvoiceShare]:
    rest_minor = invoice.total_minor - sum(part.amount_minor for part in bill.parts)
    for part in bill.parts:
        if part.amount_minor <= 0 or rest_minor <= 0:
            raise BadInput(_("The part must be above nothing and below the whole bill."), field=part.field)
    owed = [(bill.debtor, rest_minor), *((part.debtor, part.amount_minor) for part in bill.parts)]
    return [new_share(invoice, debtor, position, minor) for position, (debtor, minor) in enumerate(owed, 1)]


def new_share(invoice: Invoice, debtor: Debtor, position: int, amount_minor: int) -> InvoiceShare:
    """A share to be written: what one debtor owes of an invoice, in its currency."""
    return InvoiceShare(
        practice=invoice.practice,
        invoice=invoice,
        position=position,
        debtor_kind=debtor.kind,
        patient=debtor.patient,
        guarantor=debtor.guarantor,
        payer=debtor.payer,
        account=invoice.patient,
        debtor_name=debtor.name,
        currency=invoice.currency,
        amount_minor=amount_minor,
    )


def _lines(invoice: Invoice, bill: BillInput) -> list[InvoiceLine]:
    return [
        InvoiceLine(
            practice=invoice.practice,
            invoice=invoice,
            position=position,
            description=line.given.description,
            procedure_code=line.given.procedure_code,
            service_on=bill.service_on,
            quantity=line.given.quantity,
            unit_price_minor=line.given.unit_price_minor,
            discount_kind=line.given.discount.kind if line.given.discount else "",
            discount_value=line.given.discount.value if line.given.discount else 0,
            discount_reason=line.given.discount.reason if line.given.discount else "",
            discount_minor=line.discount_minor,
            invoice_discount_minor=line.invoice_discount_minor,
            tax_treatment=line.given.tax_treatment,
            tax_rate_bp=line.tax_rate_bp,
            net_minor=line.net_minor,
            tax_minor=line.tax_minor,
            gross_minor=line.gross_minor,
        )
        for position, line in enumerate(bill.priced.lines, 1)
    ]


def number_invoice(invoice: Invoice, *, actor: Actor) -> None:
    """Give a draft its number, days and payment reference, in memory: `issue_invoice` writes them.

    Locks the series until commit: everything that can be done before should have been.
    """
    if invoice.state != InvoiceState.DRAFT:
        raise not_a_draft()
    invoice.number = take_number(actor.practice, INVOICES)
    invoice.issued_at = clock.now()
    invoice.issued_on = clock.today(actor.practice.time_zone)
    invoice.due_on = invoice.issued_on + timedelta(days=actor.practice.payment_days)
    invoice.payment_reference = new_reference(actor.practice.reference_key, invoice.number)


def issue_invoice(invoice: Invoice, document: Document) -> None:
    """Move a numbered draft to issued, by compare-and-set. From here nothing on it changes."""
    invoice.document = document
    written = {name: getattr(invoice, name) for name in WRITTEN_BY_ISSUING}
    moved = Invoice.objects.filter(pk=invoice.pk, state=InvoiceState.DRAFT).update(
        state=InvoiceState.ISSUED, **written
    )
    if moved != 1:
        raise not_a_draft()
    invoice.state = InvoiceState.ISSUED


def issue_posting(bill: Bill, patient: Patient) -> Posting:
    """What issuing means in the books: the debtors owe, the practice has earned, the tax is due."""
    invoice, share = bill.invoice, bill.share
    return Posting(
        "invoice_issued",
        invoice.currency,
        (
            *(receivable_side(each, each.due_minor, patient) for each in bill.shares),
            Side(Account.INCOME, -invoice.net_minor, share.code, patient_code=patient.code),
            Side(Account.TAX_OUTPUT, -invoice.tax_minor, share.code, patient_code=patient.code),
        ),
        source_code=invoice.code,
    )


def lock_invoice(invoice: Invoice) -> None:
    """Hold an invoice's shares until commit and read it afresh: paying and voiding take turns."""
    list(InvoiceShare.objects.select_for_update().filter(invoice=invoice).values_list("pk"))
    known = invoice.state
    invoice.refresh_from_db(fields=["state", "superseded_at"])
    if invoice.state != known:
        invoice.refresh_from_db(fields=WRITTEN_BY_ISSUING)


def void_invoice(invoice: Invoice, *, reason: str) -> None:
    """Move an issued invoice to void, by compare-and-set. The number stays in the books.

    Raises InvalidTransition when it is not issued, or when money settles a part of it.
    """
    moved = (
        Invoice.objects.filter(pk=invoice.pk, state=InvoiceState.ISSUED)
        .exclude(shares__allocated_minor__gt=0)
        .exclude(shares__credited_minor__gt=0)
        .exclude(shares__written_off_minor__gt=0)
        .exclude(superseded_at__isnull=False)
        .update(state=InvoiceState.VOID, voided_at=clock.now(), void_reason=reason)
    )
    if moved != 1:
        invoice.refresh_from_db(fields=["state", "superseded_at"])
        if invoice.state == InvoiceState.ISSUED:
            raise InvalidTransition(_why_not_void(invoice) % {"number": invoice.number_label})
        raise InvalidTransition(_("%(number)s is not open any more.") % {"number": invoice.number_label})
    invoice.state = InvoiceState.VOID


def _why_not_void(invoice: Invoice) -> str:
    if invoice.superseded_at is not None:
        return _("%(number)s has been corrected: its successor stands in its place.")
    if invoice.shares.filter(allocated_minor__gt=0).exists():
        return _("%(number)s has been paid in part or in full. Reverse the payment first.")
    return _("%(number)s is credited or written off in part. Take the rest back with a credit note.")


def supersede(invoice: Invoice) -> None:
    """Mark an issued invoice as replaced by a corrected one, by compare-and-set. Its session may be billed again."""
    now = clock.now()
    rows = Invoice.objects.filter(pk=invoice.pk, state=InvoiceState.ISSUED, superseded_at=None)
    if rows.update(superseded_at=now) != 1:
        raise InvalidTransition(_("%(number)s is not open any more.") % {"number": invoice.number_label})
    invoice.superseded_at = now


def discard_draft(invoice: Invoice) -> None:
    """Put a draft away, by compare-and-set. It had no number; it leaves no gap."""
    moved = Invoice.objects.filter(pk=invoice.pk, state=InvoiceState.DRAFT).update(
        state=InvoiceState.DISCARDED
    )
    if moved != 1:
        raise not_a_draft()
    invoice.state = InvoiceState.DISCARDED


def tax_shares(lines: Sequence[InvoiceLine]) -> dict[int, tuple[int, int]]:
    """Net and tax by rate in basis points, highest first."""
    totals: dict[int, tuple[int, int]] = {}
    for line in sorted(lines, key=lambda each: -each.tax_rate_bp):
        net, tax = totals.get(line.tax_rate_bp, (0, 0))
        totals[line.tax_rate_bp] = (net + line.net_minor, tax + line.tax_minor)
    return totals


def not_a_draft() -> InvalidTransition:
    """What to raise for a draft that is none any more."""
    return InvalidTransition(_("This draft has already been finalised or discarded. Nothing was changed."))
