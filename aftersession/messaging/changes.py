# SPDX-License-Identifier: Apache-2.0
"""What becomes of one message by a person's hand: it is stopped, or a held one goes."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.lib.errors import InvalidTransition
from aftersession.messaging.models import Message, MessageState
from aftersession.practices.models import Member

STOPPABLE = (MessageState.WAITING, MessageState.HELD)


@dataclass(frozen=True)
class Changed:
    """The message, by its public code."""

    message_code: str


@command(Changed)
def release_message(*, message: Message, actor: Member, key: str) -> Changed:
    """Let a held message go to the address it was written to, after the undo window."""
    send_after = clock.now() + timedelta(seconds=actor.practice.undo_seconds)
    released = Message.objects.filter(pk=message.pk, state=MessageState.HELD).update(
        state=MessageState.WAITING, send_after=send_after
    )
    if released != 1:
        raise InvalidTransition(_("This message is not held any more. Nothing was changed."))
    record_facts([fact("message.released", message)], actor=actor)
    return Changed(message.code)


def stop(message: Message) -> None:
    """Cancel a message that has not left, inside a caller's transaction. Raises InvalidTransition else."""
    stopped = Message.objects.filter(pk=message.pk, state__in=STOPPABLE).update(state=MessageState.CANCELLED)
    if stopped != 1:
        raise InvalidTransition(_("This message has already left, or was cancelled before."))


def fact(action: str, message: Message) -> Fact:
    """One thing that happened to a message, for the log."""
    return Fact(action, "message", message.code, message.patient_code)
