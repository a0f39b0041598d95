# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta

import pytest

from aftersession.lib import clock
from aftersession.lib.errors import InvalidTransition
from aftersession.messaging.actions import hold_waiting, queue_letters
from aftersession.messaging.changes import release_message
from aftersession.messaging.models import Message, MessageState
from aftersession.messaging.tests.test_delivery import LETTER
from tests.cast import Cast


@pytest.fixture
def message(cast: Cast, in_practice: object) -> Message:
    (queued,) = queue_letters([LETTER], actor=cast.owner)
    return queued


def test_a_held_message_is_released_to_its_own_address_after_the_undo_window(
    message: Message, cast: Cast
) -> None:
    hold_waiting(recipient=LETTER.recipient)
    release_message(message=message, actor=cast.owner, key="k")
    message.refresh_from_db()
    assert (message.state, message.to_address) == (MessageState.WAITING, LETTER.to_address)
    assert message.send_after > clock.now() + timedelta(seconds=cast.practice.undo_seconds - 5)


def test_only_a_held_message_can_be_released(message: Message, cast: Cast) -> None:
    with pytest.raises(InvalidTransition):
        release_message(message=message, actor=cast.owner, key="k")
