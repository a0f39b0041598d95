# SPDX-License-Identifier: Apache-2.0
"""The port over real HTTP, from asking for a page to money on it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from aftersession.integrations.sandbox.provider import SandboxProvider
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import BadInput
from aftersession.lib.money import Money
from aftersession.payments.provider import (
    CheckoutRequest,
    DisputeState,
    Mode,
    PartnerPayment,
    PartnerRefused,
    PaymentState,
    RefundState,
)
from tests.fixtures.sandbox import SandboxControl


@pytest.fixture
def provider(sandbox_partner: SandboxControl) -> SandboxProvider:
    return SandboxProvider(sandbox_partner.connect())


def checkout_request(minor: int = 95_000, currency: str = "ZAR") -> CheckoutRequest:
    reference = f"PAY-{new_code()}"
    return CheckoutRequest(
        reference=reference,
        idempotency_key=f"checkout-{reference}",
        amount=Money(minor, currency),
        description="Practice, invoice INV-000012",
        return_url="http://localhost:1/back",
        webhook_url="http://localhost:1/webhooks/sandbox/x/",
    )


def fetched(provider: SandboxProvider, reference: str) -> PartnerPayment:
    payment = provider.fetch(reference=reference)
    assert payment is not None
    return payment


def test_a_connection_says_whose_key_it_is(provider: SandboxProvider) -> None:
    account = provider.check_connection()
    assert (account.account, account.mode) == (provider.settings.account, Mode.TEST)


def test_a_key_of_another_account_is_refused(provider: SandboxProvider) -> None:
    wrong = replace(provider.settings, api_key=provider.settings.api_key + "0")
    with pytest.raises(PartnerRefused) as refused:
        SandboxProvider(wrong).check_connection()
    assert refused.value.code == "wrong_key"


def test_a_started_checkout_waits_to_be_paid(provider: SandboxProvider) -> None:
    request = checkout_request()
    checkout = provider.start_checkout(request)
    payment = fetched(provider, request.reference)
    assert payment.external_id == checkout.external_id
    assert (payment.state, payment.amount) == (PaymentState.CREATED, request.amount)
    assert payment.paid_at is None
    assert checkout.expires_at
    assert checkout.expires_at > clock.now()


def test_asking_again_gives_the_same_page(provider: SandboxProvider) -> None:
    request = checkout_request()
    assert provider.start_checkout(request) == provider.start_checkout(request)


def test_the_same_key_for_another_amount_is_refused(provider: SandboxProvider) -> None:
    request = checkout_request()
    provider.start_checkout(request)
    with pytest.raises(PartnerRefused) as refused:
        provider.start_checkout(replace(request, amount=Money(1, "ZAR")))
    assert refused.value.code == "key_reused"


def test_a_reference_is_taken_once(provider: SandboxProvider) -> None:
    request = checkout_request()
    provider.start_checkout(request)
    with pytest.raises(PartnerRefused) as refused:
        provider.start_checkout(replace(request, idempotency_key="another"))
    assert refused.value.code == "reference_taken"


@pytest.mark.parametrize("minor", [0, -5, 10**13])
def test_an_amount_nobody_can_pay_is_refused(provider: SandboxProvider, minor: int) -> None:
    with pytest.raises(PartnerRefused):
        provider.start_checkout(checkout_request(minor))


@pytest.mark.parametrize(
    ("card", "state"),
    [
        ("4242 4242 4242 4242", PaymentState.SUCCEEDED),
        ("4000000000000002", PaymentState.FAILED),
        ("4000 0000 0000 3220", PaymentState.PENDING),
    ],
)
def test_each_card_does_what_the_page_says(
    provider: SandboxProvider, sandbox_partner: SandboxControl, card: str, state: PaymentState
) -> None:
    request = checkout_request()
    page = provider.start_checkout(request).url
    answer = sandbox_partner.pay(page, card)
    assert (answer.status_code, answer.headers["Location"]) == (303, request.return_url)
    assert fetched(provider, request.reference).state == state


def test_a_paid_checkout_has_its_time_and_fee(
    provider: SandboxProvider, sandbox_partner: SandboxControl
) -> None:
    request = checkout_request(95_000)
    checkout = provider.start_checkout(request)
    sandbox_partner.pay(checkout.url)
    payment = provider.fetch(external_id=checkout.external_id)
    assert payment is not None
    assert payment.fee == Money(2_755, "ZAR")
    assert payment.paid_at
    assert abs(payment.paid_at - clock.now()) < timedelta(seconds=5)


def test_paying_twice_pays_once(provider: SandboxProvider, sandbox_partner: SandboxControl) -> None:
    request = checkout_request()
    page = provider.start_checkout(request).url
    sandbox_partner.pay(page)
    sandbox_partner.pay(page, "4000 0000 0000 0002")
    assert fetched(provider, request.reference).state == PaymentState.SUCCEEDED
    assert len(sandbox_partner.notices(request.reference)) == 2


def test_an_unknown_reference_is_an_answer(provider: SandboxProvider) -> None:
    assert provider.fetch(reference="PAY-never-asked") is None
    assert provider.fetch(external_id="co_never_made") is None


def test_another_account_sees_nothing(provider: SandboxProvider, sandbox_partner: SandboxControl) -> None:
    request = checkout_request()
    checkout = provider.start_checkout(request)
    other = SandboxProvider(sandbox_partner.connect())
    assert other.fetch(reference=request.reference) is None
    assert other.fetch(external_id=checkout.external_id) is None
    with pytest.raises(PartnerRefused):
        other.expire(checkout.external_id)


def test_an_expired_checkout_takes_no_card(
    provider: SandboxProvider, sandbox_partner: SandboxControl
) -> None:
    request = checkout_request()
    checkout = provider.start_checkout(request)
    assert provider.expire(checkout.external_id).state == PaymentState.EXPIRED
    assert provider.expire(checkout.external_id).state == PaymentState.EXPIRED
    sandbox_partner.pay(checkout.url)
    assert fetched(provider, request.reference).state == PaymentState.EXPIRED


def test_expiring_a_paid_checkout_tells_that_it_is_paid(
    provider: SandboxProvider, sandbox_partner: SandboxControl
) -> None:
    checkout = provider.start_checkout(checkout_request())
    sandbox_partner.pay(checkout.url)
    assert provider.expire(checkout.external_id).state == PaymentState.SUCCEEDED


def test_money_can_come_after_the_end(provider: SandboxProvider, sandbox_partner: SandboxControl) -> None:
    request = checkout_request()
    provider.expire(provider.start_checkout(request).external_id)
    sandbox_partner.decide(request.reference, "succeeded")
    assert fetched(provider, request.reference).state == PaymentState.SUCCEEDED


def test_the_partner_may_report_another_amount_than_was_asked(
    provider: SandboxProvider, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(paid_amount=94_999, paid_currency="USD")
    request = checkout_request(95_000)
    sandbox_partner.pay(provider.start_checkout(request).url)
    assert fetched(provider, request.reference).amount == Money(94_999, "USD")


def test_it_lists_what_changed_since_over_many_pages(provider: SandboxProvider) -> None:
    before = clock.now() - timedelta(seconds=1)
    references = {provider.start_checkout(checkout_request()).external_id for _ in range(55)}
    assert {payment.external_id for payment in provider.list_payments(since=before)} == references
    assert provider.list_payments(since=clock.now() + timedelta(minutes=1)) == []


def test_what_follows_a_payment_is_listed_and_paid_out(
    provider: SandboxProvider, sandbox_partner: SandboxControl
) -> None:
    request = checkout_request(100_00)
    sandbox_partner.pay(provider.start_checkout(request).url)
    paid = provider.fetch(reference=request.reference)
    assert paid and paid.fee
    sandbox_partner.refund_by_hand(request.reference, 30_00)
    dispute_id = sandbox_partner.dispute(request.reference, 20_00, fee=5_00)
    (refund,) = provider.list_refunds(payment_external_id=paid.external_id)
    assert (refund.reference, refund.state, refund.amount.minor) == ("", RefundState.DONE, 30_00)
    (dispute,) = provider.list_disputes(payment_external_id=paid.external_id)
    assert (dispute.external_id, dispute.state, dispute.amount.minor) == (
        dispute_id,
        DisputeState.OPEN,
        20_00,
    )
    sandbox_partner.pay_out(provider.settings.account)
    (payout,) = provider.list_payouts(since=clock.now().date())
    assert payout.amount.minor == 100_00 - 30_00 - 20_00 - 5_00 - paid.fee.minor
    assert [line.kind for line in payout.lines] == ["payment", "refund", "dispute"]
    sandbox_partner.decide_dispute(dispute_id, "won")
    assert sandbox_partner.pay_out(provider.settings.account)["amount"] == 20_00


def test_a_key_never_travels_in_the_clear(provider: SandboxProvider) -> None:
    far = replace(provider.settings, base_url="http://partner.example")
    with pytest.raises(BadInput):
        SandboxProvider(far).check_connection()


def test_secrets_do_not_show_in_what_is_logged(provider: SandboxProvider) -> None:
    assert "sk_test" not in repr(provider.settings)
    assert "whsec" not in repr(provider.settings)
