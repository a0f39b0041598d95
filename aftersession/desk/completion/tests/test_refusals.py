# SPDX-License-Identifier: Apache-2.0
"""What cannot be done, said where it can be mended; nothing typed is lost, nothing is billed."""

from datetime import timedelta

import pytest
from django.test import Client

from aftersession.billing.models import Invoice
from aftersession.lib import clock
from aftersession.payments.models import ProviderConnection
from aftersession.practices.models import Practice, Role
from aftersession.scheduling.models import PaymentType
from tests.cast import (
    Cast,
    cancelled_appointment,
    coming_appointment,
    ended_appointment,
    make_patient,
    signed_in,
)
from tests.completion import open_form

pytestmark = pytest.mark.usefixtures("frozen_clock")

AMOUNTS = [
    "-0",
    "1e3",
    "0.005",
    "1,234.56",
    "1.234,56",
    "NaN",
    "Infinity",
    "\uff19\uff15\uff10",
    "1" + "0" * 30,
    "\x00",
]


def test_online_without_a_partner_says_so_and_where_to_connect_one(cast: Cast, in_practice: Practice) -> None:
    appointment = ended_appointment(cast)
    page = open_form(signed_in(cast.owner), appointment)
    assert "No payment partner is connected." in page.text
    assert f"/settings/partners/?next=%2Fappointments%2F{appointment.code}%2Fcompletion%2F" in page.text
    assert page.fields["payment_type"] == "other"


def test_who_may_not_open_the_settings_gets_the_reason_alone(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast))
    assert "No payment partner is connected." in page.text and "/settings/?next" not in page.text


def test_insurance_without_a_policy_leads_to_a_new_one(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast))
    assert "No medical aid on file." in page.text
    assert f"/clients/{cast.adult.code}/coverage/new/?next=" in page.text


def test_a_policy_that_has_ended_covers_nothing(desk: Client, cast: Cast) -> None:
    cast.coverage.valid_to = clock.now().date() - timedelta(days=1)
    cast.coverage.save()
    page = open_form(desk, ended_appointment(cast, patient=cast.insured))
    assert "No medical aid on file covers this day." in page.text


def test_nobody_owes_for_a_child_without_a_responsible_person(
    desk: Client, cast: Cast, connected: ProviderConnection
) -> None:
    child = make_patient(cast.practice, "Amahle", "Nkosi", born_on=clock.now().date() - timedelta(days=3000))
    page = open_form(desk, ended_appointment(cast, patient=child))
    assert page.text.count("is under 18 and has no responsible person") >= 2
    assert f"/clients/{child.code}/responsible-person/?next=" in page.text
    assert page.post("save", payment_type="other").status_code == 422
    assert not Invoice.objects.exists()


@pytest.mark.usefixtures("connected")
def test_online_asks_for_an_address_first(desk: Client, cast: Cast) -> None:
    silent = make_patient(cast.practice, "Sipho", "Dube")
    appointment = ended_appointment(cast, patient=silent)
    page = open_form(desk, appointment)
    assert f"/clients/{silent.code}/details/?next=" in page.text
    answer = page.post("request_payment", payment_type="online")
    assert answer.status_code == 422 and not Invoice.objects.exists()


@pytest.mark.parametrize("amount", AMOUNTS)
def test_a_price_that_is_none_is_refused_beside_its_field_and_kept(
    desk: Client, cast: Cast, amount: str
) -> None:
    page = open_form(desk, ended_appointment(cast))
    answer = page.post("save", **{"lines-0-price": amount})
    assert answer.status_code == 422 and not Invoice.objects.exists()
    assert 'id="id_lines-0-price_error"' in answer.content.decode()


@pytest.mark.parametrize("amount", ["1e3", "950.01", "-5", ""])
def test_money_that_cannot_have_come_is_refused(desk: Client, cast: Cast, amount: str) -> None:
    page = open_form(desk, ended_appointment(cast), payment_type="other")
    answer = page.post("send_receipt", method="cash", amount=amount)
    assert answer.status_code == 422 and 'id="id_amount_error"' in answer.content.decode()
    assert not Invoice.objects.exists()


@pytest.mark.parametrize(
    "changes",
    [
        {"lines-0-quantity": "0"},
        {"lines-0-quantity": "1.5"},
        {"lines-0-quantity": "\u0663"},
        {"lines-0-description": "Ther\u202eapy"},
        {"lines-0-discount_value": "101", "lines-0-discount_reason": "x"},
        {"discount_value": "10"},
        {"discount_value": "950.01", "discount_kind": "fixed", "discount_reason": "x"},
        {"service_on": "2026-02-30"},
        {"service_on": "9999-01-01"},
        {"payment_type": "barter"},
        {"diagnosis": ["no such code"]},
        {"diagnosis_text": "nonsense"},
        {"template": "../../etc"},
    ],
)
def test_what_cannot_be_read_is_refused_and_shown_again(
    desk: Client, cast: Cast, changes: dict[str, object]
) -> None:
    answer = open_form(desk, ended_appointment(cast)).post("save", **changes)
    assert answer.status_code == 422 and not Invoice.objects.exists()


