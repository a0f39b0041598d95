# SPDX-License-Identifier: Apache-2.0
from django.db.models import Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Concat

from aftersession.messaging.models import Message, MessageState
from aftersession.practices.models import Practice

GONE = (MessageState.SENDING, MessageState.SENT)


def has_left(about_kind: str, about_code: str, recipient: str = "") -> bool:
    """Whether a message about this has been sent, to this recipient or to anybody, or is being sent just now.

    One that failed after the line broke in the middle may have arrived: it counts as gone.
    """
    messages = Message.objects.filter(about_kind=about_kind, about_code=about_code)
    if recipient:
        messages = messages.filter(recipient=recipient)
    return messages.filter(state__in=GONE).exists() or messages.filter(is_possible_duplicate=True).exists()


def count_about(about_kind: str, about_code: str) -> int:
    """How many messages there are about this, in any state."""
    return Message.objects.filter(about_kind=about_kind, about_code=about_code).count()


def has_received(address: str) -> bool:
    """Whether this practice has sent something to this address before, and it was taken."""
    return Message.objects.filter(to_address=address, state=MessageState.SENT).exists()


def undelivered(practice: Practice) -> "QuerySet[Message]":
    """What a person must look at: letters that did not arrive, and letters held for a changed address.

    One that was sent again since is settled and left out.
    """
    messages: QuerySet[Message] = Message.objects.for_practice(practice)
    again = messages.filter(dedupe_key=Concat(Value("again:"), OuterRef("code")))
    return messages.filter(state__in=[MessageState.FAILED, MessageState.HELD]).exclude(Exists(again))
