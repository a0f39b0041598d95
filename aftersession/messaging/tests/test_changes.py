# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta

import pytest

from aftersession.audit.models import AuditEvent
from aftersession.lib import clock
from aftersession.lib.errors import InvalidTransition
from aftersession.messaging.actions import hold_waiting, queue_letters
from aftersession.messaging.changes import cancel_message, release_message
from aftersession.messaging.models import Message, MessageState
from aftersession.messaging.tests.test_delivery import LETTER
from tests.cast import Cast


@pytest.fixture
def message(cast: Cast, in_practice: object) -> Message:
    (queued,) = queue_letters([LETTER], actor=cast.owner)
    return queued


def test_a_waiting_message_can_be_cancelled_once(message: Message, cast: Cast) -> None:
    for _ in range(2):
        cancel_message(message=message, actor=cast.owner, key="same")
    assert Message.objects.get().state == MessageState.CANCELLED
    assert AuditEvent.objects.filter(action="message.cancelled").count() == 1


@pytest.mark.parametrize("state", [MessageState.SENDING, MessageState.CANCELLED])
def test_what_has_left_or_is_cancelled_cannot_be_stopped(message: Message, cast: Cast, state: str) -> None:
    Message.objects.update(state=state)
    with pytest.raises(InvalidTransition):
        cancel_message(message=message, actor=cast.owner, key="k")
    assert Message.objects.get().state == state


def test_a_held_message_is_released_to_its_own_address_after_the_undo_window(
    message: Message, cast: Cast
) -> None:
    hold_waiting(recipient=LETTER.recipient, actor=cast.owner)
    release_message(message=message, actor=cast.owner, key="k")
    message.refresh_from_db()
    assert (message.state, message.to_address) == (MessageState.WAITING, LETTER.to_address)
    assert message.send_after > clock.now() + timedelta(seconds=cast.practice.undo_seconds - 5)


def test_only_a_held_message_can_be_released(message: Message, cast: Cast) -> None:
    with pytest.raises(InvalidTransition):
        release_message(message=message, actor=cast.owner, key="k")
