# SPDX-License-Identifier: Apache-2.0
"""The payment port, answered by PayFast: a form that the payer's browser posts, and notices."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersession.integrations.payfast.client import LIVE, SANDBOX, PayFastClient
from aftersession.integrations.payfast.notices import CURRENCY, read_itn, read_notice, read_payment
from aftersession.integrations.payfast.signing import signature_of
from aftersession.lib.errors import BadInput
from aftersession.payments.provider import (
    Capability,
    Checkout,
    CheckoutRequest,
    ConnectionSettings,
    Guide,
    InboundNotice,
    KeyField,
    Mode,
    NoticeRejected,
    PartnerAccount,
    PartnerPayment,
    PartnerRefused,
    PartnerUnavailable,
    PaymentProvider,
)

# PayFast's numbers do not tell whether they are of the sandbox, so whoever pastes one says it.
TEST_PREFIX = "sandbox-"
MERCHANT_ID = re.compile(r"(?:sandbox-)?[0-9]{5,12}", re.ASCII)
MERCHANT_KEY = re.compile(r"[A-Za-z0-9]{13}", re.ASCII)

GUIDE = Guide(
    title="PayFast",
    summary=gettext_lazy("Cards, instant transfers and QR codes, paid out to your bank account."),
    keys=(
        KeyField(
            name="account",
            label=gettext_lazy("Merchant ID"),
            help=gettext_lazy(
                "A number. To try everything without money, write sandbox- before your sandbox's."
            ),
            is_secret=False,
        ),
        KeyField(
            name="api_key",
            label=gettext_lazy("Merchant key"),
            help=gettext_lazy("13 letters and digits, beside the merchant ID."),
        ),
        KeyField(
            name="webhook_secret",
            label=gettext_lazy("Passphrase"),
            help=gettext_lazy("You make it up yourself at PayFast. Without one, anybody could sign as you."),
        ),
    ),
    steps=(
        gettext_lazy("Sign in to your PayFast dashboard."),
        gettext_lazy("Open Settings, then Integration. Copy the merchant ID and the merchant key."),
        gettext_lazy("Under Security passphrase on the same page, set a long one and copy it."),
    ),
    webhook_steps=(gettext_lazy("Nothing to paste: each payment tells PayFast where its news go."),),
    payer_sees=gettext_lazy("PayFast is told the amount, the name of the practice and the invoice number."),
    origins=(LIVE, SANDBOX),
)


class PayFastProvider(PaymentProvider):
    """One PayFast merchant. It cannot be asked for a payment: nothing is known until a notice comes."""

    kind: ClassVar[str] = "payfast"
    guide: ClassVar[Guide] = GUIDE
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.NOTICES, Capability.CONFIRM_NOTICES}
    )

    def __init__(self, settings: ConnectionSettings) -> None:
        super().__init__(settings)
        self._merchant_id = settings.account.removeprefix(TEST_PREFIX)
        self._passphrase = settings.webhook_secrets[0] if settings.webhook_secrets else ""
        self._client = PayFastClient(settings.base_url, is_test=settings.mode is Mode.TEST)

    @classmethod
    def read_keys(cls, entered: Mapping[str, str]) -> ConnectionSettings:
        account, key, passphrase = (
            entered.get(name, "").strip() for name in ("account", "api_key", "webhook_secret")
        )
        if not MERCHANT_ID.fullmatch(account):
            raise BadInput(_("A merchant ID is a number, like 10012345."), field="account")
        if not MERCHANT_KEY.fullmatch(key):
            raise BadInput(_("A merchant key has 13 letters and digits. Copy it once more."), field="api_key")
        if not passphrase:
            raise BadInput(_("Set a passphrase at PayFast and write it here."), field="webhook_secret")
        return ConnectionSettings(
            base_url="",
            account=account,
            mode=Mode.TEST if account.startswith(TEST_PREFIX) else Mode.LIVE,
            api_key=key,
            webhook_secrets=(passphrase,),
        )

    def check_connection(self) -> PartnerAccount:
        """Proves merchant ID, passphrase and mode. The merchant key is first tried by the first payment."""
        self._client.greet(self._merchant_id, self._passphrase)
        return PartnerAccount(account=self.settings.account, mode=self.settings.mode, currencies=(CURRENCY,))

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        """A signed form. Nothing is asked, so the same request gives the same page, and PayFast hears of
        it only from the payer's browser."""
        if request.amount.currency != CURRENCY:
            raise PartnerRefused(_("The partner does not take this currency."), code="unsupported_currency")
        whole, rest = divmod(request.amount.minor, 100)
        # In the order that PayFast signs in.
        fields = (
            ("merchant_id", self._merchant_id),
            ("merchant_key", self.settings.api_key),
            ("return_url", request.return_url),
            ("cancel_url", request.return_url),
            ("notify_url", request.webhook_url),
            ("m_payment_id", request.reference),
            ("amount", f"{whole}.{rest:02d}"),
            ("item_name", request.description[:100].strip()),
        )
        signature = signature_of(fields, self._passphrase)
        return Checkout(
            url=f"{self._client.pages}/eng/process",
            external_id="",
            expires_at=None,
            fields=(*fields, ("signature", signature)),
        )

    def fetch(
        self, *, reference: str = "", external_id: str = "", begun_at: datetime | None = None
    ) -> PartnerPayment | None:
        raise PartnerUnavailable(
            _("This partner tells of payments by itself. Nothing is lost; please wait."), code="cannot_ask"
        )

    def verify_and_parse(self, raw_body: bytes, headers: Mapping[str, str]) -> InboundNotice:
        return read_notice(raw_body, merchant_id=self._merchant_id, passphrases=self.settings.webhook_secrets)

    def confirm_notice(self, raw_body: bytes) -> PartnerPayment:
        try:
            itn = read_itn(raw_body)
            payment = read_payment(itn, account=self.settings.account, mode=self.settings.mode)
        except (NoticeRejected, ValueError) as error:
            raise _not_theirs("unreadable") from error
        if not self._client.is_own_notice(itn.pairs):
            raise _not_theirs("invalid")
        if itn["merchant_id"] != self._merchant_id:
            return replace(payment, account=itn["merchant_id"])
        return payment


def _not_theirs(code: str) -> PartnerRefused:
    return PartnerRefused(_("The payment partner does not know this notice as its own."), code=code)
