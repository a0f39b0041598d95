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

from aftersession.lib.errors import DomainError, PartnerUnavailable
from aftersession.lib.money import Money

__all__ = [
    "Capability",
    "Checkout",
    "CheckoutRequest",
    "ConnectionSettings",
    "InboundNotice",
    "Mode",
    "NoticeRejected",
    "PartnerAccount",
    "PartnerPayment",
    "PartnerPayout",
    "PartnerRefund",
    "PartnerRefused",
    "PartnerUnavailable",
    "PaymentProvider",
    "PaymentState",
    "RefundRequest",
    "RefundState",
]


class PartnerRefused(DomainError):
    """The partner said no, for good: a wrong key, an unknown reference, an amount it will not take.

    `code` is the partner's own word for it where it gave one; the message is ours.
    """

    code = "partner_refused"


class NoticeRejected(ValueError):
    """An inbound notice that is not the partner's, not recent or not readable.

    The text is a short fixed word (`signature`, `stale`, `size`, `shape`) for a counter; it never
    quotes what was received.
    """


class Capability(StrEnum):
    """What a partner offers beyond taking a payment and telling what became of it."""

    EXPIRE = "expire"
    NOTICES = "notices"
    LIST_PAYMENTS = "list_payments"
    REFUND = "refund"
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

    `webhook_secrets` may hold two while a practice changes them: notices signed with either are
    the partner's. Secrets stay out of `repr`, so out of logs and tracebacks.
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
    the practice and the invoice, never the client or the care.
    """

    reference: str
    idempotency_key: str
    amount: Money
    description: str
    return_url: str
    webhook_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkout:
    """The partner's page for one attempt. `expires_at` is in UTC, or None where it never does."""

    url: str
    external_id: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerAccount:
    """Who the key belongs to, as the partner says it."""

    account: str
    mode: Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPayment:
    """One payment as the partner has it now. Times are UTC.

    `amount` is what the payer paid, or is asked for while nothing is paid; `fee` what the partner
    keeps of it, once known. None of it is trusted to be what was asked: settling compares.
    """

    reference: str
    external_id: str
    state: PaymentState
    amount: Money
    mode: Mode
    account: str
    paid_at: datetime | None = None
    fee: Money | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundNotice:
    """A verified notice: a reason to fetch, never a proof of payment.

    `event_key` is the partner's own id of the event, unique within an account. `reference` and
    `external_id` are empty where the notice is about something else than a payment.
    """

    event_key: str
    event_type: str
    reference: str
    external_id: str

    def __post_init__(self) -> None:
        lengths = (len(self.event_key), len(self.event_type), len(self.reference))
        if not self.event_key or any(has > most for has, most in zip(lengths, (120, 60, 80), strict=True)):
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

    `problem` is the partner's word for why it failed, if it did. As with payments, none of it is trusted
    to be what was asked.
    """

    reference: str
    external_id: str
    state: RefundState
    amount: Money
    mode: Mode
    account: str
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPayout:
    """One settlement to the practice's bank account, fees already taken off."""

    external_id: str
    amount: Money
    paid_on: date
    payment_external_ids: tuple[str, ...]


class PaymentProvider(ABC):
    """One partner, spoken to with one connection's settings.

    Every method may raise `PartnerUnavailable` or `PartnerRefused`. None may be called inside a
    transaction. Whoever calls an optional method looks at `capabilities` first.
    """

    kind: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]] = frozenset()

    def __init__(self, settings: ConnectionSettings) -> None:
        self.settings = settings

    @abstractmethod
    def check_connection(self) -> PartnerAccount:
        """Ask who the key belongs to. Changes nothing."""

    @abstractmethod
    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        """Make, or find again, the partner's page for an attempt.

        Safe to repeat with the same request: the same page comes back. The same key with another
        request is refused.
        """

    @abstractmethod
    def fetch(self, *, reference: str = "", external_id: str = "") -> PartnerPayment | None:
        """The payment's state now, by our reference or the partner's id; None if unknown there.

        None is an answer: the partner never accepted the attempt.
        """

    def expire(self, external_id: str) -> PartnerPayment:
        """Close a checkout that nobody has paid, and return what it is afterwards.

        Safe to repeat. A checkout paid in the meantime comes back as paid: look at the state.
        """
        raise self._not_offered(Capability.EXPIRE)

    def verify_and_parse(self, raw_body: bytes, headers: Mapping[str, str]) -> InboundNotice:
        """Check that a notice is the partner's and read it. Needs no network.

        Header names are compared without regard to case. Raises `NoticeRejected`.
        """
        raise self._not_offered(Capability.NOTICES)

    def list_payments(self, *, since: datetime) -> list[PartnerPayment]:
        """Every payment changed at or after `since` (UTC), in no promised order."""
        raise self._not_offered(Capability.LIST_PAYMENTS)

    def refund(self, request: RefundRequest) -> PartnerRefund:
        """Send money back. Safe to repeat with the same reference: the same refund comes back."""
        raise self._not_offered(Capability.REFUND)

    def fetch_refund(self, reference: str) -> PartnerRefund | None:
        """The refund's state now, by our reference; None if unknown there.

        None is an answer: the partner never accepted it.
        """
        raise self._not_offered(Capability.REFUND)

    def list_payouts(self, *, since: date) -> list[PartnerPayout]:
        """Every settlement to the bank on or after `since`."""
        raise self._not_offered(Capability.LIST_PAYOUTS)

    def _not_offered(self, capability: Capability) -> NotImplementedError:
        return NotImplementedError(f"{self.kind} does not offer {capability}")
