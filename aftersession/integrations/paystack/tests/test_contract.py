# SPDX-License-Identifier: Apache-2.0
"""What we send and read, against the contract that Paystack publishes."""

from dataclasses import replace

import pytest

from aftersession.integrations.paystack import reading
from aftersession.integrations.paystack.provider import PaystackProvider
from aftersession.integrations.paystack.tests.stand_in.partner import ONLY_IN_PAGES, Merchant, PaystackStandIn
from aftersession.integrations.paystack.tests.test_checkout import checkout_request
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.payments.provider import PartnerRefused, RefundRequest
from tests.contracts import contract_file
from tests.openapi import Contract, contract_of

pytestmark = pytest.mark.contract("paystack.yaml")


@pytest.fixture
def contract() -> Contract:
    return contract_of(contract_file("paystack.yaml"))


def test_every_request_is_one_that_the_contract_knows(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant
) -> None:
    assert paystack.contract
    provider.check_connection()
    request = checkout_request()
    for currency in ("ZAR", "USD", "KES", "GHS", "NGN"):
        merchant.currencies += (currency,)
        provider.start_checkout(
            replace(request, reference=f"{request.reference}-{currency}", amount=Money(1, currency))
        )
    provider.start_checkout(request)
    paystack.move(merchant, request.reference, "success")
    paystack.settle(merchant, [request.reference])
    payment = provider.fetch(reference=request.reference)
    assert payment
    provider.fetch(external_id=payment.external_id)
    provider.list_payments(since=clock.now())
    back = RefundRequest(payment_external_id=payment.external_id, reference="rf-1", amount=Money(5, "ZAR"))
    refund = provider.refund(back)
    provider.fetch_refund("rf-1", payment_external_id=payment.external_id, external_id=refund.external_id)
    paystack.dispute(merchant, request.reference)
    provider.list_disputes(payment_external_id=payment.external_id)
    provider.list_disputes(since=clock.now())
    provider.list_payouts(since=clock.now().date())
    asked = {call.path.rstrip("0123456789") for call in paystack.calls}
    assert len(asked) >= 10
    assert paystack.breaches == []


def test_what_only_the_pages_of_documentation_name_is_still_not_in_the_contract(contract: Contract) -> None:
    found = contract.breaches_of("GET", "/refund", {"transaction": "1"})
    found += contract.breaches_of("GET", "/settlement", {"from": "2026-01-01"})
    assert set(found) == ONLY_IN_PAGES


def test_a_request_outside_the_contract_is_noticed(contract: Contract) -> None:
    good = {"email": "a@example.org", "amount": 100}
    assert contract.breaches_of("POST", "/transaction/initialize", {}, good) == []
    for bad in (
        {"amount": 100},
        good | {"amount": "100"},
        good | {"currency": "EUR"},
        good | {"client": "x"},
    ):
        assert contract.breaches_of("POST", "/transaction/initialize", {}, bad)


def test_every_documented_example_of_what_we_send_and_read_is_understood(
    contract: Contract, provider: PaystackProvider, paystack: PaystackStandIn
) -> None:
    answers = contract.examples("Unauthorized", "NotFound", "TransactionInitializeBadRequest")
    assert len(answers) == 3
    for answer in answers:
        code = 401 if answer["message"] == "Invalid key" else 404 if "not found" in answer["message"] else 400
        paystack.say(answer, code)
        if code == 404:
            assert provider.fetch(reference="re4lyvq3s3") is None
            continue
        with pytest.raises(PartnerRefused) as refused:
            provider.fetch(reference="re4lyvq3s3")
        assert refused.value.code == ("invalid_key" if code == 401 else "duplicate_reference")


def test_the_words_we_read_are_fields_of_the_contract(contract: Contract) -> None:
    schemas = contract.whole["components"]["schemas"]
    transaction = set(schemas["VerifyResponse"]["properties"]["data"]["properties"])
    assert {
        "id",
        "domain",
        "status",
        "reference",
        "amount",
        "currency",
        "fees",
        "paid_at",
        "paidAt",
        "created_at",
    } <= transaction
    refund = set(schemas["RefundFetchResponse"]["properties"]["data"]["properties"])
    assert {"id", "domain", "status", "amount", "currency", "transaction", "merchant_note"} <= refund
    dispute = set(schemas["DisputeListResponseArray"]["properties"])
    assert {
        "id",
        "status",
        "resolution",
        "refund_amount",
        "currency",
        "domain",
        "transaction",
        "category",
        "dueAt",
    } <= dispute
    words = set(schemas["BalanceCheckResponseArray"]["properties"])
    assert "currency" in words
    listed = next(
        each["schema"]["enum"]
        for each in contract.whole["paths"]["/transaction"]["get"]["parameters"]
        if each["name"] == "status"
    )
    assert set(listed) <= set(reading.PAYMENT_STATES) | {"abandoned"}
