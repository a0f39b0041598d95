# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from aftersession.countries.facts import DocumentKind, InvoiceDetail, InvoiceFacts
from aftersession.countries.registry import profile

ZA = profile("za")
COMPLETE = InvoiceFacts(
    gross_minor=5_000_01,
    is_vendor=True,
    supplier_name="Molteno Psychology",
    supplier_address="12 Molteno Road, Cape Town",
    supplier_tax_number="4123456789",
    recipient_name="Naledi Dlamini",
    recipient_address="3 Kloof Street, Cape Town",
)


@pytest.mark.parametrize(
    ("gross_minor", "detail"),
    [
        (50_00, InvoiceDetail.NONE),
        (50_01, InvoiceDetail.ABRIDGED),
        (5_000_00, InvoiceDetail.ABRIDGED),
        (5_000_01, InvoiceDetail.FULL),
    ],
)
def test_the_amount_decides_how_much_a_tax_invoice_says(gross_minor: int, detail: InvoiceDetail) -> None:
    assert ZA.invoice_detail(gross_minor, is_vendor=True) is detail


def test_who_is_no_vendor_issues_no_tax_invoice() -> None:
    assert ZA.invoice_detail(5_000_01, is_vendor=False) is InvoiceDetail.NONE
    assert ZA.document_title(DocumentKind.INVOICE, is_vendor=False) == "Invoice"


def test_a_vendor_writes_tax_invoice() -> None:
    assert ZA.document_title(DocumentKind.INVOICE, is_vendor=True) == "Tax invoice"
    assert "Tax invoice" in ZA.document_title(DocumentKind.ACCOUNT, is_vendor=True)


@pytest.mark.parametrize("kind", DocumentKind)
@pytest.mark.parametrize("is_vendor", [True, False])
def test_every_document_has_a_title(kind: DocumentKind, is_vendor: bool) -> None:
    assert ZA.document_title(kind, is_vendor=is_vendor)


@pytest.mark.parametrize(
    ("on", "rate_bp", "version"),
    [
        (date(2018, 3, 31), 1400, "za-vat-1993"),
        (date(2018, 4, 1), 1500, "za-vat-2018"),
        (date(2025, 5, 1), 1500, "za-vat-2018"),
        (date(1990, 1, 1), 0, "none"),
    ],
)
def test_the_rate_is_the_one_of_the_day(on: date, rate_bp: int, version: str) -> None:
    assert (ZA.tax_rate_bp(on), ZA.tax_policy(on).version) == (rate_bp, version)


def test_a_complete_full_invoice_misses_nothing() -> None:
    assert ZA.invoice_requirements(COMPLETE) == []


@pytest.mark.parametrize(
    ("absent", "field"),
    [
        ("supplier_name", "practice.name"),
        ("supplier_address", "practice.address"),
        ("supplier_tax_number", "practice.tax_number"),
        ("recipient_name", "recipient.name"),
        ("recipient_address", "recipient.address"),
    ],
)
def test_a_full_invoice_names_what_it_misses(absent: str, field: str) -> None:
    changes: dict[str, Any] = {absent: " "}
    found = ZA.invoice_requirements(replace(COMPLETE, **changes))
    assert [missing.field for missing in found] == [field]


def test_an_abridged_invoice_needs_no_recipient() -> None:
    facts = replace(COMPLETE, gross_minor=5_000_00, recipient_name="", recipient_address="")
    assert ZA.invoice_requirements(facts) == []


@pytest.mark.parametrize("change", [{"gross_minor": 50_00}, {"is_vendor": False}])
def test_small_amounts_and_practices_that_are_no_vendor_need_nothing(change: dict[str, Any]) -> None:
    facts = replace(InvoiceFacts(gross_minor=9_000_00, is_vendor=True), **change)
    assert ZA.invoice_requirements(facts) == []
