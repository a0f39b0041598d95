# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

import pytest

from aftersession.integrations.payfast.provider import PayFastProvider
from aftersession.integrations.payfast.tests.stand_in.partner import PayFastStandIn, Shop
from aftersession.lib import clock
from aftersession.payments.provider import ConnectionSettings, Mode


@pytest.fixture(scope="session")
def _running_payfast() -> Iterator[PayFastStandIn]:
    partner = PayFastStandIn()
    with partner:
        yield partner


@pytest.fixture
def payfast(_running_payfast: PayFastStandIn) -> Iterator[PayFastStandIn]:
    _running_payfast.clock = lambda: clock.now().timestamp()
    yield _running_payfast
    _running_payfast.forget()


@pytest.fixture
def shop(payfast: PayFastStandIn) -> Shop:
    return payfast.open_shop()


@pytest.fixture
def provider(payfast: PayFastStandIn, shop: Shop) -> PayFastProvider:
    """A practice's connection to a merchant of the sandbox."""
    settings = ConnectionSettings(
        base_url=payfast.url,
        account=f"sandbox-{shop.merchant_id}",
        mode=Mode.TEST,
        api_key=shop.merchant_key,
        webhook_secrets=(shop.passphrase,),
    )
    return PayFastProvider(settings)
