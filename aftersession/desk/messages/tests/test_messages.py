# SPDX-License-Identifier: Apache-2.0
import re
from dataclasses import replace

import pytest
from django.test import Client

from aftersession.desk.messages.queries import PAGE_SIZE
from aftersession.lib import clock
from aftersession.messaging.actions import queue_letters
from aftersession.messaging.models import Message, MessageState
from aftersession.messaging.tests.test_delivery import LETTER
from aftersession.patients.models import Patient
from aftersession.payments.links import token_of
from aftersession.payments.models import PaymentLink
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from tests.billing import complete
from tests.cast import Cast, ended_appointment, signed_in
from tests.fixtures.database import QueryCount

pytestmark = pytest.mark.usefixtures("in_practice")


@pytest.fixture
def message(cast: Cast) -> Message:
    """An invoice with a pay link, about to leave."""
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    queued: Message = Message.objects.get()
    return queued


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return str(answer.content.decode()).replace("\u00a0", " ")


def post(client: Client, path: str, **fields: str) -> int:
    html = read(client, path)
    key = re.search(r'name="key" value="(\w+)"', html)
    assert key
    return client.post(path, {"key": key[1], **fields}).status_code


def end_as(state: MessageState, problem: str = "") -> None:
    Message.objects.update(state=MessageState.HELD if state == MessageState.HELD else MessageState.SENDING)
    Message.objects.update(state=state, problem=problem, sent_at=clock.now() if state == "sent" else None)


@pytest.mark.parametrize("tab", ["waiting", "sent", "failed", "held", "cancelled"])
def test_each_state_has_its_tab(cast: Cast, message: Message, tab: str) -> None:
    if tab == "cancelled":
        Message.objects.update(state=tab)
    elif tab != "waiting":
        end_as(MessageState(tab))
    client = signed_in(cast.owner)
    for other in ("waiting", "sent", "failed", "held", "cancelled"):
        assert (message.code in read(client, f"/messages/?tab={other}")) == (other == tab)


def test_the_page_says_first_what_did_not_arrive(cast: Cast, message: Message) -> None:
    client = signed_in(cast.owner)
    assert "Nothing is stuck" in read(client, "/messages/")
    end_as(MessageState.FAILED, "The mail server refused it (550).")
    html = read(client, "/messages/")
    assert "<b>1 message</b> needs a look" in html
    assert "refused it (550)" in read(client, "/messages/?tab=failed")


def test_the_content_is_shown_without_the_secret_of_the_link(cast: Cast, message: Message) -> None:
    html = read(signed_in(cast.owner), f"/messages/{message.code}/")
    assert "(payment link)" in html
    assert token_of(PaymentLink.objects.get()) not in html
    assert "INV-000001.pdf" in html


def test_its_paper_can_be_read(cast: Cast, message: Message) -> None:
    client, (document_code,) = signed_in(cast.owner), message.document_codes
    answer = client.get(f"/messages/{message.code}/attachments/{document_code}.pdf")
    assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")
    assert client.get(f"/messages/{message.code}/attachments/abc.pdf").status_code == 404


def test_it_can_be_cancelled_while_it_waits(cast: Cast, message: Message) -> None:
    client = signed_in(cast.owner)
    assert f"/messages/{message.code}/cancellation/" in read(client, f"/messages/{message.code}/")
    assert post(client, f"/messages/{message.code}/cancellation/") == 302
    assert Message.objects.get().state == MessageState.CANCELLED
    assert "/cancellation/" not in read(client, f"/messages/{message.code}/")
    assert post(client, f"/messages/{message.code}/cancellation/") == 409


def test_a_held_message_asks_which_address(cast: Cast, message: Message) -> None:
    end_as(MessageState.HELD)
    Patient.objects.filter(pk=cast.adult.pk).update(email="new@example.com")
    client, path = signed_in(cast.owner), f"/messages/{message.code}/release/"
    html = read(client, path)
    assert "Send to naledi@example.com" in html
    assert "Send to new@example.com" in html
    assert post(client, path, send_to="new@example.com") == 302
    assert Message.objects.get(state=MessageState.WAITING).to_address == "new@example.com"


def test_a_held_message_can_go_to_the_old_address_after_all(cast: Cast, message: Message) -> None:
    end_as(MessageState.HELD)
    path = f"/messages/{message.code}/release/"
    assert post(signed_in(cast.owner), path, send_to=message.to_address) == 302
    assert Message.objects.get().state == MessageState.WAITING


def test_what_failed_can_be_sent_again_to_the_address_shown(cast: Cast, message: Message) -> None:
    end_as(MessageState.FAILED, "The mail server refused it (550).")
    client, path = signed_in(cast.owner), f"/messages/{message.code}/copies/"
    assert post(client, path, send_to="other@example.com") == 409
    assert post(client, path, send_to=cast.adult.email) == 302
    assert Message.objects.filter(state=MessageState.WAITING).count() == 1


def test_a_practitioner_sees_messages_about_own_invoices_only(cast: Cast, message: Message) -> None:
    theirs = ended_appointment(cast, practitioner=cast.owner_provider)
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE, appointment=theirs, actor=cast.owner)
    other = Message.objects.exclude(pk=message.pk).get()
    client = signed_in(cast.practitioner)
    assert read(client, f"/messages/{message.code}/")
    assert client.get(f"/messages/{other.code}/").status_code == 404
    assert other.code not in read(client, "/messages/?tab=waiting")


@pytest.mark.parametrize("path", ["", "cancellation/", "release/", "copies/"])
def test_another_practice_sees_nothing(cast: Cast, other_cast: Cast, message: Message, path: str) -> None:
    client = signed_in(other_cast.owner)
    assert client.get(f"/messages/{message.code}/{path}").status_code == 404
    if path:
        assert client.post(f"/messages/{message.code}/{path}", {"key": "k"}).status_code == 404
    assert message.code not in read(client, "/messages/?tab=waiting")


def queue_many(cast: Cast, count: int) -> None:
    with practice_scope(cast.practice):
        before = Message.objects.count()
        letters = [replace(LETTER, dedupe_key=f"many:{before + n}") for n in range(count)]
        queue_letters(letters, actor=cast.owner)


def test_pages_follow_each_other_without_gap(cast: Cast) -> None:
    queue_many(cast, PAGE_SIZE * 2 + 3)
    client, path, seen = signed_in(cast.owner), "/messages/?tab=waiting", []
    for _ in range(3):
        html = read(client, path)
        seen += re.findall(r'data-main href="/messages/(\w+)/"', html)
        following = re.search(r'href="([^"]+)" rel="next"', html)
        path = following[1].replace("&amp;", "&") if following else ""
    assert not path
    assert seen == list(Message.objects.order_by("-pk").values_list("code", flat=True))


def test_more_rows_need_no_more_queries(cast: Cast, query_count: QueryCount) -> None:
    client = signed_in(cast.owner)
    counts = []
    for _ in range(2):
        queue_many(cast, 10)
        read(client, "/messages/?tab=waiting")
        with query_count() as queries:
            read(client, "/messages/?tab=waiting")
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 14
