# SPDX-License-Identifier: Apache-2.0
"""Paid in advance, through the pages: from booking to a completion that bills nothing twice."""

from datetime import timedelta

import pytest
from django.test import Client

from aftersession.billing.models import Invoice
from aftersession.encounters.models import Encounter
from aftersession.lib import clock
from aftersession.practices.models import Practice
from aftersession.scheduling.models import Appointment, PaymentType
from aftersession.workflows.finalise import Step
from tests.billing import bill_now
from tests.cast import Cast, cancelled_appointment, coming_appointment, ended_appointment, signed_in
from tests.completion import connect, open_form, read_fields

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture
def desk(cast: Cast, in_practice: Practice) -> Client:
    connect(cast)
    return signed_in(cast.front_desk)


def text_of(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_booking_leads_on_to_the_bill_and_the_bill_to_the_session(desk: Client, cast: Cast) -> None:
    day = clock.now() + timedelta(days=2)
    booked = desk.post(
        "/appointments/new/",
        {
            "key": "k1",
            "client": cast.adult.code,
            "service": cast.service.code,
            "practitioner": cast.provider.code,
            "day": f"{day:%Y-%m-%d}",
            "starts": "10:00",
            "minutes": "50",
            "payment_type": "other",
            "bill_now": "1",
        },
    )
    page = desk.get(booked["Location"])
    assert "in advance for" in page.content.decode() and "Save and review" not in page.content.decode()
    fields = read_fields(page, "invoice")
    assert (fields["lines-0-price"], fields["service_on"]) == ("950.00", f"{day:%Y-%m-%d}")
    answer = desk.post("/billing/new/", {**fields, "do": "send"})
    invoice = Invoice.objects.get()
    assert answer["Location"] == f"/invoices/{invoice.code}/" and invoice.number_label == "INV-000001"
    appointment = Appointment.objects.get()
    assert appointment.is_prepaid
    assert "INV-000001" in text_of(desk, f"/appointments/{appointment.code}/")


def test_an_insurer_is_not_billed_in_advance(desk: Client, cast: Cast) -> None:
    appointment = coming_appointment(
        cast, patient=cast.insured, payment_type=PaymentType.INSURANCE, coverage=cast.coverage
    )
    assert "Bill it now" not in text_of(desk, f"/appointments/{appointment.code}/")


def test_completing_has_one_button_and_bills_nothing(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    bill_now(cast, appointment, Step.SEND_RECEIPT)
    page = open_form(desk, appointment)
    assert "Already billed on INV-000001 (paid)" in page.text and "Save and review" not in page.text
    assert page.post("complete")["Location"] == f"/appointments/{appointment.code}/completed/"
    told = text_of(desk, f"/appointments/{appointment.code}/completed/")
    assert "<b>INV-000001</b> bills it already" in told and "Undo the completion" in told
    assert Invoice.objects.count() == 1


def test_a_line_on_top_makes_an_invoice_of_that_line(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    bill_now(cast, appointment)
    page = open_form(desk, appointment).step("add_line", service=cast.item.code)
    assert "Already billed on INV-000001" in page.text and "of it is still open" in page.text
    assert page.press("send", payment_type="other").status_code == 302
    assert Invoice.objects.get(number=2).total_minor == 120_00
    assert Encounter.objects.get().charges.count() == 2


def test_a_form_opened_before_shows_itself_anew(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    page = open_form(desk, appointment, payment_type="other")
    bill_now(cast, appointment)
    answer = desk.post(page.path, {**page.fields, "do": "send"}, follow=True)
    assert "Already billed on INV-000001" in answer.content.decode()
    assert read_fields(answer).get("lines-0-price") is None and not Encounter.objects.exists()


def test_an_invoice_is_linked_and_taken_off_on_the_sessions_page(desk: Client, cast: Cast) -> None:
    called_off, appointment = coming_appointment(cast), ended_appointment(cast)
    bill_now(cast, called_off)
    base = f"/appointments/{appointment.code}/invoice/"
    assert "No invoice to link" in text_of(desk, base)
    desk.post(f"/appointments/{called_off.code}/cancellation/", {"key": "k1", "reason": "Ill"})
    page = text_of(desk, f"/appointments/{called_off.code}/")
    assert "Keep it for another session" in page and "give the money back" in page
    assert "Use it here" in text_of(desk, f"/appointments/{called_off.code}/invoice/other-session/")
    assert "INV-000001" in text_of(desk, base)
    desk.post(base, {"key": "k2", "invoice": Invoice.objects.get().code})
    assert Appointment.objects.get(pk=appointment.pk).is_prepaid
    desk.post(f"{base}removal/", {"key": "k3", "reason": "Wrong one"})
    assert not Appointment.objects.get(pk=appointment.pk).is_prepaid


def test_there_is_nothing_to_move_without_an_invoice(desk: Client, cast: Cast) -> None:
    path = f"/appointments/{cancelled_appointment(cast).code}/invoice/other-session/"
    assert desk.get(path).status_code == 404


def test_what_is_billed_already_is_not_counted_as_open_money(desk: Client, cast: Cast) -> None:
    bill_now(cast, ended_appointment(cast))
    ended_appointment(cast)
    page = text_of(desk, "/appointments/?tab=open")
    assert "All open sessions together: R\u00a0950.00" in page and "Billed already" in page
