# SPDX-License-Identifier: Apache-2.0
"""Writing to the outbox, and taking back what has not left. All of it inside the caller's transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from email.utils import make_msgid
from urllib.parse import urlsplit

from django.conf import settings

from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message, MessageState
from aftersession.practices.actors import Actor


@dataclass(frozen=True)
class Letter:
    """One message to one person. `recipient` says whose address it is ("patient:CODE").

    `body` may hold {{link:CODE}} in place of a payment link. `dedupe_key` names the effect it tells
    of: a second letter with the same key is a bug and is refused by the database.
    """

    kind: str
    dedupe_key: str
    to_name: str
    to_address: str
    recipient: str
    subject: str
    body: str
    about_kind: str
    about_code: str
    patient_code: str
    language: str
    document_codes: tuple[str, ...] = ()


def queue_letters(letters: Sequence[Letter], *, actor: Actor) -> list[Message]:
    """Put letters into the outbox; they leave once the practice's undo window has passed."""
    now = clock.now()
    send_after = now + timedelta(seconds=actor.practice.undo_seconds)
    host = urlsplit(settings.AFTERSESSION_URL).hostname or "localhost"
    return Message.objects.bulk_create(
        Message(
            practice=actor.practice,
            code=new_code(),
            kind=letter.kind,
            dedupe_key=letter.dedupe_key,
            to_name=letter.to_name,
            to_address=letter.to_address,
            recipient=letter.recipient,
            subject=letter.subject,
            body=letter.body,
            document_codes=list(letter.document_codes),
            about_kind=letter.about_kind,
            about_code=letter.about_code,
            patient_code=letter.patient_code,
            language=letter.language,
            send_after=send_after,
            created_at=now,
            message_id=make_msgid(idstring=new_code(), domain=host),
        )
        for letter in letters
    )


def cancel_waiting(*, about_kind: str, about_codes: Sequence[str]) -> int:
    """Cancel what still waits about these things; how many. What is being sent cannot be caught."""
    return Message.objects.filter(
        about_kind=about_kind,
        about_code__in=about_codes,
        state__in=[MessageState.WAITING, MessageState.HELD],
    ).update(state=MessageState.CANCELLED)


def cancel_kind(kind: str, *, about_kind: str, about_code: str, recipient: str) -> int:
    """Cancel what still waits of one kind about a thing, to one recipient, first or again; how many."""
    return Message.objects.filter(
        kind=kind,
        about_kind=about_kind,
        about_code=about_code,
        recipient=recipient,
        state__in=[MessageState.WAITING, MessageState.HELD],
    ).update(state=MessageState.CANCELLED)


def cancel_carrying(document_code: str) -> int:
    """Cancel what still waits and carries nothing but this paper, first or again; how many."""
    return Message.objects.filter(
        document_codes=[document_code], state__in=[MessageState.WAITING, MessageState.HELD]
    ).update(state=MessageState.CANCELLED)


def hold_waiting(*, recipient: str) -> int:
    """Stop waiting letters to somebody whose address has changed, until a person has looked; how many."""
    return Message.objects.filter(recipient=recipient, state=MessageState.WAITING).update(
        state=MessageState.HELD
    )