def test_a_day_to_come_is_refused_and_another_day_is_asked_about(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast))
    today = clock.today(cast.practice.time_zone)
    later = page.post("save", service_on=(today + timedelta(days=1)).isoformat())
    assert later.status_code == 422 and "still to come" in later.content.decode()
    earlier = page.step("refresh", service_on=(today - timedelta(days=1)).isoformat())
    assert "is the date of service right?" in earlier.text


def test_a_bill_without_lines_is_refused(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast)).step("remove_line:0")
    assert page.post("save").status_code == 422


def test_insurance_without_a_diagnosis_cannot_be_generated(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(
        cast, patient=cast.insured, payment_type=PaymentType.INSURANCE, coverage=cast.coverage
    )
    answer = open_form(desk, appointment).post("generate")
    assert answer.status_code == 422 and not Invoice.objects.exists()


@pytest.mark.usefixtures("connected")
def test_a_total_or_an_address_that_changed_is_looked_at_again(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast))
    answer = page.post("request_payment", **{"lines-0-price": "1000.00"})
    assert answer.status_code == 422 and "The total has changed since" in answer.content.decode()
    cast.adult.email = "new@example.com"
    cast.adult.save()
    answer = page.post("request_payment")
    assert answer.status_code == 422 and "The address has changed since" in answer.content.decode()
    assert not Invoice.objects.exists()


@pytest.mark.usefixtures("connected")
def test_a_button_of_another_choice_is_refused(desk: Client, cast: Cast) -> None:
    answer = open_form(desk, ended_appointment(cast)).post("request_payment", payment_type="other")
    assert answer.status_code == 422 and "belongs to another choice" in answer.content.decode()


@pytest.mark.parametrize("make", [cancelled_appointment, coming_appointment])
def test_a_session_that_cannot_be_completed_says_why(desk: Client, cast: Cast, make: object) -> None:
    appointment = make(cast)  # type: ignore[operator]
    path = f"/appointments/{appointment.code}/completion/"
    shown = desk.get(path)
    assert shown.status_code == 200 and "Send receipt" not in shown.content.decode()
    assert desk.post(path, {"key": "k", "do": "save"}).status_code == 409


@pytest.mark.parametrize("part", ["", "copy/", "undo/"])
def test_another_practice_and_a_colleague_see_nothing(cast: Cast, other_cast: Cast, part: str) -> None:
    appointment = ended_appointment(cast, practitioner=cast.owner_provider)
    path = f"/appointments/{appointment.code}/completion/{part}"
    for member in (other_cast.owner, cast.practitioner):
        assert signed_in(member).post(path, {"key": "k"}).status_code == 404


def test_every_role_completes_and_a_practitioner_their_own(cast: Cast) -> None:
    assert {member.role for member in cast.members} == set(Role)
    for member in cast.members:
        assert open_form(signed_in(member), ended_appointment(cast)).post("save").status_code == 302


def test_ids_of_another_practice_in_the_body_find_nothing(desk: Client, cast: Cast, other_cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast, patient=cast.insured), payment_type="insurance")
    answer = page.post("save", coverage=other_cast.coverage.code)
    assert answer.status_code == 422 and not Invoice.objects.exists()
    added = page.step("add_line", service=other_cast.item.code)
    assert added.fields["lines-1-description"] == ""


def test_fields_that_no_form_has_change_nothing(desk: Client, cast: Cast) -> None:
    extra = {
        "total_minor": "1",
        "practice": "x",
        "practitioner": "x",
        "patient": "x",
        "actor": "x",
        "net_minor": "0",
    }
    open_form(desk, ended_appointment(cast)).post("save", **extra, **{"lines-0-net_minor": "1"})
    invoice = Invoice.objects.get()
    assert (invoice.total_minor, invoice.patient, invoice.practice) == (950_00, cast.adult, cast.practice)


def test_what_no_browser_sends_is_a_bad_request(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast))
    assert page.post("save", payment_type=["other", "online"]).status_code == 400
    assert page.post("save", key=None).status_code == 400
    assert page.post("save", key="k" * 65).status_code == 400
    assert desk.post(page.path, "{}", content_type="application/json").status_code == 400
    assert desk.post(page.path, b"junk", content_type="multipart/form-data").status_code == 400
    assert page.post("save", **{f"x{number}": "1" for number in range(10_000)}).status_code == 400
    assert not Invoice.objects.exists()


def test_the_fragment_opened_as_a_page_is_no_page(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    assert desk.get(f"/appointments/{appointment.code}/completion/copy/").status_code == 405
    forged = desk.get(f"/appointments/{appointment.code}/completion/", headers={"HX-Request": "true"})
    assert forged.status_code == 200 and "<html" not in forged.content.decode()
