# SPDX-License-Identifier: Apache-2.0
"""The port over real HTTP, from asking for a page to money on it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aftersession.integrations.stripe.amounts import from_stripe, to_stripe
from aftersession.integrations.stripe.client import form_fields
from aftersession.integrations.stripe.provider import StripeProvider
from aftersession.integrations.stripe.tests.scene import account_of, asked, now, paid, sent, settings_of
from aftersession.integrations.stripe.tests.stand_in.server import StripeStandIn
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.payments.provider import Mode, PartnerRefused, PartnerUnavailable, PaymentState
from tests.fixtures.clock import FrozenClock


def test_a_connection_says_whose_key_it_is(stripe: StripeStandIn, provider: StripeProvider) -> None:
    told = provider.check_connection()
    assert (told.account, told.mode, told.currencies) == (provider.settings.account, Mode.TEST, ("ZAR",))
    live = stripe.books.open_account(is_live=True, currency="usd")
    told = StripeProvider(settings_of(stripe, live)).check_connection()
    assert (told.account, told.mode, told.currencies) == (live.id, Mode.LIVE, ("USD",))


def test_a_wrong_or_revoked_key_is_refused(stripe: StripeStandIn, provider: StripeProvider) -> None:
    del stripe.books.accounts[provider.settings.api_key]
    with pytest.raises(PartnerRefused) as refused:
        provider.check_connection()
    assert (refused.value.code, "revoked" in refused.value.message) == ("invalid_request_error", True)


def test_a_page_is_asked_for_with_our_reference_and_nothing_about_the_client(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    request = asked()
    page = provider.start_checkout(request)
    (call,) = stripe.calls
    assert call.header("Idempotency-Key") == request.idempotency_key
    assert call.header("Stripe-Version") == "2026-10-28.endive"
    marked = {"reference": request.reference}
    assert sent(call) == {
        "mode": "payment",
        "client_reference_id": request.reference,
        "metadata": marked,
        "payment_intent_data": {"metadata": marked, "description": request.description},
        "line_items": [
            {
                "quantity": "1",
                "price_data": {
                    "currency": "zar",
                    "unit_amount": "95000",
                    "product_data": {"name": request.description},
                },
            }
        ],
        "adaptive_pricing": {"enabled": "false"},
        "success_url": request.return_url,
        "cancel_url": request.return_url,
    }
    payment = now(provider, page.external_id)
    assert (payment.reference, payment.external_id) == (request.reference, page.external_id)
    assert (payment.state, payment.amount) == (PaymentState.CREATED, request.amount)
    assert (payment.paid_at, payment.fee) == (None, None)
    assert page.expires_at is not None
    assert page.expires_at > clock.now()


def test_asking_again_gives_the_same_page(stripe: StripeStandIn, provider: StripeProvider) -> None:
    request = asked()
    assert provider.start_checkout(request) == provider.start_checkout(request)
    with pytest.raises(PartnerRefused) as refused:
        provider.start_checkout(replace(request, amount=Money(1, "ZAR")))
    assert refused.value.code == "idempotency_error"


@pytest.mark.parametrize("fault", ["drop", "cut", "500_after", "html", "malformed", "redirect"])
def test_a_page_whose_answer_was_lost_is_found_again(
    stripe: StripeStandIn, provider: StripeProvider, fault: str
) -> None:
    request = asked()
    stripe.misbehave(fault)
    with pytest.raises(PartnerUnavailable):
        provider.start_checkout(request)
    found = provider.fetch(reference=request.reference, begun_at=clock.now())
    assert found is not None
    assert provider.start_checkout(request).external_id == found.external_id
    assert len(stripe.books.all_of("checkout.session", account_of(stripe, provider))) == 1


@pytest.mark.parametrize(
    ("minor", "currency"),
    [(10, "ZAR"), (12_345, "KWD"), (-95_000, "ZAR")],
    ids=["little", "fine", "negative"],
)
def test_an_amount_nobody_can_pay_is_refused(provider: StripeProvider, minor: int, currency: str) -> None:
    with pytest.raises(PartnerRefused):
        provider.start_checkout(asked(minor, currency))


def test_a_paid_page_has_its_payment_time_and_fee(stripe: StripeStandIn, provider: StripeProvider) -> None:
    page = provider.start_checkout(asked(95_000))
    session = stripe.books.pay(page.external_id)
    payment = now(provider, page.external_id)
    assert payment.external_id == session["payment_intent"]
    assert (payment.state, payment.amount) == (PaymentState.SUCCEEDED, Money(95_000, "ZAR"))
    assert (payment.account, payment.mode) == (provider.settings.account, Mode.TEST)
    assert payment.fee == Money(2_785, "ZAR")
    assert payment.paid_at is not None
    assert abs(payment.paid_at - clock.now()) < timedelta(seconds=5)
    assert provider.fetch(external_id=payment.external_id) == payment
    assert provider.fetch(reference=payment.reference, external_id=page.external_id) == payment


def test_a_payment_that_waits_for_a_bank_is_pending_until_the_bank_has_spoken(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    for is_paid, end in ((True, PaymentState.SUCCEEDED), (False, PaymentState.FAILED)):
        page = provider.start_checkout(asked())
        stripe.books.pay(page.external_id, waits=True)
        waiting = now(provider, page.external_id)
        assert (waiting.state, waiting.external_id) == (PaymentState.PENDING, page.external_id)
        stripe.books.decide(page.external_id, is_paid=is_paid)
        assert now(provider, page.external_id).state is end


def test_an_unknown_payment_is_an_answer(stripe: StripeStandIn, provider: StripeProvider) -> None:
    paid(stripe, provider)
    assert provider.fetch(reference="PAY-never-asked") is None
    assert provider.fetch(external_id="cs_test_never_made") is None
    assert provider.fetch(external_id="pi_never_made") is None


def test_another_account_sees_nothing(stripe: StripeStandIn, provider: StripeProvider) -> None:
    request = asked()
    page = provider.start_checkout(request)
    other = StripeProvider(settings_of(stripe, stripe.books.open_account()))
    assert other.fetch(reference=request.reference) is None
    assert other.fetch(external_id=page.external_id) is None
    with pytest.raises(PartnerRefused) as refused:
        other.expire(page.external_id)
    assert refused.value.code == "resource_missing"


def test_a_reference_is_looked_for_among_the_pages_of_its_time(
    stripe: StripeStandIn, provider: StripeProvider, frozen_clock: FrozenClock
) -> None:
    began = frozen_clock.now
    request = asked()
    page = provider.start_checkout(request)
    for _ in range(120):
        provider.start_checkout(asked())
    assert now(provider, page.external_id) == provider.fetch(reference=request.reference, begun_at=began)
    # Ours runs ten minutes ahead of theirs.
    late = began + timedelta(minutes=10)
    assert provider.fetch(reference=request.reference, begun_at=late) is not None
    assert provider.fetch(reference=request.reference, begun_at=began + timedelta(days=2)) is None


def test_money_comes_first_where_a_page_was_made_twice(
    stripe: StripeStandIn, provider: StripeProvider, frozen_clock: FrozenClock
) -> None:
    request = asked()
    first = provider.start_checkout(request)
    stripe.books.pay(first.external_id)
    frozen_clock.tick(hours=1)
    provider.start_checkout(replace(request, idempotency_key="the-key-has-died"))
    found = provider.fetch(reference=request.reference)
    assert found is not None
    assert found.state is PaymentState.SUCCEEDED


def test_a_page_is_closed_and_one_that_is_paid_says_so(
    stripe: StripeStandIn, provider: StripeProvider, frozen_clock: FrozenClock
) -> None:
    page = provider.start_checkout(asked())
    assert provider.expire(page.external_id).state is PaymentState.EXPIRED
    assert provider.expire(page.external_id).state is PaymentState.EXPIRED
    page = provider.start_checkout(asked())
    stripe.books.pay(page.external_id)
    assert provider.expire(page.external_id).state is PaymentState.SUCCEEDED
    page = provider.start_checkout(asked())
    stripe.books.pay(page.external_id, waits=True)
    assert provider.expire(page.external_id).state is PaymentState.PENDING
    page = provider.start_checkout(asked())
    frozen_clock.tick(days=1, seconds=1)
    assert now(provider, page.external_id).state is PaymentState.EXPIRED


def test_it_lists_what_may_have_changed_over_many_pages(
    stripe: StripeStandIn, provider: StripeProvider, frozen_clock: FrozenClock
) -> None:
    slow = provider.start_checkout(asked())
    stripe.books.pay(slow.external_id, waits=True)
    paid(stripe, provider)
    frozen_clock.tick(days=9)
    stripe.books.decide(slow.external_id, is_paid=True)
    mine = {now(provider, slow.external_id).external_id}
    mine |= {provider.start_checkout(asked()).external_id for _ in range(30)}
    changed = provider.list_payments(since=clock.now() - timedelta(days=3))
    assert {payment.external_id for payment in changed} == mine


def test_one_that_cannot_be_read_hides_no_other(stripe: StripeStandIn, provider: StripeProvider) -> None:
    spoiled = provider.start_checkout(asked())
    stripe.books.pay(spoiled.external_id)
    stripe.books.by_id[spoiled.external_id]["amount_total"] = "95000"
    subscribed = provider.start_checkout(asked())
    stripe.books.by_id[subscribed.external_id]["mode"] = "subscription"
    good = paid(stripe, provider)
    assert provider.list_payments(since=clock.now()) == [good]


def test_the_partner_may_report_another_amount_than_was_asked(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    page = provider.start_checkout(asked(95_000))
    stripe.books.pay(page.external_id, amount_total=94_999, currency="usd")
    assert now(provider, page.external_id).amount == Money(94_999, "USD")


@pytest.mark.parametrize(
    ("money", "number"),
    [
        (Money(95_000, "ZAR"), 95_000),
        (Money(500, "JPY"), 500),
        (Money(500, "UGX"), 50_000),
        (Money(500, "ISK"), 50_000),
        (Money(5_120, "KWD"), 5_120),
        (Money(1_045, "HUF"), 1_045),
    ],
)
def test_amounts_are_counted_as_stripe_counts_them(money: Money, number: int) -> None:
    assert (to_stripe(money), from_stripe(number, money.currency)) == (number, money)


def test_every_currency_comes_back_as_it_went() -> None:
    for currency in ("AED", "BHD", "CLP", "HUF", "JOD", "KRW", "MGA", "OMR", "RSD", "TWD", "UGX", "XOF"):
        whole = Money(70_000, currency)
        assert from_stripe(to_stripe(whole), currency) == whole
    with pytest.raises(ValueError, match="finer"):
        from_stripe(50_001, "UGX")


def test_nested_fields_are_written_as_stripe_reads_them() -> None:
    assert form_fields({"a": {"b": [{"c": 1}, {"c": True}]}, "d": ("x.y",), "e": "ü&="}) == {
        "a[b][0][c]": "1",
        "a[b][1][c]": "true",
        "d[0]": "x.y",
        "e": "ü&=",
    }


def test_times_are_utc(stripe: StripeStandIn, provider: StripeProvider, frozen_clock: FrozenClock) -> None:
    frozen_clock.move_to(datetime(2026, 3, 11, 23, 30, tzinfo=UTC))
    assert paid(stripe, provider).paid_at == frozen_clock.now
