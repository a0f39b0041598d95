# SPDX-License-Identifier: Apache-2.0
"""The outbox and one message, put together for the screen."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from aftersession.desk.messages.queries import (
    COUNTED,
    Choice,
    Tab,
    attachments_of,
    count_tabs,
    count_undelivered,
    events_of,
    invoice_numbers,
    list_messages,
)
from aftersession.lib import clock
from aftersession.messaging.delivery import fill_links
from aftersession.messaging.models import Message, MessageState
from aftersession.practices.models import Member
from aftersession.ui.formats import near_day, wall_time
from aftersession.workflows.resend_message import current_address, why_not_again

TAB_LABELS = {
    Tab.SENT: gettext_lazy("Sent"),
    Tab.WAITING: gettext_lazy("Waiting"),
    Tab.FAILED: gettext_lazy("Not delivered"),
    Tab.HELD: gettext_lazy("Held"),
    Tab.CANCELLED: gettext_lazy("Cancelled"),
}
GLYPHS = {
    MessageState.WAITING: ("wait", "wait"),
    MessageState.SENDING: ("send", "info"),
    MessageState.SENT: ("sent", "ok"),
    MessageState.FAILED: ("over", "bad"),
    MessageState.CANCELLED: ("void", ""),
    MessageState.HELD: ("flag", "warn"),
}
DEEDS = {
    "message.cancelled": gettext_lazy("Cancelled"),
    "message.released": gettext_lazy("Released to the address it was written to"),
    "message.sent_again": gettext_lazy("Sent again as a new message"),
}


@dataclass(frozen=True)
class Row:
    """A message in a list."""

    message: Message
    glyph: str
    tone: str
    label: str
    number: str
    when: datetime


@dataclass(frozen=True)
class Event:
    """One line of a history."""

    icon: str
    tone: str
    title: str
    note: str


def list_page(member: Member, choice: Choice) -> dict[str, Any]:
    """One tab of the outbox."""
    page, counts = list_messages(member, choice), count_tabs(member)
    numbers = invoice_numbers(member, page.messages)
    waiting_for_us = count_undelivered(member)
    return {
        "place": "messages",
        "choice": choice,
        "lead": lead(waiting_for_us, counts[Tab.WAITING]),
        "trouble_url": _url(Tab.FAILED if counts[Tab.FAILED] else Tab.HELD) if waiting_for_us else "",
        "tabs": [
            {
                "url": _url(tab),
                "label": TAB_LABELS[tab],
                "count": counts.get(tab) if tab in COUNTED else None,
                "is_current": tab == choice.tab,
                "is_pressing": tab in (Tab.FAILED, Tab.HELD) and bool(counts[tab]),
            }
            for tab in Tab
        ],
        "rows": [_row(message, numbers) for message in page.messages],
        "next_url": _url(choice.tab, after=page.after) if page.after else "",
        "back_url": _url(choice.tab) if choice.after else "",
    }


def lead(troubled: int, waiting: int) -> SafeString:
    """Whether everything arrived."""
    if troubled:
        text = ngettext(
            "<b>{count} message</b> needs a look: it did not reach anybody.",
            "<b>{count} messages</b> need a look: they did not reach anybody.",
            troubled,
        )
        return format_html(text, count=troubled)
    if waiting:
        text = ngettext(
            "<b>{count} message</b> is about to leave. Nothing is stuck.",
            "<b>{count} messages</b> are about to leave. Nothing is stuck.",
            waiting,
        )
        return format_html(text, count=waiting)
    return mark_safe(_("<b>Nothing is stuck.</b> Every message has left."))


def detail_page(member: Member, message: Message) -> dict[str, Any]:
    """A message as it was sent, with what happened to it and what can be done."""
    numbers = invoice_numbers(member, [message])
    left = (message.send_after - clock.now()).total_seconds()
    return {
        "place": "messages",
        "row": _row(message, numbers),
        "message": message,
        "lead": _lead_of(message),
        "body": fill_links(message.body, lambda _code: _("(payment link)")),
        "papers": attachments_of(message),
        "history": _history(message, member),
        "is_waiting": message.state == MessageState.WAITING,
        "is_held": message.state == MessageState.HELD,
        "is_failed": message.state == MessageState.FAILED,
        "seconds": int(left) if message.state == MessageState.WAITING and 0 < left <= 120 else 0,
        **address_choice(message),
    }


def address_choice(message: Message) -> dict[str, Any]:
    """Where a held or failed message could go now, and why it may not go again."""
    now = current_address(message.recipient)
    return {"new_address": now, "is_moved": now != message.to_address, "why_not": why_not_again(message)}


def _row(message: Message, numbers: dict[str, str]) -> Row:
    glyph, tone = GLYPHS[MessageState(message.state)]
    when = message.sent_at or message.created_at
    label = str(message.get_state_display())
    return Row(message, glyph, tone, label, numbers.get(message.about_code, ""), when)


def _lead_of(message: Message) -> SafeString:
    text = {
        MessageState.SENT: _("Sent to <b>{name}</b> at {address}."),
        MessageState.WAITING: _("About to leave for <b>{name}</b> at {address}."),
        MessageState.SENDING: _("Being sent to <b>{name}</b> at {address}."),
        MessageState.FAILED: _("<b>Did not reach {name}</b> at {address}."),
        MessageState.CANCELLED: _("Cancelled. <b>{name}</b> did not get it."),
        MessageState.HELD: _("Held. <b>The address of {name} has changed</b> since it was written."),
    }[MessageState(message.state)]
    return format_html(text, name=message.to_name, address=message.to_address)


def _history(message: Message, member: Member) -> list[Event]:
    def at(instant: datetime) -> str:
        zone, locale = member.practice.time_zone, member.practice.locale
        return f"{near_day(instant, locale, zone)} {wall_time(instant, locale, zone)}"

    events = [Event("draft", "", _("Written"), at(message.created_at))]
    events += [
        Event("user", "", str(DEEDS.get(each.action, each.action)), f"{at(each.at)}, {each.actor_label}")
        for each in events_of(message)
    ]
    if message.is_possible_duplicate:
        note = _("The line broke while it was handed over.")
        events.append(Event("info", "warn", _("May have arrived twice"), note))
    if message.state == MessageState.CANCELLED and len(events) == 1:
        events.append(Event("void", "", _("Cancelled"), _("What it told of was taken back.")))
    return [*_standing(message, at), *reversed(events)]


def _standing(message: Message, at: Callable[[datetime], str]) -> list[Event]:
    """How it stands now, where nobody of the practice brought it there."""
    if message.state == MessageState.HELD:
        note = _("The address on file is no longer the one above.")
        return [Event("flag", "warn", _("Held"), note)]
    if message.state == MessageState.FAILED:
        return [Event("over", "warn", _("Given up"), message.problem)]
    if message.state == MessageState.WAITING and message.attempts:
        tries = ngettext("Tried {count} time", "Tried {count} times", message.attempts)
        again = _("Next try {when}.").format(when=at(message.send_after))
        return [Event("wait", "later", tries.format(count=message.attempts), f"{message.problem} {again}")]
    if message.sent_at:
        return [Event("sent", "ok", _("Handed to the mail server"), at(message.sent_at))]
    return []


def _url(tab: Tab, **more: str) -> str:
    return f"{reverse('desk:message_list')}?{urlencode({'tab': tab, **more})}"
