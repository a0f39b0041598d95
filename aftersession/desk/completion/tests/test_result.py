# SPDX-License-Identifier: Apache-2.0
"""What was done is told once it is true; one click takes it back while nothing has left; billed once."""

from threading import Barrier, Thread

import pytest
from django.db import connections
from django.test import Client

from aftersession.billing.models import Invoice, InvoiceState
from aftersession.lib import clock
from aftersession.messaging.models import Message, MessageState
from aftersession.payments.models import Payment
from aftersession.practices.models import Practice
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment, PaymentType
from aftersession.workflows.finalise import Step
from tests.billing import complete
from tests.cast import Cast, ended_appointment, signed_in
from tests.completion import connect, open_form

quiet = pytest.mark.usefixtures("frozen_clock", "connected")


def result(client: Client, appointment: Appointment) -> str:
    answer = client.get(f"/appointments/{appointment.code}/completed/")
    assert answer.status_code == 200
    return str(answer.content.decode())


def undo(client: Client, appointment: Appointment, key: str = "undo-1") -> object:
    return client.post(f"/appointments/{appointment.code}/completion/undo/", {"key": key})


@quiet
def test_it_tells_sending_until_it_is_sent(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    open_form(desk, appointment).press("request_payment")
    told = result(desk, appointment)
    assert "Sending <b>INV-000001</b> to <b>naledi@example.com</b>" in told and "It leaves in 15 s." in told
    message = Message.objects.get()
    for state in (MessageState.SENDING, MessageState.SENT):
        Message.objects.filter(pk=message.pk).update(state=state, sent_at=clock.now())
    told = result(desk, appointment)
    assert "was sent to <b>naledi@example.com</b> at 14:00" in told and "Undo" not in told


@quiet
def test_undo_takes_back_bill_letter_and_money_and_the_form_has_it_all(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    page = open_form(desk, appointment, payment_type="other", discount_value="10", discount_reason="Student")
    page.press("send_receipt", method="transfer", reference="EFT 7")
    assert "recorded" in result(desk, appointment)
    undo(desk, appointment)
    assert Invoice.objects.get().state == InvoiceState.VOID
    assert (Payment.objects.get().state, Message.objects.get().state) == ("reversed", "cancelled")
    again = open_form(desk, appointment)
    assert again.fields | {
        "payment_type": "other", "discount_value": "10", "discount_reason": "Student", "method": "transfer",
        "reference": "EFT 7", "amount": "855.00", "lines-0-description": "Individual therapy, 50 min",
    } == again.fields  # fmt: skip
    assert "as it was billed before it was taken back" in again.text
    assert again.post("send_receipt").status_code == 302


@quiet
def test_a_draft_is_undone_and_undoing_twice_is_once(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    open_form(desk, appointment).post("save")
    for _attempt in range(2):
        assert undo(desk, appointment).status_code == 302  # type: ignore[attr-defined]
    assert Invoice.objects.get().state == InvoiceState.DISCARDED
    assert desk.get(f"/appointments/{appointment.code}/completed/").status_code == 302


@quiet
def test_what_has_left_is_not_undone(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    open_form(desk, appointment).press("request_payment")
    Message.objects.update(state=MessageState.SENDING)
    answer = undo(desk, appointment)
    assert answer["Location"].endswith("/completed/")  # type: ignore[index]
    assert Invoice.objects.get().state == InvoiceState.ISSUED


@quiet
def test_an_insurers_account_offers_to_send_it_on(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast, patient=cast.insured)
    complete(cast, Step.GENERATE, PaymentType.INSURANCE, appointment=appointment)
    told = result(desk, appointment)
    assert "Nothing was sent, to nobody." in told and "Send to Umhlaba Health" in told
    assert "/p/" not in told


@quiet
def test_it_offers_the_next_open_session(desk: Client, cast: Cast) -> None:
    other, appointment = ended_appointment(cast, patient=cast.insured), ended_appointment(cast)
    open_form(desk, appointment).post("save")
    assert f"/appointments/{other.code}/completion/" in result(desk, appointment)


@quiet
def test_who_comes_second_is_told_who_was_first(desk: Client, cast: Cast) -> None:
    appointment = ended_appointment(cast)
    late = open_form(desk, appointment)
    complete(cast, Step.SAVE, appointment=appointment)
    answer = late.post("save")
    assert answer.status_code == 409
    assert "was completed by <b>Dr Ayesha Parker</b>, today at 14:00" in answer.content.decode()
    assert f"/appointments/{appointment.code}/completed/" in answer.content.decode()
    assert Invoice.objects.count() == 1


@quiet
def test_the_same_form_sent_again_shows_the_first_result(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast))
    first, again = page.post("request_payment"), page.post("request_payment")
    assert (again.status_code, again["Location"]) == (302, first["Location"])
    assert (Invoice.objects.count(), Message.objects.count()) == (1, 1)


@quiet
def test_the_same_key_with_other_contents_does_nothing(desk: Client, cast: Cast) -> None:
    page = open_form(desk, ended_appointment(cast))
    page.post("save")
    assert page.post("save", **{"lines-0-price": "1.00"}).status_code == 422
    assert Invoice.objects.get().total_minor == 950_00


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_same_form", [True, False])
def test_two_at_once_bill_once(cast: Cast, is_same_form: bool) -> None:
    connect(cast)
    appointment, barrier, answers = ended_appointment(cast), Barrier(2), []
    clients = [signed_in(cast.front_desk), signed_in(cast.front_desk if is_same_form else cast.practitioner)]
    pages = [open_form(client, appointment) for client in clients]
    if is_same_form:
        pages[1].fields["key"] = pages[0].fields["key"]

    def press(number: int) -> None:
        barrier.wait()
        answers.append(pages[number].post("request_payment").status_code)
        connections.close_all()

    threads = [Thread(target=press, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == ([302, 302] if is_same_form else [302, 409])
    with practice_scope(cast.practice):
        assert (Invoice.objects.count(), Message.objects.count()) == (1, 1)


@quiet
def test_every_role_that_sees_the_appointment_sees_the_result(
    cast: Cast, other_cast: Cast, in_practice: Practice
) -> None:
    appointment = ended_appointment(cast)
    complete(cast, Step.SAVE, appointment=appointment)
    for member in cast.members:
        assert "A draft over" in result(signed_in(member), appointment)
    path = f"/appointments/{appointment.code}/completed/"
    assert signed_in(other_cast.owner).get(path).status_code == 404
