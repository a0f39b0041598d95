# SPDX-License-Identifier: Apache-2.0
"""The port every payment partner implements.

Plain values go in and plain values come out: no model, no request, no HTML. A provider is made
for one connection and holds no state, so any number may live side by side.

Two errors leave a provider, and the difference is who has to do something:

- `PartnerUnavailable`: no answer, or one that says nothing. What was asked may or may not have
  happened. Keep the attempt, ask again with the same reference and key.
- `PartnerRefused`: the partner understood and said no. Asking again will not help.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from aftersession.lib.errors import DomainError
from aftersession.lib.errors import PartnerUnavailable as PartnerUnavailable
from aftersession.lib.money import Money
from aftersession.payments.guide import Guide as Guide
from aftersession.payments.guide import KeyField as KeyField
from aftersession.payments.guide import Text as Text


class PartnerRefused(DomainError):
    """The partner said no, for good: a wrong key, an unknown reference, an amount it will not take.

    `code` is the partner's own word for it where it gave one; the message is ours.
    """

    code = "partner_refused"


class PageLost(PartnerRefused):
    """The partner made a page for this reference, its answer was lost, and it tells the address only once.

    Nobody has seen the page, and nothing was paid there: another attempt is the way on.
    """

    code = "page_lost"


class NoticeRejected(ValueError):
    """An inbound notice that is not the partner's, not recent or not readable.

    The text is a short fixed word (`signature`, `stale`, `size`, `shape`) for a counter; it never
    quotes what was received.
    """


class Capability(StrEnum):
    """What a partner offers beyond taking a payment and telling what became of it."""

    EXPIRE = "expire"
    NOTICES = "notices"
    CONFIRM_NOTICES = "confirm_notices"
    LIST_PAYMENTS = "list_payments"
    REFUND = "refund"
    LIST_REFUNDS = "list_refunds"
    LIST_DISPUTES = "list_disputes"
    LIST_PAYOUTS = "list_payouts"


class Mode(StrEnum):
    """Whether real money moves. A payment of one mode never settles an attempt of the other."""

    TEST = "test"
    LIVE = "live"


class PaymentState(StrEnum):
    """What the partner says of one payment, in the order in which it can happen."""

    CREATED = "created"
    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ABANDONED = "abandoned"
    EXPIRED = "expired"

    @property
    def is_final(self) -> bool:
        """Whether nothing the payer does at this checkout can change it any more."""
        return self not in (PaymentState.CREATED, PaymentState.PENDING)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionSettings:
    """One practice's account with one partner, as a provider needs it.

    `webhook_secrets` are what notices are signed with, the newest first; a partner that signs with
    its key has that key in both places. They may be two while a practice changes them: notices signed
    with either are the partner's. `base_url` empty: the partner's usual address. Secrets stay out of
    `repr`, so out of logs and tracebacks.
    """

    base_url: str
    account: str
    mode: Mode
    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """What is to be paid, and where the payer and the news go afterwards.

    `reference` is ours, unique, and committed before the partner hears of it. `idempotency_key`
    makes repeating the call safe. `description` is shown to the payer by the partner: it names
    the practice and the invoice, never the client or the care. `payer_email` is filled for partners
    that demand one (`Guide.needs_email`): the address the payer confirmed, else the practice's own.
    """

    reference: str
    idempotency_key: str
    amount: Money
    description: str
    return_url: str
    webhook_url: str
    payer_email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The partner's page for one attempt. `expires_at` is in UTC, or None where it never does.

    With `fields` the payer's browser must post them to `url` as a form; without, it is sent there.
    `external_id` is the partner's id of the page, empty where it gives none before somebody pays.
    """

    url: str
    external_id: str
    expires_at: datetime | None
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerAccount:
    """Who the key belongs to, as the partner says it. `currencies` empty: the partner does not tell."""

    account: str
    mode: Mode
    currencies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPayment:
    """One payment as the partner has it now. Times are UTC.

    `amount` is what the payer paid, or is asked for while nothing is paid; `fee` what the partner
    keeps of it, tax included, once known. None of it is trusted to be what was asked: settling compares.
    `external_id` is the payment's own id, or the checkout's while nothing is paid; what was paid back or
    disputed later changes neither amount nor state. An answer to a call with our key is of our account:
    a partner that does not name it fills in the connection's.
    """

    reference: str
    external_id: str
    state: PaymentState
    amount: Money
    mode: Mode
    account: str
    paid_at: datetime | None = None
    fee: Money | None = None


