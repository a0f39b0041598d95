# SPDX-License-Identifier: Apache-2.0
"""The worker's side of the outbox: hand each letter to the mail server, at least once and visibly.

A letter is claimed by compare-and-set with a lease, sent outside any transaction, and marked by
compare-and-set again, fenced by its number of attempts. Between the final dot of SMTP and the reply
both sides may hold the message (RFC 1047): a letter lost sight of there is sent once more with the
same Message-ID, and flagged.
"""

import logging
import re
import smtplib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, parseaddr

from django.conf import settings
from django.core.mail import get_connection
from django.db.models import F, Q

from aftersession.documents.actions import open_file
from aftersession.documents.models import Document, DocumentState
from aftersession.documents.store import DamagedFile
from aftersession.lib import clock
from aftersession.messaging.models import Message, MessageState

log = logging.getLogger("aftersession.mail")

LEASE = timedelta(minutes=2)
PAPER_WAIT = timedelta(seconds=2)
# How long to wait after each failed try; after the last one the letter has failed.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 60, 180, 360, 720))

PLACEHOLDER = re.compile(r"\{\{link:([0-9a-z]+)\}\}")
LOST_TWICE = "Lost sight of twice: it may have arrived."

LinkOf = Callable[[str], str]
"""From the code of a payment link to the address that opens it."""


class TryLater(Exception):
    """The server could not take it now."""


class Refused(Exception):
    """The server will not take it, or it cannot be made: final."""


class LostSight(Exception):
    """The line broke after the text was handed over: it may have arrived."""


@dataclass(frozen=True)
class Paper:
    """An attachment: its file name and bytes."""

    filename: str
    content: bytes


def deliver_due(*, link_of: LinkOf, limit: int = 20) -> int:
    """Send what is due, of all practices, oldest first; how many letters ended (sent or failed)."""
    now = clock.now()
    due = Message.unscoped.filter(
        Q(state=MessageState.WAITING, send_after__lte=now)
        | Q(state=MessageState.SENDING, lease_until__lt=now)
    )
    ended = 0
    for message in due.select_related("practice").order_by("send_after", "pk")[:limit]:
        if claim(message, now):
            ended += _deliver(message, link_of)
    return ended


def claim(message: Message, now: datetime) -> bool:
    """Take a letter for a while. False when another worker was faster, or it was taken back."""
    # A lease that ran out: that worker may have died after handing the letter over.
    is_lost = message.state == MessageState.SENDING
    was_lost_before = message.is_possible_duplicate
    taken = Message.unscoped.filter(
        pk=message.pk, state=message.state, attempts=message.attempts, send_after=message.send_after
    ).update(
        state=MessageState.SENDING,
        lease_until=now + LEASE,
        attempts=F("attempts") + 1,
        is_possible_duplicate=was_lost_before or is_lost,
    )
    if taken != 1:
        return False
    message.state, message.attempts = MessageState.SENDING, message.attempts + 1
    message.is_possible_duplicate = was_lost_before or is_lost
    if is_lost and was_lost_before:
        _end(message, MessageState.FAILED, LOST_TWICE)
        return False
    return True


def _deliver(message: Message, link_of: LinkOf) -> bool:
    try:
        papers = _papers(message)
        if papers is None:
            return _again(message, PAPER_WAIT, "", counts=False)
        _hand_over(compose(message, papers, link_of), message.to_address)
    except TryLater as error:
        if message.attempts > len(WAITS):
            return _end(message, MessageState.FAILED, str(error))
        return _again(message, WAITS[message.attempts - 1], str(error))
    except Refused as error:
        return _end(message, MessageState.FAILED, str(error))
    except LostSight:
        if message.is_possible_duplicate:
            return _end(message, MessageState.FAILED, LOST_TWICE)
        return _again(message, WAITS[0], "The line broke while it was handed over.", is_lost=True)
    except Exception:
        log.exception("letter_not_made", extra={"facts": {"message": message.code}})
        return _end(message, MessageState.FAILED, "The letter could not be made.")
    return _end(message, MessageState.SENT, "")


