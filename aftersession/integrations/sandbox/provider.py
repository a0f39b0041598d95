# SPDX-License-Identifier: Apache-2.0
"""The payment port, answered by the sandbox partner."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, ClassVar

from django.conf import settings as django_settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersession.integrations.sandbox.client import SandboxClient
from aftersession.integrations.sandbox.webhooks import read_notice
from aftersession.lib.errors import BadInput
from aftersession.lib.money import Money
from aftersession.payments.provider import (
    Capability,
    Checkout,
    CheckoutRequest,
    ConnectionSettings,
    DisputeState,
    Guide,
    InboundNotice,
    KeyField,
    Mode,
    PartnerAccount,
    PartnerDispute,
    PartnerPayment,
    PartnerPayout,
    PartnerRefund,
    PartnerUnavailable,
    PaymentProvider,
    PaymentState,
    PayoutLine,
    PayoutLineKind,
    RefundRequest,
    RefundState,
)

KEY = re.compile(r"sk_test_([A-Za-z0-9-]{1,60})_[A-Za-z0-9]{4,40}", re.ASCII)

GUIDE = Guide(
    title="Sandbox",
    summary=gettext_lazy("Payments without money, to try everything before a real partner is connected."),
    keys=(
        KeyField(
            name="api_key",
            label=gettext_lazy("Secret key"),
            help=gettext_lazy("Begins with sk_test_. Any account name will do: the sandbox opens it."),
            prefixes=("sk_test_",),
        ),
        KeyField(
            name="webhook_secret",
            label=gettext_lazy("Signing secret"),
            help=gettext_lazy("What the sandbox signs its notices with. It shows it with the account."),
        ),
    ),
    steps=(gettext_lazy("Ask whoever runs this installation for a key and its signing secret."),),
    webhook_steps=(gettext_lazy("Nothing to paste: each payment tells the sandbox where its news go."),),
    payer_sees=gettext_lazy(
        "The sandbox is told the amount, the name of the practice and the invoice number."
    ),
    origins=(),
)


class SandboxProvider(PaymentProvider):
    """Payments without money, for the demo, the tests and a practice's first tries."""

    kind: ClassVar[str] = "sandbox"
    guide: ClassVar[Guide] = GUIDE
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {
            Capability.EXPIRE,
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
        # The demo's partner moves to another port when its own is taken; connections stay.
        base_url = settings.base_url or django_settings.SANDBOX_URL
        self._client = SandboxClient(base_url, settings.api_key)

    @classmethod
    def read_keys(cls, entered: Mapping[str, str]) -> ConnectionSettings:
        key = entered.get("api_key", "").strip()
        found = KEY.fullmatch(key)
        if not found:
            raise BadInput(_("A sandbox key looks like sk_test_account_1a2b3c."), field="api_key")
        secret = entered.get("webhook_secret", "").strip()
        return ConnectionSettings(
            base_url="",
            account=found[1],
            mode=Mode.TEST,
            api_key=key,
            webhook_secrets=(secret,) if secret else (),
        )

    def check_connection(self) -> PartnerAccount:
        return _read_account(self._client.account())

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        fields = {
            "reference": request.reference,
            "amount": request.amount.minor,
            "currency": request.amount.currency,
            "description": request.description,
            "return_url": request.return_url,
            "webhook_url": request.webhook_url,
        }
        return _read_checkout(self._client.open_checkout(fields, key=request.idempotency_key))

    def fetch(
        self, *, reference: str = "", external_id: str = "", begun_at: datetime | None = None
    ) -> PartnerPayment | None:
        if reference:
            found = self._client.payment(reference)
        else:
            found = self._client.checkout(external_id)
        return None if found is None else _read_payment(found)

    def expire(self, external_id: str) -> PartnerPayment:
        return _read_payment(self._client.expire_checkout(external_id))

    def verify_and_parse(self, raw_body: bytes, headers: Mapping[str, str]) -> InboundNotice:
        return read_notice(raw_body, headers, secrets=self.settings.webhook_secrets)

    def refund(self, request: RefundRequest) -> PartnerRefund:
        fields = {
            "payment": request.payment_external_id,
            "reference": request.reference,
            "amount": request.amount.minor,
            "currency": request.amount.currency,
        }
        return _read_refund(self._client.open_refund(fields, key=request.reference))

    def fetch_refund(
        self, reference: str, *, payment_external_id: str = "", external_id: str = ""
    ) -> PartnerRefund | None:
        found = self._client.refund(reference)
        return None if found is None else _read_refund(found)

    def list_payments(self, *, since: datetime) -> list[PartnerPayment]:
        found: list[PartnerPayment] = []
        after: int | None = 0
        while after is not None:
            page = self._client.payments(since=int(since.timestamp()), after=after)
            found += [_read_payment(each) for each in _rows(page, "payments")]
            after = page.get("next") if page["payments"] else None
        return found

    def list_refunds(self, *, payment_external_id: str) -> list[PartnerRefund]:
        told = self._client.refunds(payment=payment_external_id)
        return [_read_refund(each) for each in _rows(told, "refunds")]

    def list_disputes(
        self, *, payment_external_id: str = "", since: datetime | None = None
    ) -> list[PartnerDispute]:
        seconds = int(since.timestamp()) if since else 0
        told = self._client.disputes(payment=payment_external_id, since=seconds)
        return [_read_dispute(each) for each in _rows(told, "disputes")]

    def list_payouts(self, *, since: date) -> list[PartnerPayout]:
        told = self._client.payouts(since=since.isoformat())
        return [_read_payout(each) for each in _rows(told, "payouts")]


LARGEST = 10**15

# An answer that is JSON but not of the agreed shape tells nothing about the payment: each reader
# makes it "outcome unknown", as if the answer had been lost.


def _read_account(body: dict[str, Any]) -> PartnerAccount:
    try:
        return PartnerAccount(account=_text(body["account"]), mode=Mode(body["mode"]))
    except (KeyError, TypeError, ValueError) as error:
        raise _strange_answer() from error


def _read_checkout(body: dict[str, Any]) -> Checkout:
    try:
        return Checkout(
            url=_text(body["url"]),
            external_id=_text(body["id"]),
            expires_at=_instant(body["expires_at"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _strange_answer() from error


def _rows(told: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = told.get(name)
    if not isinstance(rows, list):
        raise _strange_answer()
    return rows


def _read_payment(body: dict[str, Any]) -> PartnerPayment:
    try:
        currency = _text(body["currency"])
        state, amount = PaymentState(body["state"]), Money(_whole(body["amount"]), currency)
        if amount.minor < 0 or (state is PaymentState.SUCCEEDED and amount.is_zero):
            raise ValueError("no money")
        return PartnerPayment(
            reference=_text(body["reference"]),
            external_id=_text(body["id"]),
            state=state,
            amount=amount,
            mode=Mode(body["mode"]),
            account=_text(body["account"]),
            paid_at=_instant(body["paid_at"]),
            fee=None if body["fee"] is None else Money(_whole(body["fee"]), currency),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _strange_answer() from error


def _read_refund(body: dict[str, Any]) -> PartnerRefund:
    try:
        return PartnerRefund(
            reference=_text(body["reference"], may_be_empty=True),
            external_id=_text(body["id"]),
            state=RefundState(body["state"]),
            amount=Money(_whole(body["amount"]), _text(body["currency"])),
            mode=Mode(body["mode"]),
            account=_text(body["account"]),
            problem="" if body["problem"] is None else _text(body["problem"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _strange_answer() from error


def _read_dispute(body: dict[str, Any]) -> PartnerDispute:
    try:
        currency = _text(body["currency"])
        return PartnerDispute(
            external_id=_text(body["id"]),
            payment_external_id=_text(body["payment"]),
            state=DisputeState(body["state"]),
            amount=Money(_whole(body["amount"]), currency),
            mode=Mode(body["mode"]),
            account=_text(body["account"]),
            opened_at=_instant(body["opened_at"]),
            respond_by=_instant(body["respond_by"]),
            fee=Money(_whole(body["fee"]), currency),
            reason=_text(body["reason"]),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _strange_answer() from error


def _read_payout(body: dict[str, Any]) -> PartnerPayout:
    try:
        currency = _text(body["currency"])
        lines = tuple(
            PayoutLine(
                kind=PayoutLineKind(line["kind"]),
                external_id=_text(line["about"]),
                amount=Money(_whole(line["amount"]), currency),
                fee=Money(_whole(line["fee"]), currency),
            )
            for line in _rows(body, "lines")
        )
        return PartnerPayout(
            external_id=_text(body["id"]),
            amount=Money(_whole(body["amount"]), currency),
            paid_on=date.fromisoformat(_text(body["paid_on"])),
            mode=Mode(body["mode"]),
            lines=lines,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _strange_answer() from error


def _text(value: object, *, may_be_empty: bool = False) -> str:
    if may_be_empty and value == "":
        return ""
    if not isinstance(value, str) or not 0 < len(value) <= 500:
        raise ValueError("not a text")
    return value


def _whole(value: object) -> int:
    if type(value) is not int or abs(value) > LARGEST:
        raise ValueError("not a whole number")
    return value


def _instant(value: object) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(_whole(value), UTC)


def _strange_answer() -> PartnerUnavailable:
    message = _("The partner's answer could not be read. Nothing is lost; please try again later.")
    return PartnerUnavailable(message, code="unreadable")
