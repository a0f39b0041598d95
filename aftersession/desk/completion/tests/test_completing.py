# SPDX-License-Identifier: Apache-2.0
"""Each type to its end through the page, and what the page says on the way."""

import pytest
from django.test import Client

from aftersession.billing.models import Invoice, InvoiceState
from aftersession.claims.models import Claim
from aftersession.encounters.models import EncounterDiagnosis
from aftersession.messaging.models import Message
from aftersession.payments.models import Payment, PaymentLink, Receipt
from aftersession.scheduling.models import PaymentType
from tests.cast import Cast, ended_appointment
from tests.completion import open_form

pytestmark = pytest.mark.usefixtures("frozen_clock", "connected")


def test_the_form_begins_as_the_session_was_booked(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast))
    assert page.fields["lines-0-description"] == "Individual therapy, 50 min"
    assert page.fields["lines-0-price"] == "950.00"
    assert page.fields["payment_type"] == "online"
    assert "Naledi owes" in page.text and "R\u00a0950.00" in page.text


def test_online_sends_invoice_and_link_to_the_address_on_the_button(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast))
    answer = page.press("request_payment")
    assert (answer.status_code, answer["Location"]) == (302, page.path.replace("completion", "completed"))
    assert Message.objects.get().to_address == "naledi@example.com"
    assert PaymentLink.objects.count() == 1


def test_other_records_money_and_sends_the_receipt(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast), payment_type="other")
    assert page.fields["amount"] == "950.00"
    assert page.press("send_receipt", method="cash").status_code == 302
    assert (Payment.objects.get().amount_minor, Receipt.objects.count()) == (950_00, 1)


def test_insurance_makes_an_account_that_waits_and_goes_to_nobody(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(
        cast, patient=cast.insured, payment_type=PaymentType.INSURANCE, coverage=cast.coverage
    )
    page = open_form(desk, appointment)
    assert "Umhlaba Health owes" in page.text
    answer = page.press("generate", diagnosis=["F41.1"], authorisation_number="AUTH 7")
    assert answer.status_code == 302
    assert Claim.objects.get().state == "draft" and not Message.objects.exists()
    assert Invoice.objects.get().authorisation_number == "AUTH 7"
    assert EncounterDiagnosis.objects.get().diagnosis_code == "F41.1"


def test_save_and_review_opens_the_draft(desk: Client, cast: Cast) -> None:
    answer = open_form(desk, ended_appointment(cast)).press("save")
    draft = Invoice.objects.get()
    assert (draft.state, answer["Location"]) == (InvoiceState.DRAFT, f"/invoices/{draft.code}/")
