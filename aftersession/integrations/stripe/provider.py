# SPDX-License-Identifier: Apache-2.0
"""The payment port, answered by Stripe: a hosted checkout session for each attempt.

Our reference is the session's `client_reference_id`, and lies in its metadata and the payment
intent's. A payment's own id is its payment intent's. Money is settled by sessions alone.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, ClassVar

from aftersession.integrations.stripe.amounts import to_stripe
from aftersession.integrations.stripe.client import Param, StripeClient, strange_answer
from aftersession.integrations.stripe.guide import GUIDE, read_keys
from aftersession.integrations.stripe.readers import (
    last_change_of,
    read_account,
    read_checkout,
    read_dispute,
    read_line,
    read_payout,
    read_refund,
    read_session,
    reference_of,
)
from aftersession.integrations.stripe.webhooks import read_notice
from aftersession.payments.provider import (
    Capability,
    Checkout,
    CheckoutRequest,
    ConnectionSettings,
    Guide,
    InboundNotice,
    PartnerAccount,
    PartnerDispute,
    PartnerPayment,
    PartnerPayout,
    PartnerRefund,
    PartnerRefused,
    PartnerUnavailable,
    PaymentProvider,
    PaymentState,
    RefundRequest,
)

SESSIONS = ("checkout", "sessions")
WITH_FEE = ("payment_intent.latest_charge.balance_transaction",)
EACH_WITH_FEE = ("data.payment_intent.latest_charge.balance_transaction",)
# About 10 kB each when expanded like this: an answer of a hundred would be refused as too long.
EXPANDED_PAGE = 25

# Our clock may be off from Stripe's, and a page may be asked for again for as long as its key lives.
CLOCKS_DIFFER = timedelta(hours=1)
KEY_LIVES = timedelta(hours=25)
# The slowest ways to pay are confirmed by a bank within two weeks, a dispute by the networks in months.
SLOWEST_BANK = timedelta(days=15)
LONGEST_DISPUTE = timedelta(days=400)

BEST_FIRST = (PaymentState.SUCCEEDED, PaymentState.PENDING, PaymentState.CREATED, PaymentState.FAILED)

log = logging.getLogger("aftersession.stripe")


class StripeProvider(PaymentProvider):
    """Cards and more through Stripe's hosted checkout, with the practice's own account."""

    kind: ClassVar[str] = "stripe"
    guide: ClassVar[Guide] = GUIDE
    capabilities: ClassVar[frozenset[Capability]] = frozenset(Capability) - {Capability.CONFIRM_NOTICES}

    def __init__(self, settings: ConnectionSettings) -> None:
        super().__init__(settings)
        self._client = StripeClient(settings.base_url, settings.api_key)

    @classmethod
    def read_keys(cls, entered: Mapping[str, str]) -> ConnectionSettings:
        return read_keys(entered)

    def check_connection(self) -> PartnerAccount:
        return read_account(self._client.get("account"), self._client.get("balance"))

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        marked = {"reference": request.reference}
        session = self._client.post(
            *SESSIONS,
            key=request.idempotency_key,
            mode="payment",
            client_reference_id=request.reference,
            metadata=marked,
            payment_intent_data={"metadata": marked, "description": request.description},
            line_items=[
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": request.amount.currency.lower(),
                        "unit_amount": to_stripe(request.amount),
                        "product_data": {"name": request.description},
                    },
                }
            ],
            # The payer pays what was asked, in its currency. An end of our choosing is not sent: the
            # same request must be the same again, and Stripe's own is a day.
            adaptive_pricing={"enabled": False},
            success_url=request.return_url,
            cancel_url=request.return_url,
        )
        return read_checkout(session)

    def fetch(
        self, *, reference: str = "", external_id: str = "", begun_at: datetime | None = None
    ) -> PartnerPayment | None:
        session = self._session_by_id(external_id) if external_id else None
        if session is None and reference:
            return self._search(reference, begun_at)
        return None if session is None else self._read(session)

    def expire(self, external_id: str) -> PartnerPayment:
        try:
            session = self._client.post(
                *SESSIONS, external_id, "expire", key=f"expire-{external_id}", expand=WITH_FEE
            )
        except PartnerRefused:
            # Not open any more: paid, on its way, or closed before. What it is decides.
            session = self._client.get(*SESSIONS, external_id, expand=WITH_FEE)
        return self._read(session)

    def verify_and_parse(self, raw_body: bytes, headers: Mapping[str, str]) -> InboundNotice:
        secrets, mode = self.settings.webhook_secrets, self.settings.mode
        return read_notice(raw_body, headers, secrets=secrets, mode=mode)

    def list_payments(self, *, since: datetime) -> list[PartnerPayment]:
        """Lists know only when a session was made, so it looks back as far as the slowest bank takes."""
        found: list[PartnerPayment] = []
        made = {"gte": int((since - SLOWEST_BANK).timestamp())}
        for session in self._client.pages(
            *SESSIONS, limit=EXPANDED_PAGE, by={"created": made}, expand=EACH_WITH_FEE
        ):
            if session.get("mode") != "payment":
                continue
            try:
                if last_change_of(session) >= since.timestamp():
                    found.append(self._read(session))
            except PartnerUnavailable:
                # One that cannot be read must not hide the others.
                log.warning("session not readable", extra={"facts": {"reference": reference_of(session)}})
        return found

    def refund(self, request: RefundRequest) -> PartnerRefund:
        refund = self._client.post(
            "refunds",
            key=f"refund-{request.reference}",
            payment_intent=request.payment_external_id,
            amount=to_stripe(request.amount),
            metadata={"reference": request.reference},
        )
        return self._read_refund(refund)

    def fetch_refund(
        self, reference: str, *, payment_external_id: str = "", external_id: str = ""
    ) -> PartnerRefund | None:
        found = self._client.find("refunds", external_id) if external_id else None
        if found is not None:
            return self._read_refund(found)
        narrowed = {"payment_intent": payment_external_id} if payment_external_id else {}
        for refund in self._client.pages("refunds", by=narrowed):
            if reference_of(refund) == reference:
                return self._read_refund(refund)
        return None

    def list_refunds(self, *, payment_external_id: str) -> list[PartnerRefund]:
        pages = self._client.pages("refunds", by={"payment_intent": payment_external_id})
        return [self._read_refund(refund) for refund in pages]

    def list_disputes(
        self, *, payment_external_id: str = "", since: datetime | None = None
    ) -> list[PartnerDispute]:
        """Lists know only when a dispute was opened, so it looks back as far as one can last."""
        by: dict[str, Param] = {}
        if payment_external_id:
            by["payment_intent"] = payment_external_id
        elif since is not None:
            by["created"] = {"gte": int((since - LONGEST_DISPUTE).timestamp())}
        found: list[PartnerDispute] = []
        for dispute in self._client.pages("disputes", by=by):
            try:
                found.append(read_dispute(dispute, account=self.settings.account))
            except PartnerUnavailable:
                if payment_external_id:
                    raise
                # Of a whole account, one that cannot be read must not hide the others.
                log.warning("dispute not readable", extra={"facts": {"partner": self.kind}})
        return found

    def list_payouts(self, *, since: date) -> list[PartnerPayout]:
        """What has reached the bank, once Stripe has told what it is made of, and what came back from there."""
        arrived = {"gte": int(datetime.combine(since, time(), UTC).timestamp())}
        pages = self._client.pages("payouts", by={"arrival_date": arrived})
        found: list[PartnerPayout] = []
        for payout in pages:
            is_failed = payout.get("status") == "failed"
            is_told = payout.get("status") == "paid" and payout.get("reconciliation_status") != "in_progress"
            if not (is_failed or is_told):
                continue
            transactions = self._transactions_of(payout) if is_told else []
            try:
                lines = [line for each in transactions if (line := read_line(each)) is not None]
                found.append(read_payout(payout, lines))
            except PartnerUnavailable:
                log.warning("payout not readable", extra={"facts": {"partner": self.kind}})
        return found

    def _transactions_of(self, payout: dict[str, Any]) -> list[dict[str, Any]]:
        # Of a payout that somebody started by hand, Stripe does not tell what it is made of.
        if payout.get("automatic") is not True or not isinstance(payout.get("id"), str):
            return []
        pages = self._client.pages(
            "balance_transactions", limit=EXPANDED_PAGE, by={"payout": payout["id"]}, expand=("data.source",)
        )
        return list(pages)

    def _session_by_id(self, external_id: str) -> dict[str, Any] | None:
        """A session by its own id, or by its payment's."""
        if not external_id.startswith("pi_"):
            return self._client.find(*SESSIONS, external_id, expand=WITH_FEE)
        pages = self._client.pages(
            *SESSIONS, limit=EXPANDED_PAGE, by={"payment_intent": external_id}, expand=EACH_WITH_FEE
        )
        return next(pages, None)

    def _search(self, reference: str, begun_at: datetime | None) -> PartnerPayment | None:
        """A session by our reference, among those made around the time of the attempt.

        Stripe's own search lags behind by up to an hour after trouble; a list is never behind.
        """
        by: dict[str, Param] = {}
        if begun_at is not None:
            by["created"] = {
                "gte": int((begun_at - CLOCKS_DIFFER).timestamp()),
                "lte": int((begun_at + KEY_LIVES).timestamp()),
            }
        mine = [each for each in self._client.pages(*SESSIONS, by=by) if reference_of(each) == reference]
        # More than one only if a page was asked for again after the key had died: money comes first.
        found = [self._read(self._client.get(*SESSIONS, _id_of(each), expand=WITH_FEE)) for each in mine]
        return min(found, key=_rank, default=None)

    def _read(self, session: dict[str, Any]) -> PartnerPayment:
        return read_session(session, account=self.settings.account)

    def _read_refund(self, refund: dict[str, Any]) -> PartnerRefund:
        return read_refund(refund, account=self.settings.account, mode=self.settings.mode)


def _id_of(thing: dict[str, Any]) -> str:
    found = thing.get("id")
    if not isinstance(found, str):
        raise strange_answer()
    return found


def _rank(payment: PartnerPayment) -> int:
    return BEST_FIRST.index(payment.state) if payment.state in BEST_FIRST else len(BEST_FIRST)