class Subject(StrEnum):
    """What a notice is about, so what is looked up beside the payment itself."""

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    PAYOUT = "payout"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundNotice:
    """A verified notice: a reason to fetch, never a proof of payment.

    `event_key` is the partner's own id of the event, unique within an account; of a partner without
    such ids, one made of what the notice is about, so that copies are one. `reference` is the payment's
    (or our refund's) and `external_id` the payment's id, each empty where the notice does not name it;
    one of them is enough.
    """

    event_key: str
    event_type: str
    reference: str
    external_id: str
    subject: Subject = Subject.PAYMENT

    def __post_init__(self) -> None:
        texts = (self.event_key, self.event_type, self.reference, self.external_id)
        lengths = zip(map(len, texts), (120, 60, 80, 80), strict=True)
        if not self.event_key or any(has > most for has, most in lengths):
            raise NoticeRejected("shape")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Money to send back from one payment, whole or in part.

    `reference` is ours, unique, and committed before the partner hears of it; it is also what makes
    repeating the call safe.
    """

    payment_external_id: str
    reference: str
    amount: Money


class RefundState(StrEnum):
    """What the partner says of one refund. Failed is the end, also of one that was called done."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRefund:
    """A refund as the partner has it now: it may stay pending for days and fail in the end.

    `reference` is ours, empty for a refund that somebody made at the partner. `problem` is the partner's
    word for why it failed, or for what it waits for. As with payments, none of it is trusted to be what
    was asked.
    """

    reference: str
    external_id: str
    state: RefundState
    amount: Money
    mode: Mode
    account: str
    problem: str = ""


class DisputeState(StrEnum):
    """Where a dispute stands. While it is open the partner has taken the money back already.

    Before that a bank may only ask: no money has moved, and the practice has to answer (`ASKED`), has done so
    (`ANSWERED`), or the bank has let it be (`CLOSED`). It may become an open one under the same id.
    """

    ASKED = "asked"
    ANSWERED = "answered"
    CLOSED = "closed"
    OPEN = "open"
    WON = "won"
    LOST = "lost"

    @property
    def has_taken_money(self) -> bool:
        """Whether it is more than a question."""
        return self in (DisputeState.OPEN, DisputeState.WON, DisputeState.LOST)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDispute:
    """A payer's bank has asked for a payment back, as the partner has it now. Times are UTC.

    `respond_by` is until when the practice may answer, None where the partner does not say. `fee` is
    what the partner charges for it, once known. `reason` is the partner's word.
    """

    external_id: str
    payment_external_id: str
    state: DisputeState
    amount: Money
    mode: Mode
    account: str
    opened_at: datetime | None = None
    respond_by: datetime | None = None
    fee: Money | None = None
    reason: str = ""


class PayoutLineKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    FEE = "fee"
    RETURNED = "returned"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutLine:
    """One thing that a payout is made of. `amount` is gross and negative for money that went back;
    `fee` was taken off it. `external_id` is the payment's (refund's, dispute's) own id, or that of an
    earlier payout whose money is `returned`."""

    kind: PayoutLineKind
    external_id: str
    amount: Money
    fee: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPayout:
    """One settlement to the practice's bank account. `amount` is what reaches the bank: the sum of its
    lines less their fees. `lines` is empty where the partner does not tell. `is_failed`: it did not reach
    the bank, or came back from there, and the partner holds the money again."""

    external_id: str
    amount: Money
    paid_on: date
    mode: Mode
    lines: tuple[PayoutLine, ...] = ()
    is_failed: bool = False


