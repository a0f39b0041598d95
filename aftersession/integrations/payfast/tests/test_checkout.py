# SPDX-License-Identifier: Apache-2.0
"""The form, the connection, and what a partner that cannot be asked still tells."""

from dataclasses import replace

import httpx
import pytest

from aftersession.integrations.payfast.provider import PayFastProvider
from aftersession.integrations.payfast.signing import signature_of
from aftersession.integrations.payfast.tests.stand_in.partner import PayFastStandIn, Shop
from aftersession.lib.codes import new_code
from aftersession.lib.errors import BadInput
from aftersession.lib.money import Money
from aftersession.payments.provider import (
    Capability,
    CheckoutRequest,
    Mode,
    PartnerRefused,
    PartnerUnavailable,
)


def checkout_request(minor: int = 95_005) -> CheckoutRequest:
    reference = f"AB-{new_code()}"
    return CheckoutRequest(
        reference=reference,
        idempotency_key=f"checkout-{reference}",
        amount=Money(minor, "ZAR"),
        description="Müller & Söhne (~Praxis), invoice INV-000012",
        return_url="https://practice.example/back/?a=1",
        webhook_url="https://practice.example/webhooks/payfast/x/",
    )


def test_the_payers_browser_brings_a_form_that_the_partner_takes(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop
) -> None:
    request = checkout_request()
    checkout = provider.start_checkout(request)
    assert (checkout.external_id, checkout.expires_at) == ("", None)
    assert payfast.calls == []
    answer = httpx.post(checkout.url, data=dict(checkout.fields), trust_env=False)
    assert answer.status_code == 200, answer.text
    sent = shop.forms[request.reference]
    assert (sent["amount"], sent["item_name"]) == ("950.05", request.description)
    assert set(sent) == {name for name, _value in checkout.fields}
    assert provider.start_checkout(request) == checkout
    forged = dict(checkout.fields) | {"amount": "1.00"}
    assert httpx.post(checkout.url, data=forged, trust_env=False).status_code == 400


def test_a_signature_is_what_any_other_program_makes_of_the_documented_text() -> None:
    fields = (
        ("merchant_id", "10000100"),
        ("merchant_key", "46f0cd694581a"),
        ("amount", "100.00"),
        ("item_name", "Test Item"),
    )
    # md5sum of merchant_id=10000100&…&item_name=Test+Item&passphrase=jt7NOE43FZPn
    assert signature_of(fields, "jt7NOE43FZPn") == "711830950e3c917da00a3193efecdfb8"
    assert signature_of((("a", "~*'() é"),), "x") != signature_of((("a", "~*'()+é"),), "x")


def test_it_takes_its_own_currency_only(provider: PayFastProvider) -> None:
    with pytest.raises(PartnerRefused) as refused:
        provider.start_checkout(replace(checkout_request(), amount=Money(100, "USD")))
    assert refused.value.code == "unsupported_currency"


def test_it_cannot_be_asked_and_says_so(provider: PayFastProvider) -> None:
    with pytest.raises(PartnerUnavailable):
        provider.fetch(reference="AB-1")
    assert provider.capabilities == {Capability.NOTICES, Capability.CONFIRM_NOTICES}


def test_the_connection_proves_merchant_and_passphrase(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop
) -> None:
    told = provider.check_connection()
    assert (told.account, told.mode, told.currencies) == (f"sandbox-{shop.merchant_id}", Mode.TEST, ("ZAR",))
    assert payfast.calls[-1].query == {"testing": "true"}
    wrong = replace(provider.settings, webhook_secrets=("another",))
    with pytest.raises(PartnerRefused):
        PayFastProvider(wrong).check_connection()
    assert shop.passphrase not in str(payfast.calls[-1])


@pytest.mark.parametrize("fault", ["429", "500", "drop", "cut", "html", "malformed", "redirect"])
def test_a_strange_answer_proves_nothing(
    provider: PayFastProvider, payfast: PayFastStandIn, fault: str
) -> None:
    payfast.misbehave(fault)
    with pytest.raises(PartnerUnavailable):
        provider.check_connection()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("account", ""),
        ("account", "test-10000100"),
        ("account", "1000x"),
        ("api_key", "46f0cd69458"),
        ("api_key", ""),
        ("webhook_secret", " "),
    ],
)
def test_keys_that_cannot_be_are_told_beside_the_field(field: str, value: str) -> None:
    entered = {"account": "sandbox-10000100", "api_key": "46f0cd694581a", "webhook_secret": "jt7NOE43FZPn"}
    assert PayFastProvider.read_keys(entered).mode is Mode.TEST
    assert PayFastProvider.read_keys(entered | {"account": "10000100"}).mode is Mode.LIVE
    with pytest.raises(BadInput) as wrong:
        PayFastProvider.read_keys(entered | {field: value})
    assert wrong.value.field == field
