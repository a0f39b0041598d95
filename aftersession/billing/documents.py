# SPDX-License-Identifier: Apache-2.0
"""What billing's papers say: contexts built from an invoice as it stands, ready to be frozen."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill
from aftersession.billing.debtors import Debtor
from aftersession.billing.models import DebtorKind, Invoice, InvoiceLine
from aftersession.countries.facts import DocumentKind
from aftersession.coverage.models import Coverage
from aftersession.documents import contexts
from aftersession.patients.models import Patient
from aftersession.practices.models import Practice, Practitioner
from aftersession.scheduling.models import PaymentType

TITLES = {
    contexts.INVOICE: DocumentKind.INVOICE,
    contexts.TAX_INVOICE: DocumentKind.INVOICE,
    contexts.INSURER_ACCOUNT: DocumentKind.ACCOUNT,
    contexts.PAID_INVOICE: DocumentKind.PAID_INVOICE,
    contexts.RECEIPT: DocumentKind.RECEIPT,
}


@dataclass(frozen=True)
class People:
    """Everybody a paper names."""

    practice: Practice
    patient: Patient
    practitioner: Practitioner
    debtor: Debtor


def document_kind(invoice: Invoice) -> str:
    """Which paper this invoice is."""
    if invoice.payment_type == PaymentType.INSURANCE:
        return contexts.INSURER_ACCOUNT
    return contexts.TAX_INVOICE if invoice.is_tax_invoice else contexts.INVOICE


def title_of(kind: str, practice: Practice, *, is_vendor: bool) -> str:
    """The words at the top, as the country's law has them."""
    return str(practice.profile.document_title(TITLES[kind], is_vendor=is_vendor))


def filename_of(number_label: str, kind: str) -> str:
    """How a downloaded file is called: it names the number, never the person."""
    return f"{number_label or 'draft'}{'-paid' if kind == contexts.PAID_INVOICE else ''}.pdf"


def invoice_context(
    bill: Bill,
    people: People,
    *,
    pay_link: str = "",
    payments: Sequence[contexts.PaymentLine] = (),
    kind: str | None = None,
) -> contexts.InvoiceContext:
    """An invoice as its paper says it. `pay_link` is the code of a payment link; `kind` overrides."""
    invoice, practice = bill.invoice, people.practice
    kind = kind or document_kind(invoice)
    is_for_insurer = kind in (contexts.INSURER_ACCOUNT, contexts.PAID_INVOICE)
    shows_diagnoses = is_for_insurer or (practice.prints_diagnosis and people.patient.prints_diagnosis)
    shows_diagnoses = shows_diagnoses and not pay_link
    # What is known beforehand that the client pays. Once issued the paper stays; what moves later has its own.
    others = sum(share.amount_minor for share in bill.shares[1:])
    with translation.override(people.debtor.language):
        words = practice.profile.words
        return contexts.InvoiceContext(
            kind=kind,
            title=title_of(kind, practice, is_vendor=invoice.is_tax_invoice),
            locale=practice.locale,
            currency=invoice.currency,
            practice=practice_block(practice),
            recipient=party_of(people.debtor),
            lines=tuple(_line(line, invoice, practice, shows_diagnoses) for line in bill.lines),
            total_minor=invoice.total_minor,
            balance_minor=invoice.total_minor - others - sum(payment.amount_minor for payment in payments),
            others_minor=others,
            others_label=_others_label(bill) if others else "",
            number=invoice.number_label,
            issued_on=invoice.issued_on,
            due_on=None if kind == contexts.INSURER_ACCOUNT else invoice.due_on,
            patient=_patient_block(people),
            session=_session_block(invoice, people),
            coverage=_coverage_block(invoice, people) if is_for_insurer and invoice.coverage else None,
            diagnosis_label=capfirst(str(words.diagnosis_code)) if shows_diagnoses else "",
            discount_minor=sum(line.invoice_discount_minor for line in bill.lines),
            discount_percent=_percent(invoice.discount_kind, invoice.discount_value),
            discount_reason=invoice.discount_reason,
            tax=tax_of(invoice, [(line, line.net_minor, line.tax_minor) for line in bill.lines], practice),
            payments=tuple(payments),
            pay_link=pay_link,
            pay_reference=invoice.payment_reference,
        )


def _others_label(bill: Bill) -> str:
    return _("Client's own part") if bill.share.payer_id is not None else _("What others pay of it")


