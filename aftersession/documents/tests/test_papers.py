# SPDX-License-Identifier: Apache-2.0
"""What each kind of document says, read back from the PDF."""

from dataclasses import replace
from datetime import date

import pytest
from django.utils import translation

from aftersession.documents import contexts
from aftersession.documents.contexts import Note, PatientBlock
from aftersession.documents.frozen import BadContext
from aftersession.documents.render import render_pdf
from aftersession.documents.tests import samples
from aftersession.documents.tests.samples import words


def assert_says(text: str, *parts: str) -> None:
    assert [part for part in parts if part not in text] == []


def test_an_invoice_opens_with_what_is_owed_and_ends_with_how_to_pay() -> None:
    assert_says(
        words(samples.invoice()),
        "Parker & Dlamini Psychology Parker Dlamini Inc. 14 Lower Main Road, Observatory, 7925",
        "Practice number 086 000 0451",
        "accounts@parker.example, 021 555 0182",
        "Invoice INV-000442 Issued 18 November 2026 Due 27 November 2026",
        "Bongani, you owe £950.00 by Friday 27 November.",
        "For Bongani Mkhize 8 Station Road, Mowbray, 7700",
        "Session Wednesday 4 November 2026 with Dr Ayesha Parker",
        "Individual therapy, 50 min Tariff 86205 1 £950.00 £950.00",
        "You owe £950.00",
        "Scan the code, or open pay.example/p/k7q4. Or transfer the amount",
        "Reference Account K7Q3-0442K 62 0451 88 203 Protea Bank, branch 250 655, Parker & Dlamini",
        "Terms Payment is due within nine days.",
        "Page 1 of 1",
    )


def test_a_tax_invoice_shows_value_tax_and_total() -> None:
    assert_says(
        words(samples.tax_invoice()),
        "Tax invoice INV-000442",
        "VAT 4110219043",
        "VAT number 4987654321",
        "Service Quantity Price VAT Amount",
        "Discount 10%, sibling: −£95.00 1 £950.00 15% £855.00",
        "Workbook 2.5 £20.00 0% £50.00",
        "Subtotal £905.00 Discount, goodwill −£5.00",
        "Before VAT at 15% £739.13 VAT at 15% £110.87",
        "Total with VAT £900.00 You owe £900.00",
    )


def test_an_insurers_account_has_every_item_of_the_regulation() -> None:
    text = words(samples.insurer_account())
    assert_says(
        text,
        "Umhlaba Health, please pay £1,225.00 to Parker & Dlamini Psychology for Bongani Mkhize.",
        "Insurance Umhlaba Health Core",
        "Main member Mkhize T.B. Membership number 020 114 908 Dependant code 01 Relationship Spouse",
        "Patient, as on the card Mkhize-Nkosi, Bongani S. Born 9 March 1988 ID number 8803095800081",
        "Practice number 086 000 0451",
        "Treated by Dr Ayesha Parker Registration PS 0098761 Practice number 086 000 1123",
        "Date of service 4 November 2026 Authorisation AUTH-77123 Referred by Dr N. Naidoo",
        "Date Tariff Service ICD-10 Quantity Price Amount",
        "4 Nov 2026 86205 Individual therapy, 50 min F41.1, F32.1 1 £950.00 £950.00",
        "4 Nov 2026 86290 Report F41.1 1 £275.00 £275.00",
        "Please pay £1,225.00",
    )
    assert "Terms" not in text


def test_a_paid_invoice_carries_the_payment_and_the_word() -> None:
    text = words(samples.paid_invoice())
    assert_says(
        text,
        "Paid invoice INV-000442 Issued 18 November 2026 PAID",
        "Bongani, £1,225.00 is paid in full. Send this to Umhlaba Health to claim it back.",
        "Membership number 020 114 908",
        "F41.1, F32.1",
        "Paid, 20 November 2026, card machine, TXN 8812 −£1,225.00",
        "Left to pay £0.00",
    )
    assert "How to pay" not in text


