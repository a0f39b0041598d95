# SPDX-License-Identifier: Apache-2.0
"""The payment port, answered by Paystack."""

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, TypeVar

from django.utils.translation import gettext as _

from aftersession.integrations.paystack import reading
from aftersession.integrations.paystack.client import PaystackClient
from aftersession.integrations.paystack.guide import GUIDE, settings_of
from aftersession.integrations.paystack.webhooks import read_notice
from aftersession.payments.provider import (
    Capability,
    Checkout,
    CheckoutRequest,
    ConnectionSettings,
    Guide,
    InboundNotice,
    Mode,
    PageLost,
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

REFERENCE = re.compile(r"[A-Za-z0-9.=-]{1,100}", re.ASCII)
# Lists can only be asked for by when a thing was made; it may have changed so much later.
PAYS_LATE = timedelta(days=7)
DISPUTE_LASTS = timedelta(days=120)
BANK_TAKES = timedelta(days=14)

Row = TypeVar("Row")

log = logging.getLogger("aftersession.partners")


class PaystackProvider(PaymentProvider):
    """One Paystack account. It has no keys for safe repeats, so each method looks before it acts."""

    kind: ClassVar[str] = "paystack"
    guide: ClassVar[Guide] = GUIDE
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.NOTICES,
            Capability.LIST_PAYMENTS,
            Capability.REFUND,
            Capability.LIST_REFUNDS,
            Capability.LIST_DISPUTES,
            Capability.LIST_PAYOUTS,
        }
    )

    def __init__(self, settings: ConnectionSettings) -> None:
        super().__init__(settings)
        self._client = PaystackClient(settings.base_url, settings.api_key)

    @classmethod
    def read_keys(cls, entered: Mapping[str, str]) -> ConnectionSettings:
        return settings_of(entered)

    def check_connection(self) -> PartnerAccount:
        """The balances prove the key and name the currencies; a settlement, once there is one, names the
        account. Before that the key is all there is to tell accounts apart, and what it was called then
        stays its name."""
        currencies = [reading.text_of(row.get("currency")) for row in self._client.balance()]
        settled = self._client.last_settlement() or {}
        account = self.settings.account
        if not account or account.isdecimal():
            account = reading.id_of(settled.get("integration")) or account or self._name_of_key()
        return PartnerAccount(
            account=account,
            mode=Mode(settled["domain"]) if settled.get("domain") in list(Mode) else self.settings.mode,
            currencies=tuple(dict.fromkeys(currency for currency in currencies if currency)),
        )

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        """Paystack takes a reference once and shows its page's address once.

        So an answer that was lost cannot be had again. The page behind it was shown to nobody and cannot
        be paid: asking again raises `PageLost`, and another attempt is the way on.
        """
        if not REFERENCE.fullmatch(request.reference):
            raise PartnerRefused(_("The partner does not take this reference."), code="bad_reference")
        if not request.payer_email:
            raise PartnerRefused(_("The partner needs an e-mail address."), code="email_needed")
        fields = {
            "email": request.payer_email,
            "amount": reading.subunits_of(request.amount),
            "currency": request.amount.currency,
            "reference": request.reference,
            "callback_url": request.return_url,
            "label": request.description,
            "metadata": {
                "cancel_action": request.return_url,
                "custom_fields": [
                    {
                        "display_name": _("Invoice"),
                        "variable_name": "invoice",
                        "value": request.description,
                    }
                ],
            },
        }
        try:
            made = self._client.initialize(fields)
        except PartnerRefused as refusal:
            if refusal.code == "duplicate_reference":
                self._tell_of_lost_page(request)
            raise
        return self._read_checkout(made, request)

    def fetch(
        self, *, reference: str = "", external_id: str = "", begun_at: datetime | None = None
    ) -> PartnerPayment | None:
        found = self._client.verify(reference) if reference else self._client.transaction(external_id)
        return None if found is None else reading.read_payment(found, self.settings.account)

    def verify_and_parse(self, raw_body: bytes, headers: Mapping[str, str]) -> InboundNotice:
        return read_notice(raw_body, headers, secrets=self.settings.webhook_secrets)

    def list_payments(self, *, since: datetime) -> list[PartnerPayment]:
        rows = self._client.transactions({"from": _asked(since - PAYS_LATE)})
        return self._readable(
            (row for row in rows if reading.is_changed_since(row, since)), reading.read_payment
        )

    def refund(self, request: RefundRequest) -> PartnerRefund:
        """Look for a refund with our reference first: Paystack would pay the same request twice.

        Two calls at the same moment would both find nothing: whoever calls lets one run at a time.
        """
        found = self._find_refund(request.reference, request.payment_external_id)
        if found is not None:
            return found
        fields = {
            "transaction": request.payment_external_id,
            "amount": reading.subunits_of(request.amount),
            "currency": request.amount.currency,
            "merchant_note": reading.note_for(request.reference),
        }
        made = reading.read_refund(self._client.open_refund(fields), self.settings.account)
        return replace(made, reference=request.reference)

    def fetch_refund(
        self, reference: str, *, payment_external_id: str = "", external_id: str = ""
    ) -> PartnerRefund | None:
        if external_id:
            body = self._client.refund(external_id)
            if body is not None:
                # This id came back from our own request, so the refund is ours whatever became of its note.
                return replace(reading.read_refund(body, self.settings.account), reference=reference)
        return self._find_refund(reference, payment_external_id)

    def list_refunds(self, *, payment_external_id: str) -> list[PartnerRefund]:
        # That the list was narrowed is not taken for granted.
        rows = self._refund_rows(payment_external_id)
        own = [row for row in rows if reading.transaction_of(row) == payment_external_id]
        return [reading.read_refund(row, self.settings.account) for row in own]

    def list_disputes(
        self, *, payment_external_id: str = "", since: datetime | None = None
    ) -> list[PartnerDispute]:
        if payment_external_id:
            rows: Iterable[dict[str, Any]] = self._client.disputes_of(payment_external_id)
            return [reading.read_dispute(row, self.settings.account) for row in rows]
        query = {} if since is None else {"from": _asked(since - DISPUTE_LASTS)}
        rows = self._client.disputes(query)
        return self._readable(
            (row for row in rows if since is None or reading.is_changed_since(row, since)),
            reading.read_dispute,
        )

    def list_payouts(self, *, since: date) -> list[PartnerPayout]:
        asked = datetime(since.year, since.month, since.day, tzinfo=UTC) - BANK_TAKES
        found = self._client.settlements({"from": _asked(asked)})
        rows = [row for row in found if reading.is_paid_out(row, since)]
        paid = [row for row in rows if row.get("status") == "success"]
        ids = {settlement_id for row in paid if (settlement_id := reading.id_of(row.get("id")))}
        made_of = {each: list(self._client.settled_transactions(each)) for each in sorted(ids)}
        return self._readable(
            rows, lambda row, _: reading.read_payout(row, made_of.get(reading.id_of(row.get("id")), []))
        )

    def _name_of_key(self) -> str:
        return f"key-{hashlib.sha256(self.settings.api_key.encode()).hexdigest()[:12]}"

    def _read_checkout(self, made: Mapping[str, Any], request: CheckoutRequest) -> Checkout:
        url = made.get("authorization_url")
        own = (*self.guide.origins, self.settings.base_url)
        is_page = isinstance(url, str) and any(url.startswith(f"{origin}/") for origin in own if origin)
        if not is_page or made.get("reference") != request.reference:
            raise reading.strange_answer()
        # The page has no id that could be asked for, and does not close by itself.
        return Checkout(url=str(url), external_id="", expires_at=None)

    def _tell_of_lost_page(self, request: CheckoutRequest) -> None:
        """Say what is behind a reference that was taken before, if it is one of ours."""
        found = self.fetch(reference=request.reference)
        if found is None or found.amount != request.amount:
            return
        if found.state in (PaymentState.SUCCEEDED, PaymentState.PENDING):
            raise PartnerUnavailable(_("This payment is still being confirmed."), code="being_confirmed")
        raise PageLost(_("The partner's page was lost on the way. Nothing was paid: please press Pay again."))

    def _find_refund(self, reference: str, payment_external_id: str) -> PartnerRefund | None:
        for row in self._refund_rows(payment_external_id):
            if reading.is_noted(row, reference):
                return reading.read_refund(row, self.settings.account)
        return None

    def _refund_rows(self, payment_external_id: str) -> Iterable[dict[str, Any]]:
        return self._client.refunds({"transaction": payment_external_id} if payment_external_id else {})

    def _readable(
        self, rows: Iterable[dict[str, Any]], read: Callable[[dict[str, Any], str], Row]
    ) -> list[Row]:
        """The rows of a sweep that can be read: the account may take money that is none of ours."""
        found, strange = [], 0
        for row in rows:
            try:
                found.append(read(row, self.settings.account))
            except PartnerUnavailable:
                strange += 1
        if strange:
            log.warning("rows not readable", extra={"facts": {"partner": self.kind, "rows": strange}})
        return found


def _asked(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
