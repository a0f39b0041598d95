# SPDX-License-Identifier: Apache-2.0
"""Papers to test with, each as full as its kind can be, and ways to read what was drawn."""

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from pypdf import PdfReader

from aftersession.documents import contexts
from aftersession.documents.contexts import (
    InvoiceContext,
    Labelled,
    Line,
    PaymentLine,
    ReceiptContext,
)
from aftersession.documents.freezing import Context
from aftersession.documents.render import render_pdf

CREATED_AT = datetime(2026, 11, 18, 9, 30, tzinfo=UTC)
LINKS = {"k7q4": "https://pay.example/p/k7q4"}

PRACTICE = contexts.PracticeBlock(
    trading_name="Parker & Dlamini Psychology",
    legal_name="Parker Dlamini Inc.",
    address_lines=("14 Lower Main Road", "Observatory", "7925"),
    phone="021 555 0182",
    email="accounts@parker.example",
    numbers=(
        Labelled(label="Practice number", value="086 000 0451"),
        Labelled(label="VAT", value="4110219043"),
    ),
    bank=contexts.BankAccount(
        bank="Protea Bank",
        account_name="Parker & Dlamini",
        account_number="62 0451 88 203",
        branch="branch 250 655",
    ),
    terms="Payment is due within nine days.",
)
BONGANI = contexts.Party(
    name="Bongani Mkhize",
    greeting="Bongani",
    address_lines=("8 Station Road", "Mowbray", "7700"),
    numbers=(Labelled(label="VAT number", value="4987654321"),),
)
SESSION = contexts.SessionBlock(
    held_on=date(2026, 11, 4),
    practitioner="Dr Ayesha Parker",
    practitioner_numbers=(
        Labelled(label="Registration", value="PS 0098761"),
        Labelled(label="Practice number", value="086 000 1123"),
    ),
)
COVERAGE = contexts.CoverageBlock(
    label="Insurance",
    payer="Umhlaba Health",
    plan="Core",
    member_number="020 114 908",
    principal_surname="Mkhize",
    principal_initials="T.B.",
    dependant_code="01",
    patient_surname="Mkhize-Nkosi",
    patient_first_name="Bongani",
    patient_initials="S.",
    patient_born_on=date(1988, 3, 9),
    relationship="Spouse",
    authorisation_number="AUTH-77123",
    referral="Dr N. Naidoo",
)
THERAPY = Line(
    description="Individual therapy, 50 min",
    code_label="Tariff",
    code="86205",
    service_on=date(2026, 11, 4),
    unit_price_minor=95000,
    amount_minor=95000,
)
TRANSFER = PaymentLine(
    received_on=date(2026, 11, 20), method="transfer", reference="K7Q3-0442K", amount_minor=95000
)


def invoice(**changes: Any) -> InvoiceContext:
    """An invoice for one session with a payment link; other fields as keywords."""
    plain: dict[str, Any] = {
        "kind": contexts.INVOICE,
        "title": "Invoice",
        "locale": "en_GB",
        "currency": "GBP",
        "practice": PRACTICE,
        "recipient": BONGANI,
        "number": "INV-000442",
        "issued_on": date(2026, 11, 18),
        "due_on": date(2026, 11, 27),
        "session": SESSION,
        "lines": (THERAPY,),
        "total_minor": 95000,
        "balance_minor": 95000,
        "pay_link": "k7q4",
        "pay_reference": "K7Q3-0442K",
    }
    return InvoiceContext(**plain | changes)


def tax_invoice() -> InvoiceContext:
    """Two lines and both kinds of discount: 855.00 + 50.00 less 5.00, of which 850.00 is taxed at 15 percent."""
    lines = (
        replace(
            THERAPY,
            amount_minor=85500,
            discount_minor=9500,
            discount_percent="10",
            discount_reason="sibling",
            tax_rate="15",
        ),
        Line(description="Workbook", quantity="2.5", unit_price_minor=2000, amount_minor=5000, tax_rate="0"),
    )
    rates = (
        contexts.TaxRate(rate="15", net_minor=73913, tax_minor=11087),
        contexts.TaxRate(rate="0", net_minor=5000, tax_minor=0),
    )
    return invoice(
        kind=contexts.TAX_INVOICE,
        title="Tax invoice",
        lines=lines,
        discount_minor=500,
        discount_reason="goodwill",
        tax=contexts.Tax(name="VAT", rates=rates),
        total_minor=90000,
        balance_minor=90000,
    )


def insurer_account(**changes: Any) -> InvoiceContext:
    """Everything an insurer asks for."""
    report = replace(THERAPY, description="Report", code="86290", amount_minor=27500, unit_price_minor=27500)
    plain: dict[str, Any] = {
        "kind": contexts.INSURER_ACCOUNT,
        "title": "Account",
        "coverage": COVERAGE,
        "patient": contexts.PatientBlock(
            name="Bongani Mkhize", numbers=(Labelled(label="ID number", value="8803095800081"),)
        ),
        "diagnosis_label": "ICD-10",
        "lines": (replace(THERAPY, diagnoses=("F41.1", "F32.1")), replace(report, diagnoses=("F41.1",))),
        "total_minor": 122500,
        "balance_minor": 122500,
        "pay_link": "",
        "due_on": None,
    }
    return invoice(**plain | changes)


def paid_invoice() -> InvoiceContext:
    """The same for the member to claim with: paid by card."""
    payment = replace(TRANSFER, method="card machine", reference="TXN 8812", amount_minor=122500)
    return insurer_account(
        kind=contexts.PAID_INVOICE, title="Paid invoice", payments=(payment,), balance_minor=0
    )


def receipt(**changes: Any) -> ReceiptContext:
    """Part of an invoice paid by transfer, 350.00 left."""
    settled = contexts.Settled(
        number="INV-000442",
        description="Individual therapy, 50 min",
        total_minor=95000,
        applied_minor=60000,
        balance_minor=35000,
    )
    plain: dict[str, Any] = {
        "title": "Receipt",
        "number": "RCT-000101",
        "issued_on": date(2026, 11, 20),
        "locale": "en_GB",
        "currency": "GBP",
        "practice": PRACTICE,
        "received_from": BONGANI,
        "payment": replace(TRANSFER, amount_minor=60000),
        "settles": (settled,),
        "balance_minor": 35000,
    }
    return ReceiptContext(**plain | changes)


EVERY_KIND: tuple[Context, ...] = (
    invoice(),
    tax_invoice(),
    insurer_account(),
    paid_invoice(),
    receipt(),
)


def pdf(context: Context) -> PdfReader:
    """The drawn document, opened."""
    rendered = render_pdf(context, links=LINKS, created_at=CREATED_AT)
    return PdfReader(io.BytesIO(rendered.content))


def words(context: Context) -> str:
    """All its text, blanks folded and invisible breaks removed."""
    text = " ".join(page.extract_text() for page in pdf(context).pages)
    return " ".join(text.replace("\u200b", "").split())
