# SPDX-License-Identifier: Apache-2.0
"""Which messages a person may see, tab by tab, page by page."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import Count, QuerySet
from django.http import Http404

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import Invoice
from aftersession.billing.queries import visible_invoices
from aftersession.documents.models import Document
from aftersession.messaging.models import Message, MessageState
from aftersession.messaging.queries import undelivered
from aftersession.practices.models import Member

PAGE_SIZE = 25


class Tab(StrEnum):
    SENT = "sent"
    WAITING = "waiting"
    FAILED = "failed"
    HELD = "held"
    CANCELLED = "cancelled"


STATES = {
    Tab.SENT: (MessageState.SENT,),
    Tab.WAITING: (MessageState.WAITING, MessageState.SENDING),
    Tab.FAILED: (MessageState.FAILED,),
    Tab.HELD: (MessageState.HELD,),
    Tab.CANCELLED: (MessageState.CANCELLED,),
}
COUNTED = (Tab.WAITING, Tab.FAILED, Tab.HELD)
"""The tabs that ask for something; the others only grow."""


@dataclass(frozen=True)
class Choice:
    """The tab, and the message before or after which the page begins; unknown values fall back."""

    tab: Tab = Tab.SENT
    after: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Choice":
        tab = query.get("tab", "")
        return cls(Tab(tab) if tab in set(Tab) else Tab.SENT, query.get("after", "")[:16].replace("\x00", ""))


@dataclass(frozen=True)
class Page:
    """Messages, newest first; `after` begins the next page and is empty on the last."""

    messages: list[Message]
    after: str


def visible_messages(member: Member) -> "QuerySet[Message]":
    """All of the practice's; for a practitioner, those about their own invoices."""
    messages: QuerySet[Message] = Message.objects.for_practice(member.practice)
    return messages if member.sees_everyone else _about_own(messages, member)


def message_for(member: Member, code: str) -> Message:
    """The message, or Http404 alike for none and for another's."""
    message = visible_messages(member).filter(code=code).first()
    if message is None:
        raise Http404
    return message


def list_messages(member: Member, choice: Choice, *, size: int = PAGE_SIZE) -> Page:
    """One page of a tab, by keyset."""
    rows = visible_messages(member).filter(state__in=STATES[choice.tab])
    anchor = visible_messages(member).filter(code=choice.after).first() if choice.after else None
    if anchor is not None:
        rows = rows.filter(pk__lt=anchor.pk)
    found = list(rows.order_by("-pk")[: size + 1])
    return Page(found[:size], found[size - 1].code if len(found) > size else "")


def count_tabs(member: Member) -> dict[Tab, int]:
    """How many messages each of the counted tabs holds."""
    states = [state for tab in COUNTED for state in STATES[tab]]
    found = visible_messages(member).filter(state__in=states).values_list("state").annotate(count=Count("pk"))
    by_state = dict(found.order_by())
    return {tab: sum(by_state.get(state, 0) for state in STATES[tab]) for tab in COUNTED}


def count_undelivered(member: Member) -> int:
    """How many wait for a person's look."""
    messages = undelivered(member.practice)
    return (messages if member.sees_everyone else _about_own(messages, member)).count()


def invoice_numbers(member: Member, messages: list[Message]) -> dict[str, str]:
    """The numbers of the invoices that messages are about, by code. One query."""
    codes = {message.about_code for message in messages if message.about_kind == "invoice"}
    found = Invoice.objects.for_practice(member.practice).filter(code__in=codes)
    return {invoice.code: invoice.number_label for invoice in found.only("code", "series", "number")}


def attachments_of(message: Message) -> list[Document]:
    """The papers of a message, in its order."""
    found = {
        each.code: each
        for each in Document.objects.for_practice(message.practice).filter(code__in=message.document_codes)
    }
    return [found[code] for code in message.document_codes if code in found]


def attachment_for(member: Member, code: str, document_code: str) -> Document:
    """One paper of a message the member may see, or Http404."""
    papers = [each for each in attachments_of(message_for(member, code)) if each.code == document_code]
    if not papers:
        raise Http404
    return papers[0]


def events_of(message: Message) -> list[AuditEvent]:
    """What people did with a message, oldest first."""
    events = AuditEvent.objects.for_practice(message.practice)
    return list(events.filter(subject_kind="message", subject_code=message.code).order_by("pk"))


def _about_own(messages: "QuerySet[Message]", member: Member) -> "QuerySet[Message]":
    own = visible_invoices(member).values("code")
    return messages.filter(about_kind="invoice", about_code__in=own)
