# SPDX-License-Identifier: Apache-2.0
"""The one word a screen shows for an invoice, out of statuses that are kept apart.

What the document is, whether it was delivered, who still owes and where the claim stands are four
different things. They meet here, and nowhere else.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from aftersession.billing.models import InvoiceState

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Delivery(StrEnum):
    """What became of the newest letter with the invoice."""

    NONE = "none"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFacts:
    """Where a claim stands, as far as its label and its next date ask. `due_on`: the day that counts next."""

    code: str
    is_submitted: bool
    due_on: date | None
    is_late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Everything a label depends on. Amounts in minor units of the invoice's currency.

    `credit_minor` is money taken for this invoice that settles nothing yet; `client_allocated_minor` is
    what of `allocated_minor` settles the shares of people, where an insurer owes a share as well.
    """

    state: str
    today: date
    due_on: date | None = None
    client_open_minor: int = 0
    payer_open_minor: int = 0
    allocated_minor: int = 0
    client_allocated_minor: int = 0
    credited_minor: int = 0
    written_off_minor: int = 0
    refunded_minor: int = 0
    credit_minor: int = 0
    has_payer: bool = False
    is_superseded: bool = False
    delivery: Delivery = Delivery.NONE
    claim: ClaimFacts | None = None

    @property
    def open_minor(self) -> int:
        return self.client_open_minor + self.payer_open_minor

    @property
    def is_client_late(self) -> bool:
        return self.client_open_minor > 0 and self.due_on is not None and self.due_on < self.today

    @property
    def is_payer_late(self) -> bool:
        return self.payer_open_minor > 0 and self.claim is not None and self.claim.is_late


@dataclass(frozen=True, slots=True)
class Label:
    """A word with its glyph and tone, as `{% status %}` draws it."""

    name: str
    label: "_StrPromise"
    glyph: str
    tone: str = ""


DRAFT = Label("draft", _("Draft"), "draft")
DISCARDED = Label("discarded", _("Discarded"), "void")
VOID = Label("void", _("Void"), "void")
ISSUED = Label("issued", _("Issued"), "doc", "info")
SENDING = Label("sending", _("Sending"), "sent", "info")
SENT = Label("sent", _("Sent"), "sent", "info")
WAITING = Label("waiting", _("Waiting for insurer"), "wait", "wait")
SUBMITTED = Label("submitted", _("Claim submitted"), "send", "wait")
PART_PAID = Label("part_paid", _("Part paid"), "part", "warn")
CLIENT_OWES = Label("client_owes", _("Client owes"), "owes", "warn")
OVERDUE = Label("overdue", _("Overdue"), "over", "bad")
PAID = Label("paid", _("Paid"), "paid", "ok")
IN_CREDIT = Label("in_credit", _("In credit"), "plus", "ok")
CREDITED = Label("credited", _("Credited"), "refund")
CORRECTED = Label("corrected", _("Corrected"), "edit")
REFUNDED = Label("refunded", _("Refunded"), "refund")
WRITTEN_OFF = Label("written_off", _("Written off"), "none")


def label_of(standing: Standing) -> Label:
    """The word for an invoice as it stands."""
    unissued = {
        InvoiceState.DRAFT: DRAFT,
        InvoiceState.DISCARDED: DISCARDED,
        InvoiceState.VOID: VOID,
    }.get(InvoiceState(standing.state))
    if unissued is not None:
        return unissued
    if standing.is_superseded:
        return CORRECTED
    if standing.open_minor == 0:
        return _settled(standing)
    if standing.is_client_late or standing.is_payer_late:
        return OVERDUE
    return _of_insurer(standing) if standing.payer_open_minor else _of_client(standing)


def _settled(standing: Standing) -> Label:
    if standing.credit_minor:
        return IN_CREDIT
    if standing.refunded_minor:
        return REFUNDED
    if standing.allocated_minor or not (standing.written_off_minor or standing.credited_minor):
        return PAID
    return CREDITED if standing.credited_minor > standing.written_off_minor else WRITTEN_OFF


def _of_insurer(standing: Standing) -> Label:
    if standing.allocated_minor > standing.client_allocated_minor:
        return PART_PAID
    return SUBMITTED if standing.claim is not None and standing.claim.is_submitted else WAITING


def _of_client(standing: Standing) -> Label:
    if standing.has_payer:
        return CLIENT_OWES
    if standing.allocated_minor:
        return PART_PAID
    return {Delivery.WAITING: SENDING, Delivery.SENDING: SENDING, Delivery.SENT: SENT}.get(
        standing.delivery, ISSUED
    )