class PaymentProvider(ABC):
    """One partner, spoken to with one connection's settings.

    Every method may raise `PartnerUnavailable` or `PartnerRefused`. None may be called inside a
    transaction. Whoever calls an optional method looks at `capabilities` first.
    """

    kind: ClassVar[str]
    guide: ClassVar[Guide]
    capabilities: ClassVar[frozenset[Capability]] = frozenset()

    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings = settings

    @classmethod
    @abstractmethod
    def read_keys(cls, entered: Mapping[str, str]) -> ConnectionSettings:
        """What was pasted into the fields of `guide.keys`, as settings; `base_url` stays empty.

        Needs no network. Mode and account are what the keys themselves tell; `check_connection` proves
        them. Raises `BadInput` beside the field for keys that cannot be: cut off, of another kind, of
        two modes at once.
        """

    @abstractmethod
    def check_connection(self) -> PartnerAccount:
        """Ask who the key belongs to: proves key, mode and, where the partner tells, currencies.

        Changes nothing.
        """

    @abstractmethod
    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        """Make, or find again, the partner's page for an attempt.

        Safe to repeat with the same request: the same page comes back, or `PageLost` from a partner
        that tells it once. The same key with another request is refused.
        """

    @abstractmethod
    def fetch(
        self, *, reference: str = "", external_id: str = "", begun_at: datetime | None = None
    ) -> PartnerPayment | None:
        """The payment's state now; None if unknown there.

        `reference` is ours, `external_id` the checkout's or the payment's id where we know one, and
        `begun_at` (UTC) narrows the search of partners that cannot look up a reference. None is an
        answer: the partner never accepted the attempt. Raises `PartnerUnavailable` for a partner that
        cannot be asked (it has `CONFIRM_NOTICES`, and nothing is known until a notice comes).
        """

    def expire(self, external_id: str) -> PartnerPayment:
        """Close a checkout (by its own id) that nobody has paid, and return what it is afterwards.

        Safe to repeat. A checkout paid in the meantime comes back as paid: look at the state.
        """
        raise self._not_offered(Capability.EXPIRE)

    def verify_and_parse(self, raw_body: bytes, headers: Mapping[str, str]) -> InboundNotice:
        """Check that a notice is the partner's and read it. Needs no network.

        Header names are compared without regard to case. Raises `NoticeRejected`.
        """
        raise self._not_offered(Capability.NOTICES)

    def confirm_notice(self, raw_body: bytes) -> PartnerPayment:
        """For a partner that cannot be asked for a payment: have it confirm a stored notice, and read it.

        Raises `PartnerRefused` for a notice that the partner does not know as its own.
        """
        raise self._not_offered(Capability.CONFIRM_NOTICES)

    def list_payments(self, *, since: datetime) -> list[PartnerPayment]:
        """Every payment changed at or after `since` (UTC), in no promised order."""
        raise self._not_offered(Capability.LIST_PAYMENTS)

    def refund(self, request: RefundRequest) -> PartnerRefund:
        """Send money back. Safe to repeat with the same reference: the same refund comes back."""
        raise self._not_offered(Capability.REFUND)

    def fetch_refund(
        self, reference: str, *, payment_external_id: str = "", external_id: str = ""
    ) -> PartnerRefund | None:
        """The refund's state now, by our reference; None if unknown there.

        The payment's id, and the refund's own where we know it, are for partners that cannot look up a
        reference. None is an answer: the partner never accepted it.
        """
        raise self._not_offered(Capability.REFUND)

    def list_refunds(self, *, payment_external_id: str) -> list[PartnerRefund]:
        """Every refund of a payment, also those that somebody made at the partner."""
        raise self._not_offered(Capability.LIST_REFUNDS)

    def list_disputes(
        self, *, payment_external_id: str = "", since: datetime | None = None
    ) -> list[PartnerDispute]:
        """The disputes of one payment, or all that were opened or changed at or after `since` (UTC)."""
        raise self._not_offered(Capability.LIST_DISPUTES)

    def list_payouts(self, *, since: date) -> list[PartnerPayout]:
        """Every settlement to the bank on or after `since`, those that failed included."""
        raise self._not_offered(Capability.LIST_PAYOUTS)

    def _not_offered(self, capability: Capability) -> NotImplementedError:
        return NotImplementedError(f"{self.kind} does not offer {capability}")