def compose(message: Message, papers: list[Paper], link_of: LinkOf) -> EmailMessage:
    """The letter as it leaves: one recipient, the practice as sender's name, papers attached."""
    practice = message.practice
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = message.subject
    letter["From"] = formataddr((practice.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    letter["To"] = formataddr((message.to_name, message.to_address))
    if practice.email:
        letter["Reply-To"] = formataddr((practice.name, practice.email))
    letter["Date"] = format_datetime(clock.now())
    letter["Message-ID"] = message.message_id
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(fill_links(message.body, link_of))
    for paper in papers:
        letter.add_attachment(paper.content, maintype="application", subtype="pdf", filename=paper.filename)
    return letter


def fill_links(body: str, link_of: LinkOf) -> str:
    """The text with each {{link:CODE}} as an address."""
    return PLACEHOLDER.sub(lambda found: link_of(found[1]), body)


def _papers(message: Message) -> list[Paper] | None:
    """The attachments; None while one is still being made. Raises Refused if one never will be."""
    documents = {
        each.code: each
        for each in Document.objects.for_practice(message.practice).filter(code__in=message.document_codes)
    }
    papers = []
    for code in message.document_codes:
        document = documents[code]
        if document.state == DocumentState.FAILED:
            raise Refused("Its document could not be made.")
        if document.state != DocumentState.READY:
            return None
        try:
            papers.append(Paper(document.filename, open_file(document)))
        except DamagedFile as error:
            raise Refused("Its document's file is damaged.") from error
    return papers


def _hand_over(letter: EmailMessage, to_address: str) -> None:
    """One SMTP transaction, step by step, so that we know how far it came."""
    backend = get_connection()
    try:
        backend.open()
        smtp: smtplib.SMTP = backend.connection  # type: ignore[attr-defined]
        smtp.ehlo_or_helo_if_needed()
        _expect(smtp.mail(parseaddr(letter["From"])[1]))
        _expect(smtp.rcpt(to_address))
    except smtplib.SMTPResponseException as error:
        _expect((error.smtp_code, b""))
        raise TryLater(f"The mail server answered {error.smtp_code}.") from error
    except (OSError, smtplib.SMTPException) as error:
        raise TryLater("The mail server could not be reached.") from error
    try:
        _expect(smtp.data(letter.as_bytes()))
    except smtplib.SMTPDataError as error:
        _expect((error.smtp_code, b""))
    except (OSError, smtplib.SMTPException) as error:
        raise LostSight from error
    finally:
        _hang_up(backend)


def _expect(reply: tuple[int, bytes]) -> None:
    code = reply[0]
    if 400 <= code < 500:
        raise TryLater(f"The mail server answered {code}.")
    if code >= 500:
        raise Refused(f"The mail server refused it ({code}).")


def _hang_up(backend: object) -> None:
    try:
        backend.close()  # type: ignore[attr-defined]
    except (OSError, smtplib.SMTPException):
        return  # it was accepted: how the line ends does not matter


def _again(
    message: Message, wait: timedelta, problem: str, *, counts: bool = True, is_lost: bool = False
) -> bool:
    Message.unscoped.filter(pk=message.pk, state=MessageState.SENDING, attempts=message.attempts).update(
        state=MessageState.WAITING,
        send_after=clock.now() + wait,
        lease_until=None,
        problem=problem,
        attempts=message.attempts if counts else message.attempts - 1,
        is_possible_duplicate=message.is_possible_duplicate or is_lost,
    )
    return False


def _end(message: Message, state: MessageState, problem: str) -> bool:
    log.info("letter_ended", extra={"facts": {"message": message.code, "state": state.value}})
    ended = Message.unscoped.filter(
        pk=message.pk, state=MessageState.SENDING, attempts=message.attempts
    ).update(
        state=state,
        problem=problem,
        lease_until=None,
        sent_at=clock.now() if state == MessageState.SENT else None,
    )
    return bool(ended)
