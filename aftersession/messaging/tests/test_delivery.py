# SPDX-License-Identifier: Apache-2.0
"""Handing letters to a mail server that misbehaves: at least once, at most twice, and always visibly."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django import db
from pytest_django import Settings

from aftersession.documents.models import Document, DocumentState
from aftersession.documents.store import keep
from aftersession.lib import clock
from aftersession.messaging import delivery
from aftersession.messaging.actions import Letter, cancel_waiting, hold_waiting, queue_letters
from aftersession.messaging.delivery import LEASE, LOST_TWICE, WAITS, claim, deliver_due
from aftersession.messaging.models import Message, MessageState
from aftersession.messaging.queries import undelivered
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock
from tests.fixtures.mail import DROP, HANG, SmtpServer

SECRET = "https://pay.example/p/secret-token"
LETTER = Letter(
    kind="invoice",
    dedupe_key="invoice:1",
    to_name="Naledi Mokoena",
    to_address="naledi@example.com",
    recipient="patient:1",
    subject="Invoice INV-000001",
    body="Pay online:\n{{link:abc234}}\n",
    about_kind="invoice",
    about_code="1",
    patient_code="1",
    language="en",
)


@pytest.fixture(autouse=True)
def mail_settings(settings: Settings, smtp_server: SmtpServer) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", smtp_server.port, 2


@pytest.fixture
def message(cast: Cast, frozen_clock: FrozenClock, in_practice: object) -> Message:
    """One letter whose undo window has passed."""
    (queued,) = queue_letters([LETTER], actor=cast.owner)
    frozen_clock.tick(minutes=1)
    return queued


def deliver() -> int:
    return deliver_due(link_of=lambda code: f"{SECRET}-{code}")


def state_of(message: Message) -> tuple[str, bool]:
    message.refresh_from_db()
    return message.state, message.is_possible_duplicate


def make_document(cast: Cast, content: bytes | None) -> Document:
    document: Document = Document.objects.create(
        practice=cast.practice,
        kind="invoice",
        template="standard",
        template_version=1,
        context={},
        filename="INV-000001.pdf",
        created_at=clock.now(),
        state=DocumentState.PENDING if content is None else DocumentState.READY,
        sha256="" if content is None else keep(content),
    )
    return document


def test_a_letter_arrives_as_written_with_its_link_filled_in(
    message: Message, smtp_server: SmtpServer, cast: Cast
) -> None:
    assert deliver() == 1
    (arrived,) = smtp_server.deliveries
    assert arrived.recipients == ["naledi@example.com"]
    assert arrived.message["Message-ID"] == message.message_id
    assert arrived.message["Reply-To"].endswith(f"<{cast.practice.email}>")
    assert f"{SECRET}-abc234" in arrived.message.get_content()
    assert state_of(message) == (MessageState.SENT, False)


def test_no_link_stands_in_the_database_before_or_after(message: Message) -> None:
    deliver()
    rows = str(list(Message.objects.values()))
    assert "{{link:abc234}}" in rows
    assert SECRET not in rows


def test_nothing_leaves_within_the_undo_window(
    cast: Cast, frozen_clock: FrozenClock, in_practice: object, smtp_server: SmtpServer
) -> None:
    queue_letters([LETTER], actor=cast.owner)
    frozen_clock.tick(seconds=cast.practice.undo_seconds - 1)
    assert deliver() == 0
    assert smtp_server.deliveries == []


@pytest.mark.parametrize("answer", ["421 Closing", "451 Try later", "452 Full"])
def test_not_now_is_tried_again_later(
    message: Message, smtp_server: SmtpServer, frozen_clock: FrozenClock, answer: str
) -> None:
    smtp_server.answers.append(answer)
    assert deliver() == 0
    assert state_of(message) == (MessageState.WAITING, False)
    assert deliver() == 0
    frozen_clock.tick(minutes=1)
    assert deliver() == 1
    assert len(smtp_server.deliveries) == 1


def test_waits_grow_and_end_in_a_visible_failure(
    message: Message, smtp_server: SmtpServer, frozen_clock: FrozenClock, cast: Cast
) -> None:
    smtp_server.answers.extend(["451 Try later"] * (len(WAITS) + 1))
    for wait in WAITS:
        deliver()
        assert state_of(message) == (MessageState.WAITING, False)
        assert message.send_after == clock.now() + wait
        frozen_clock.move_to(message.send_after)
    deliver()
    assert state_of(message) == (MessageState.FAILED, False)
    assert "451" in message.problem
    assert list(undelivered(cast.practice)) == [message]


def test_a_refusal_is_final(message: Message, smtp_server: SmtpServer, frozen_clock: FrozenClock) -> None:
    smtp_server.answers.append("550 No such mailbox")
    assert deliver() == 1
    frozen_clock.tick(days=2)
    assert deliver() == 0
    assert state_of(message) == (MessageState.FAILED, False)
    assert "550" in message.problem


def test_a_server_that_is_down_is_tried_again(message: Message, settings: Settings) -> None:
    settings.EMAIL_PORT = 9
    assert deliver() == 0
    assert state_of(message) == (MessageState.WAITING, False)
    assert message.problem == "The mail server could not be reached."


def test_a_line_lost_after_the_text_leads_to_one_more_and_is_flagged(
    message: Message, smtp_server: SmtpServer, frozen_clock: FrozenClock
) -> None:
    smtp_server.answers.append(DROP)
    assert deliver() == 0
    assert state_of(message) == (MessageState.WAITING, True)
    frozen_clock.tick(minutes=1)
    assert deliver() == 1
    assert state_of(message) == (MessageState.SENT, True)
    assert [each["Message-ID"] for each in smtp_server.messages] == [message.message_id] * 2


def test_a_line_lost_twice_ends_visibly_and_is_not_tried_a_third_time(
    message: Message, smtp_server: SmtpServer, frozen_clock: FrozenClock
) -> None:
    smtp_server.answers.extend([DROP, DROP])
    for _ in range(3):
        deliver()
        frozen_clock.tick(hours=1)
    assert state_of(message) == (MessageState.FAILED, True)
    assert message.problem == LOST_TWICE
    assert len(smtp_server.deliveries) == 2


def test_a_server_that_hangs_after_the_text_is_not_waited_for(
    message: Message, smtp_server: SmtpServer, settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 1
    smtp_server.answers.append(HANG)
    assert deliver() == 0
    assert state_of(message) == (MessageState.WAITING, True)


def test_a_worker_that_died_is_followed_by_one_more_try_with_the_same_id(
    message: Message, smtp_server: SmtpServer, frozen_clock: FrozenClock
) -> None:
    assert claim(Message.objects.get(), clock.now())
    assert deliver() == 0
    frozen_clock.move_to(clock.now() + LEASE + timedelta(seconds=1))
    assert deliver() == 1
    assert state_of(message) == (MessageState.SENT, True)
    assert len(smtp_server.deliveries) == 1


def test_a_worker_whose_lease_has_run_out_marks_nothing(
    message: Message, frozen_clock: FrozenClock, smtp_server: SmtpServer
) -> None:
    late = Message.objects.select_related("practice").get()
    assert claim(late, clock.now())
    frozen_clock.move_to(clock.now() + LEASE + timedelta(seconds=1))
    assert deliver() == 1
    delivery._deliver(late, lambda code: SECRET)
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.SENT, 2)


def test_a_letter_waits_for_its_paper_and_carries_the_stored_bytes(
    cast: Cast, frozen_clock: FrozenClock, in_practice: object, smtp_server: SmtpServer
) -> None:
    document = make_document(cast, None)
    (message,) = queue_letters([replace(LETTER, document_codes=(document.code,))], actor=cast.owner)
    frozen_clock.tick(minutes=1)
    assert deliver() == 0
    message.refresh_from_db()
    assert (message.state, message.attempts) == (MessageState.WAITING, 0)
    content = b"%PDF-1.7 the paper"
    Document.objects.filter(pk=document.pk).update(state=DocumentState.READY, sha256=keep(content))
    frozen_clock.tick(minutes=1)
    assert deliver() == 1
    (attached,) = smtp_server.messages[0].iter_attachments()
    assert (attached.get_filename(), attached.get_payload(decode=True)) == ("INV-000001.pdf", content)


@pytest.mark.parametrize("fate", ["failed", "damaged"])
def test_a_letter_whose_paper_cannot_be_had_fails_visibly(
    cast: Cast, frozen_clock: FrozenClock, in_practice: object, smtp_server: SmtpServer, fate: str
) -> None:
    document = make_document(cast, None)
    state = DocumentState.FAILED if fate == "failed" else DocumentState.READY
    Document.objects.filter(pk=document.pk).update(state=state, sha256="0" * 64)
    (message,) = queue_letters([replace(LETTER, document_codes=(document.code,))], actor=cast.owner)
    frozen_clock.tick(minutes=1)
    assert deliver() == 1
    assert state_of(message) == (MessageState.FAILED, False)
    assert smtp_server.deliveries == []


@pytest.mark.parametrize("stop", ["cancel", "hold"])
def test_what_was_cancelled_or_held_is_never_sent(
    message: Message, cast: Cast, frozen_clock: FrozenClock, smtp_server: SmtpServer, stop: str
) -> None:
    if stop == "cancel":
        assert cancel_waiting(about_kind="invoice", about_codes=["1"]) == 1
    else:
        assert hold_waiting(recipient="patient:1") == 1
    frozen_clock.tick(days=3)
    assert deliver() == 0
    assert smtp_server.deliveries == []


def test_a_letter_taken_back_while_a_worker_looks_at_it_stays_here(
    message: Message, cast: Cast, smtp_server: SmtpServer
) -> None:
    seen = Message.objects.get()
    cancel_waiting(about_kind="invoice", about_codes=["1"])
    assert not claim(seen, clock.now())
    assert state_of(message) == (MessageState.CANCELLED, False)


def test_one_letter_that_cannot_be_made_does_not_stop_the_next(
    message: Message, cast: Cast, frozen_clock: FrozenClock, smtp_server: SmtpServer
) -> None:
    bad = replace(LETTER, dedupe_key="bad", to_address="naledi@example.com\nBcc: x@example.com")
    (broken,) = queue_letters([bad], actor=cast.owner)
    frozen_clock.tick(minutes=1)
    assert deliver() == 2
    assert state_of(broken) == (MessageState.FAILED, False)
    assert [each.recipients for each in smtp_server.deliveries] == [["naledi@example.com"]]


def test_names_in_other_scripts_arrive_whole(
    cast: Cast, frozen_clock: FrozenClock, in_practice: object, smtp_server: SmtpServer
) -> None:
    queue_letters([replace(LETTER, to_name="Ünal, 李 & Σ", subject="Zahlung – ✓")], actor=cast.owner)
    frozen_clock.tick(minutes=1)
    assert deliver() == 1
    assert smtp_server.messages[0]["To"].addresses[0].display_name == "Ünal, 李 & Σ"
    assert smtp_server.messages[0]["Subject"] == "Zahlung – ✓"


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_letter_once(
    cast: Cast, frozen_clock: FrozenClock, in_practice: object, smtp_server: SmtpServer
) -> None:
    letters = [replace(LETTER, dedupe_key=f"many:{number}") for number in range(6)]
    queue_letters(letters, actor=cast.owner)
    frozen_clock.tick(minutes=1)
    workers = 4
    barrier = Barrier(workers)

    def work(_: int) -> int:
        try:
            barrier.wait()
            return deliver()
        finally:
            db.connection.close()

    with ThreadPoolExecutor(workers) as pool:
        assert sum(pool.map(work, range(workers))) == len(letters)
    arrived = [each["Message-ID"] for each in smtp_server.messages]
    assert sorted(arrived) == sorted(Message.objects.values_list("message_id", flat=True))