def practice_block(practice: Practice) -> contexts.PracticeBlock:
    """The head of every paper."""
    words = practice.profile.words
    numbers = (
        (words.practice_number, practice.profile.format_practice_number(practice.practice_number)),
        (words.tax_number, practice.tax_number),
    )
    bank = contexts.BankAccount(
        bank=practice.bank_name,
        account_name=practice.bank_account_name or practice.name,
        account_number=practice.bank_account_number,
        branch=f"{words.branch_code} {practice.bank_branch}" if practice.bank_branch else "",
    )
    return contexts.PracticeBlock(
        trading_name=practice.name,
        legal_name=practice.legal_name,
        address_lines=lines_of(practice.address),
        phone=practice.profile.format_phone(practice.phone),
        email=practice.email,
        numbers=tuple(_labelled(label, value) for label, value in numbers if value),
        accent_colour=practice.accent_colour,
        bank=bank if practice.bank_account_number else None,
        terms=practice.invoice_terms,
    )


def party_of(debtor: Debtor) -> contexts.Party:
    """Who is billed."""
    return contexts.Party(name=debtor.name, greeting=debtor.greeting, address_lines=lines_of(debtor.address))


def lines_of(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _labelled(label: object, value: str) -> contexts.Labelled:
    return contexts.Labelled(label=capfirst(str(label)), value=value)


def _patient_block(people: People) -> contexts.PatientBlock | None:
    if people.debtor.kind == DebtorKind.PATIENT:
        return None
    return contexts.PatientBlock(name=people.patient.full_name, born_on=people.patient.born_on)


def _session_block(invoice: Invoice, people: People) -> contexts.SessionBlock:
    words, practitioner = people.practice.profile.words, people.practitioner
    numbers = (
        (words.practice_number, people.practice.profile.format_practice_number(practitioner.practice_number)),
        (words.registration_number, practitioner.registration_number),
    )
    return contexts.SessionBlock(
        held_on=invoice.service_on,
        practitioner=practitioner.full_name,
        practitioner_numbers=tuple(_labelled(label, value) for label, value in numbers if value),
    )


def _coverage_block(invoice: Invoice, people: People) -> contexts.CoverageBlock:
    coverage, patient, words = invoice.coverage, people.patient, people.practice.profile.words
    if not isinstance(coverage, Coverage):
        raise ValueError(f"invoice {invoice.code} has no coverage")
    numbers = ((words.national_id, patient.id_number),)
    return contexts.CoverageBlock(
        label=capfirst(str(words.coverage)),
        payer=coverage.payer.name,
        member_number=coverage.member_number,
        plan=coverage.plan,
        payer_address_lines=lines_of(coverage.payer.address),
        principal_surname=coverage.principal_family_name,
        principal_initials=coverage.principal_initials,
        dependant_code=coverage.dependant_code,
        patient_surname=patient.family_name,
        patient_first_name=patient.given_names.split(" ")[0],
        patient_initials=patient.initials,
        patient_born_on=patient.born_on,
        relationship=str(coverage.get_relationship_display()),
        authorisation_number=invoice.authorisation_number,
        numbers=tuple(_labelled(label, value) for label, value in numbers if value),
    )


def _line(line: InvoiceLine, invoice: Invoice, practice: Practice, shows_diagnoses: bool) -> contexts.Line:
    own = line.unit_price_minor * line.quantity - line.discount_minor
    return contexts.Line(
        description=line.description,
        amount_minor=own,
        unit_price_minor=line.unit_price_minor,
        quantity=str(line.quantity),
        code_label=capfirst(str(practice.profile.words.procedure_code)) if line.procedure_code else "",
        code=line.procedure_code,
        service_on=line.service_on,
        discount_minor=line.discount_minor,
        discount_percent=_percent(line.discount_kind, line.discount_value),
        discount_reason=line.discount_reason,
        tax_rate=_rate(line.tax_rate_bp) if invoice.is_tax_invoice else "",
        diagnoses=tuple(each["code"] for each in invoice.diagnoses) if shows_diagnoses else (),
    )


def tax_of(
    invoice: Invoice, parts: Sequence[tuple[InvoiceLine, int, int]], practice: Practice
) -> contexts.Tax | None:
    """The tax by rate in these parts of an invoice's lines (net and tax each), highest rate first."""
    if not invoice.is_tax_invoice:
        return None
    by_rate: dict[int, tuple[int, int]] = {}
    for line, net_minor, tax_minor in sorted(parts, key=lambda part: -part[0].tax_rate_bp):
        net, tax = by_rate.get(line.tax_rate_bp, (0, 0))
        by_rate[line.tax_rate_bp] = (net + net_minor, tax + tax_minor)
    rates = tuple(
        contexts.TaxRate(rate=_rate(rate_bp), net_minor=net, tax_minor=tax)
        for rate_bp, (net, tax) in by_rate.items()
    )
    return contexts.Tax(
        name=str(practice.profile.words.tax), rates=rates, is_included=invoice.prices_include_tax
    )


def _percent(kind: str, value: int) -> str:
    return _rate(value) if kind == "percent" else ""


def _rate(basis_points: int) -> str:
    whole, rest = divmod(basis_points, 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)
