# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

import pytest

from aftersession.integrations.paystack.provider import PaystackProvider
from aftersession.integrations.paystack.tests.stand_in.partner import Merchant, PaystackStandIn
from aftersession.lib import clock
from aftersession.payments.provider import ConnectionSettings, Mode
from tests.contracts import contract_folder
from tests.openapi import contract_of


@pytest.fixture(scope="session")
def _running_paystack() -> Iterator[PaystackStandIn]:
    file = contract_folder() / "paystack.yaml"
    partner = PaystackStandIn(contract_of(file) if file.is_file() else None)
    with partner:
        yield partner


@pytest.fixture
def paystack(_running_paystack: PaystackStandIn) -> Iterator[PaystackStandIn]:
    """The partner, behaving, in step with the product's clock. Nothing may leave its contract."""
    _running_paystack.clock = lambda: clock.now().timestamp()
    yield _running_paystack
    breaches = list(_running_paystack.breaches)
    _running_paystack.forget()
    assert breaches == []


@pytest.fixture
def merchant(paystack: PaystackStandIn) -> Merchant:
    return paystack.open_account()


@pytest.fixture
def provider(paystack: PaystackStandIn, merchant: Merchant) -> PaystackProvider:
    return connected(paystack, merchant)


def connected(paystack: PaystackStandIn, merchant: Merchant) -> PaystackProvider:
    """A practice's connection to an account of the partner."""
    settings = ConnectionSettings(
        base_url=paystack.url,
        account="practice",
        mode=Mode(merchant.domain),
        api_key=merchant.key,
        webhook_secrets=(merchant.key,),
    )
    return PaystackProvider(settings)