def test_a_receipt_says_who_paid_what_when_and_what_is_left() -> None:
    assert_says(
        words(samples.receipt()),
        "Receipt RCT-000101",
        "Bongani, thank you for £600.00, received on 20 November 2026. £350.00 is left to pay.",
        "Received from Bongani Mkhize",
        "Payment 20 November 2026 transfer K7Q3-0442K",
        "INV-000442 Individual therapy, 50 min £950.00 £600.00 £350.00",
        "Received £600.00",
    )


def test_a_receipt_for_all_of_it_says_that_nothing_is_left() -> None:
    settled = replace(samples.receipt().settles[0], applied_minor=50000, balance_minor=0)
    text = words(samples.receipt(settles=(settled,), balance_minor=0, unallocated_minor=10000))
    assert_says(text, "Nothing is left to pay.", "Kept for what comes next £100.00")


def test_a_part_paid_invoice_says_who_paid_and_what_is_owed() -> None:
    payment = replace(samples.TRANSFER, payer="Umhlaba Health", amount_minor=63750)
    text = words(samples.invoice(coverage=samples.COVERAGE, payments=(payment,), balance_minor=31250))
    assert_says(
        text,
        "Bongani, you owe £312.50",
        "Insurance Umhlaba Health, Core Member 020 114 908, code 01",
        "Total £950.00 Paid by Umhlaba Health, 20 November 2026, transfer, K7Q3-0442K −£637.50",
        "You owe £312.50",
    )


def test_it_names_the_client_when_somebody_else_is_billed() -> None:
    child = PatientBlock(name="Lindiwe Mkhize", born_on=date(2015, 2, 3))
    assert_says(words(samples.invoice(patient=child)), "Client Lindiwe Mkhize Born 3 February 2015")


def test_it_dates_each_line_when_some_are_of_another_day() -> None:
    other = replace(samples.THERAPY, service_on=date(2026, 11, 11))
    text = words(samples.invoice(lines=(samples.THERAPY, other), total_minor=190000, balance_minor=190000))
    assert_says(text, "Date Service", "11 Nov 2026 Individual therapy")


def test_more_than_was_owed_is_in_the_clients_favour() -> None:
    payment = replace(samples.TRANSFER, amount_minor=100000)
    text = words(samples.invoice(payments=(payment,), balance_minor=-5000))
    assert_says(text, "In your favour £50.00", "PAID")


def test_notes_stand_under_the_figures() -> None:
    note = Note(title="Something not right?", text="Write to us.\n\nWe answer.")
    assert_says(words(samples.invoice(notes=(note,))), "Something not right? Write to us. We answer.")


def test_without_a_link_it_shows_the_bank_account_only() -> None:
    text = words(samples.invoice(pay_link=""))
    assert_says(text, "Transfer the amount and give the reference exactly.", "62 0451 88 203")
    assert "Scan" not in text


def test_without_any_way_to_pay_it_says_nothing_about_it() -> None:
    practice = replace(samples.PRACTICE, bank=None)
    assert "How to pay" not in words(samples.invoice(pay_link="", practice=practice))


def test_it_refuses_to_draw_a_link_without_its_address() -> None:
    with pytest.raises(BadContext, match="payment link"):
        render_pdf(samples.invoice(), links={}, created_at=samples.CREATED_AT)


def test_an_invoice_with_nothing_to_pay_says_so() -> None:
    text = words(samples.invoice(lines=(), total_minor=0, balance_minor=0))
    assert_says(text, "Bongani, there is nothing to pay.")


def test_it_speaks_the_practices_language_whoever_asks() -> None:
    with translation.override("de"):
        assert_says(words(samples.invoice()), "Bongani, you owe £950.00 by Friday 27 November.")


def test_it_writes_amounts_and_days_as_its_locale_does() -> None:
    text = words(samples.invoice(locale="en_US", currency="USD", paper="us-letter"))
    assert_says(text, "Issued November 18, 2026", "you owe $950.00")


def test_a_colour_that_is_none_becomes_ours() -> None:
    practice = replace(samples.PRACTICE, accent_colour="red; }")
    assert "INV-000442" in words(samples.invoice(practice=practice))


def test_contexts_name_their_kinds_once() -> None:
    assert {context.kind for context in samples.EVERY_KIND} == {*contexts.INVOICE_KINDS, contexts.RECEIPT}
