# SPDX-License-Identifier: Apache-2.0
"""Pages and payments over real HTTP."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aftersession.integrations.paystack.provider import PaystackProvider
from aftersession.integrations.paystack.tests.conftest import connected
from aftersession.integrations.paystack.tests.stand_in.partner import Merchant, PaystackStandIn
from aftersession.lib import clock, http
from aftersession.lib.codes import new_code
from aftersession.lib.errors import BadInput
from aftersession.lib.money import Money
from aftersession.payments.provider import (
    CheckoutRequest,
    Mode,
    PartnerPayment,
    PartnerRefused,
    PartnerUnavailable,
    PaymentState,
)
from tests.fixtures.clock import FrozenClock


def checkout_request(minor: int = 95_000, currency: str = "ZAR") -> CheckoutRequest:
    reference = f"AB-{new_code()}"
    return CheckoutRequest(
        reference=reference,
        idempotency_key=f"checkout-{reference}",
        amount=Money(minor, currency),
        description="Practice, invoice INV-000012",
        return_url="https://practice.example/back/",
        webhook_url="https://practice.example/webhooks/paystack/x/",
        payer_email="payer@example.org",
    )


def fetched(provider: PaystackProvider, reference: str) -> PartnerPayment:
    payment = provider.fetch(reference=reference)
    assert payment is not None
    return payment


def test_a_page_is_asked_for_with_nothing_but_what_the_payer_may_know(
    provider: PaystackProvider, paystack: PaystackStandIn
) -> None:
    request = checkout_request()
    checkout = provider.start_checkout(request)
    assert checkout.url.startswith(f"{paystack.url}/pay/")
    assert (checkout.external_id, checkout.expires_at, checkout.fields) == ("", None, ())
    sent = paystack.calls[-1].json
    assert (sent["amount"], sent["currency"], sent["reference"]) == (95_000, "ZAR", request.reference)
    assert (sent["email"], sent["label"]) == ("payer@example.org", request.description)
    assert set(sent) == {"email", "amount", "currency", "reference", "callback_url", "label", "metadata"}
    assert sent["metadata"]["custom_fields"][0]["value"] == request.description
    payment = fetched(provider, request.reference)
    assert (payment.state, payment.amount, payment.mode) == (PaymentState.CREATED, request.amount, Mode.TEST)


def test_a_paid_page_has_its_id_its_time_and_its_fee(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant
) -> None:
    request = checkout_request()
    provider.start_checkout(request)
    paystack.move(merchant, request.reference, "success", fees=2_855)
    payment = fetched(provider, request.reference)
    assert (payment.state, payment.fee, payment.account) == (
        PaymentState.SUCCEEDED,
        Money(2_855, "ZAR"),
        "463433",
    )
    assert payment.paid_at
    assert abs(payment.paid_at - clock.now()) < timedelta(seconds=5)
    assert provider.fetch(external_id=payment.external_id) == payment


def test_an_unpaid_page_counts_as_abandoned_after_a_day(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, frozen_clock: FrozenClock
) -> None:
    request = checkout_request()
    provider.start_checkout(request)
    frozen_clock.tick(hours=23)
    assert fetched(provider, request.reference).state is PaymentState.CREATED
    frozen_clock.tick(hours=2)
    assert fetched(provider, request.reference).state is PaymentState.ABANDONED
    # And is paid after all: money that comes late is money.
    paystack.move(merchant, request.reference, "success")
    assert fetched(provider, request.reference).state is PaymentState.SUCCEEDED


@pytest.mark.parametrize("fault", ["drop", "cut", "html", "malformed", "500_after", "redirect"])
def test_a_page_whose_answer_was_lost_is_given_up_and_never_made_twice(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, fault: str
) -> None:
    request = checkout_request()
    paystack.misbehave(fault)
    with pytest.raises(PartnerUnavailable):
        provider.start_checkout(request)
    assert fetched(provider, request.reference).state is PaymentState.CREATED
    with pytest.raises(PartnerRefused) as lost:
        provider.start_checkout(request)
    assert lost.value.code == "page_lost"
    assert len(merchant.transactions) == 1
    paystack.move(merchant, request.reference, "success")
    with pytest.raises(PartnerUnavailable) as unsure:
        provider.start_checkout(request)
    assert unsure.value.code == "being_confirmed"


@pytest.mark.parametrize("fault", ["429", "500"])
def test_a_busy_partner_has_done_nothing_and_may_be_asked_again(
    provider: PaystackProvider, paystack: PaystackStandIn, fault: str
) -> None:
    request = checkout_request()
    paystack.misbehave(fault)
    with pytest.raises(PartnerUnavailable) as busy:
        provider.start_checkout(request)
    assert busy.value.code == f"http_{fault}"
    assert provider.fetch(reference=request.reference) is None
    assert provider.start_checkout(request).url


def test_a_slow_partner_does_not_hold_us(
    provider: PaystackProvider, paystack: PaystackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http._client(), "timeout", 0.1)
    paystack.misbehave("slow", seconds=5)
    with pytest.raises(PartnerUnavailable) as unknown:
        provider.fetch(reference="AB-1")
    assert unknown.value.code == "timeout"
    paystack.behave()


def test_another_transaction_under_our_reference_is_no_lost_page(
    provider: PaystackProvider, paystack: PaystackStandIn
) -> None:
    request = checkout_request()
    provider.start_checkout(request)
    with pytest.raises(PartnerRefused) as refused:
        provider.start_checkout(replace(request, amount=Money(1, "ZAR")))
    assert refused.value.code == "duplicate_reference"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"payer_email": ""}, "email_needed"),
        ({"payer_email": "nobody"}, "invalid_params"),
        ({"amount": Money(100, "KES")}, "unsupported_currency"),
        ({"amount": Money(0, "ZAR")}, "invalid_amount"),
        ({"reference": "AB/1 2"}, "bad_reference"),
    ],
)
def test_what_cannot_be_paid_is_refused(
    provider: PaystackProvider, changed: dict[str, Any], code: str
) -> None:
    with pytest.raises(PartnerRefused) as refused:
        provider.start_checkout(replace(checkout_request(), **changed))
    assert refused.value.code == code


def test_a_page_somewhere_else_is_not_shown(provider: PaystackProvider, paystack: PaystackStandIn) -> None:
    request = checkout_request()
    for url in ("https://checkout.paystack.com.evil.example/x", "javascript:alert(1)", None, 7):
        data = {"authorization_url": url, "access_code": "x", "reference": request.reference}
        paystack.say({"status": True, "message": "", "data": data})
        with pytest.raises(PartnerUnavailable):
            provider.start_checkout(request)
    data = {"authorization_url": "https://checkout.paystack.com/x", "reference": request.reference}
    paystack.say({"status": True, "message": "", "data": data})
    assert provider.start_checkout(request).url == "https://checkout.paystack.com/x"


def test_a_key_that_was_revoked_is_a_refusal_in_every_method(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant
) -> None:
    paystack.merchants.clear()
    now = clock.now()
    calls: list[Callable[[], object]] = [
        provider.check_connection,
        lambda: provider.start_checkout(checkout_request()),
        lambda: provider.fetch(reference="AB-1"),
        lambda: provider.fetch(external_id="7"),
        lambda: provider.list_payments(since=now),
        lambda: provider.fetch_refund("r1", payment_external_id="7", external_id="8"),
        lambda: provider.list_refunds(payment_external_id="7"),
        lambda: provider.list_disputes(payment_external_id="7"),
        lambda: provider.list_disputes(since=now),
        lambda: provider.list_payouts(since=now.date()),
    ]
    for call in calls:
        with pytest.raises(PartnerRefused) as refused:
            call()
        assert refused.value.code == "invalid_key"
        assert merchant.key not in f"{refused.value!r} {refused.value}"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, {"message": "Unauthorized"}, "invalid_key"),
        (403, {"status": False, "message": "Your IP address is not allowed"}, "http_403"),
        (400, {"status": False, "message": "x", "code": "y" * 99}, "http_400"),
        (200, {"status": False, "message": "No"}, "http_200"),
    ],
)
def test_a_no_is_a_no_whatever_it_is_wrapped_in(
    provider: PaystackProvider, paystack: PaystackStandIn, status: int, body: dict[str, Any], code: str
) -> None:
    paystack.say(body, status)
    with pytest.raises(PartnerRefused) as refused:
        provider.fetch(reference="AB-1")
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"status": True}),
        (200, {"status": "true", "data": {}}),
        (200, {"status": True, "data": []}),
        (200, {"status": True, "data": {"status": "success"}}),
        (404, {"error": "no route"}),
        (404, b"<html>Not found</html>"),
        (408, {"status": False, "message": "Request timeout"}),
        (200, b'{"status": true, "status": true, "data": null}'),
        (200, b"[]"),
        (200, b""),
        (200, b"{" * 3000),
        (200, b'"' + b"x" * 1_100_000),
    ],
)
def test_an_answer_that_says_nothing_leaves_the_outcome_open(
    provider: PaystackProvider, paystack: PaystackStandIn, status: int, body: Any
) -> None:
    paystack.say(body, status)
    with pytest.raises(PartnerUnavailable):
        provider.fetch(reference="AB-1")


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"status": False, "message": "Entity not found"}),
        (404, {"status": False, "message": "Transaction reference not found."}),
        (400, {"status": False, "message": "Transaction reference not found"}),
        (400, {"status": False, "message": "?", "code": "transaction_not_found"}),
    ],
)
def test_an_unknown_reference_is_an_answer(
    provider: PaystackProvider, paystack: PaystackStandIn, status: int, body: dict[str, Any]
) -> None:
    paystack.say(body, status)
    assert provider.fetch(reference="AB-1") is None


def test_it_lists_what_was_made_or_paid_since_over_many_pages(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant, frozen_clock: FrozenClock
) -> None:
    old = checkout_request()
    paid_late = checkout_request()
    provider.start_checkout(old)
    provider.start_checkout(paid_late)
    since = frozen_clock.tick(days=2)
    paystack.move(merchant, paid_late.reference, "success")
    paystack.page_rows = 2
    new = [checkout_request() for _ in range(4)]
    for request in new:
        provider.start_checkout(request)
    paystack.move(merchant, new[0].reference, "success", amount=12.5)
    found = {payment.reference for payment in provider.list_payments(since=since)}
    # One that cannot be read (half a cent) is somebody's else, and does not hold back the rest.
    assert found == {paid_late.reference, *(request.reference for request in new[1:])}
    assert len([call for call in paystack.calls if call.path == "/transaction"]) == 3


def test_a_list_without_an_end_is_not_followed_for_ever(
    provider: PaystackProvider, paystack: PaystackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aftersession.integrations.paystack.client.MOST_PAGES", 3)
    answer = {"status": True, "message": "", "data": [{}], "meta": {"pageCount": 10**9}}
    paystack.say(answer, times=9)
    with pytest.raises(PartnerUnavailable) as endless:
        provider.list_payments(since=datetime(2026, 1, 1, tzinfo=UTC))
    assert endless.value.code == "too_long"
    assert len(paystack.calls) == 3


def test_the_connection_tells_currencies_and_once_paid_out_whose_it_is(
    paystack: PaystackStandIn, merchant: Merchant
) -> None:
    read = replace(PaystackProvider.read_keys({"api_key": merchant.key}), base_url=paystack.url)
    new = PaystackProvider(read).check_connection()
    assert (new.mode, new.currencies) == (Mode.TEST, ("ZAR", "USD"))
    assert new.account.startswith("key-")
    # What it was called then stays its name, also with another key.
    named = PaystackProvider(replace(read, account=new.account))
    request = checkout_request()
    named.start_checkout(request)
    paystack.move(merchant, request.reference, "success")
    paystack.settle(merchant, [request.reference])
    assert named.check_connection().account == new.account
    for account in ("", "463433", "999999"):
        told = PaystackProvider(replace(read, account=account)).check_connection()
        assert told.account == "463433"
    merchant.settlements[0]["domain"] = "live"
    assert named.check_connection().mode is Mode.LIVE


def test_two_accounts_see_nothing_of_each_other(
    provider: PaystackProvider, paystack: PaystackStandIn
) -> None:
    request = checkout_request()
    provider.start_checkout(request)
    other = connected(paystack, paystack.open_account("live"))
    assert other.fetch(reference=request.reference) is None
    assert other.start_checkout(request).url
    assert fetched(other, request.reference).mode is Mode.LIVE


@pytest.mark.parametrize(
    "key",
    [
        "",
        "pk_live_" + "b748a89ad84f35c2f1a8b81681f956274de048bb",
        "sk_live_" + "b748a89ad84f35c2f1a8b81681f956274de048b",
        "sk_live_" + "b748a89ad84f35c2f1a8b81681f956274de048bb0",
        "sk_live_" + "b748a8",
        "sk_demo_b748a89ad84f35c2f1a8b81681f956274de048bb",
        "sk_test_b748a89ad84f35c2f1a8 b81681f956274de048bb",
        "k_test_b748a89ad84f35c2f1a8b81681f956274de048bb",
        "sk_test_b748a89ad84f35c2f1a8b81681f956274de048bb\nsk_test_",
    ],
)
def test_a_key_that_cannot_be_is_told_beside_the_field(key: str) -> None:
    with pytest.raises(BadInput) as wrong:
        PaystackProvider.read_keys({"api_key": key})
    assert wrong.value.field == "api_key"
    assert not key or key not in str(wrong.value)


def test_a_whole_key_tells_its_mode_and_signs_the_notices() -> None:
    key = "sk_live_" + "b748a89ad84f35c2f1a8b81681f956274de048bb"
    settings = PaystackProvider.read_keys({"api_key": f" {key}\n"})
    assert (settings.mode, settings.api_key, settings.webhook_secrets) == (Mode.LIVE, key, (key,))
    assert key not in repr(settings)
    assert PaystackProvider.guide.needs_email
