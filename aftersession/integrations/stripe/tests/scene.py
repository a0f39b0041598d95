# SPDX-License-Identifier: Apache-2.0
"""Short words of the tests: a connection, a request, a payment as it is now."""

from __future__ import annotations

import json
from typing import Any

from aftersession.integrations.stripe.provider import StripeProvider
from aftersession.integrations.stripe.tests.stand_in.books import Account
from aftersession.integrations.stripe.tests.stand_in.server import StripeStandIn, nested
from aftersession.lib.codes import new_code
from aftersession.lib.money import Money
from aftersession.payments.provider import CheckoutRequest, ConnectionSettings, Mode, PartnerPayment
from tests.stand_in import Call


def settings_of(stripe: StripeStandIn, account: Account) -> ConnectionSettings:
    return ConnectionSettings(
        base_url=stripe.url,
        account=account.id,
        mode=Mode.LIVE if account.is_live else Mode.TEST,
        api_key=account.key,
        webhook_secrets=(account.secret,),
    )


def account_of(stripe: StripeStandIn, provider: StripeProvider) -> Account:
    return stripe.books.accounts[provider.settings.api_key]


def asked(minor: int = 95_000, currency: str = "ZAR") -> CheckoutRequest:
    code = new_code()
    return CheckoutRequest(
        reference=f"PAY-000012-{code}",
        idempotency_key=code,
        amount=Money(minor, currency),
        description="Ridge Practice, INV-000012",
        return_url="https://practice.example/pay/back/",
        webhook_url="https://practice.example/webhooks/stripe/x/",
    )


def paid(stripe: StripeStandIn, provider: StripeProvider, minor: int = 95_000) -> PartnerPayment:
    """A payment that has come, as the port tells it."""
    page = provider.start_checkout(asked(minor))
    stripe.books.pay(page.external_id)
    return now(provider, page.external_id)


def now(provider: StripeProvider, external_id: str) -> PartnerPayment:
    found = provider.fetch(external_id=external_id)
    assert found is not None
    return found


def sent(call: Call) -> dict[str, Any]:
    """What a call had to say, of its query or its form, as nested values."""
    fields = nested(dict(call.form) if call.method == "POST" else call.query)
    plain: dict[str, Any] = json.loads(json.dumps(fields))
    return plain
