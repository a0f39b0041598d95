# SPDX-License-Identifier: Apache-2.0
"""A partner that answers badly: nothing is known then, nothing is lost, and no secret gets anywhere."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from aftersession.integrations.stripe.provider import StripeProvider
from aftersession.integrations.stripe.tests.scene import asked, now, paid
from aftersession.integrations.stripe.tests.stand_in.server import StripeStandIn
from aftersession.lib import clock
from aftersession.lib.errors import BadInput
from aftersession.lib.money import Money
from aftersession.payments.provider import Mode, PartnerRefused, PartnerUnavailable, RefundRequest

BACK = RefundRequest(payment_external_id="pi_1", reference="refund0001", amount=Money(1_000, "ZAR"))
CALLS: dict[str, Callable[[StripeProvider], object]] = {
    "check_connection": lambda provider: provider.check_connection(),
    "start_checkout": lambda provider: provider.start_checkout(asked()),
    "fetch": lambda provider: provider.fetch(external_id="cs_test_1"),
    "search": lambda provider: provider.fetch(reference="PAY-1"),
    "expire": lambda provider: provider.expire("cs_test_1"),
    "list_payments": lambda provider: provider.list_payments(since=clock.now()),
    "refund": lambda provider: provider.refund(BACK),
    "fetch_refund": lambda provider: provider.fetch_refund("refund0001", external_id="re_1"),
    "list_refunds": lambda provider: provider.list_refunds(payment_external_id="pi_1"),
    "list_disputes": lambda provider: provider.list_disputes(since=clock.now()),
    "list_payouts": lambda provider: provider.list_payouts(since=clock.now().date()),
}
FAULTS = {"500": "http_500", "429": "http_429", "redirect": "http_302", "html": "unreadable"}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_no_answer_means_nothing_is_known(
    stripe: StripeStandIn, provider: StripeProvider, call: Callable[[StripeProvider], object]
) -> None:
    for fault, code in {**FAULTS, "malformed": "unreadable", "cut": "dropped", "drop": "dropped"}.items():
        stripe.misbehave(fault)
        with pytest.raises(PartnerUnavailable) as unknown:
            call(provider)
        assert unknown.value.code == code, fault


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_json_of_another_shape_means_nothing_is_known(
    stripe: StripeStandIn, provider: StripeProvider, call: Callable[[StripeProvider], object]
) -> None:
    for said in (
        {},
        {"data": None},
        {"data": [7]},
        {"id": 7},
        b"[]",
        b'{"id": 1, "id": 2}',
        b'{"data": NaN}',
    ):
        stripe.behave()
        stripe.say(said, times=5)
        with pytest.raises(PartnerUnavailable) as unknown:
            call(provider)
        assert unknown.value.code == "unreadable", said


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_refusal_is_for_good_and_quotes_nothing(
    stripe: StripeStandIn, provider: StripeProvider, call: Callable[[StripeProvider], object]
) -> None:
    said = {"error": {"type": "invalid_request_error", "code": "api_key_expired", "message": "sk_live_x Jo"}}
    for status, body, code in (
        (401, said, "api_key_expired"),
        (403, {"error": {"type": "invalid_request_error", "code": "No, Jo"}}, "invalid_request_error"),
        (400, {"error": "no"}, "http_400"),
    ):
        stripe.behave()
        stripe.say(body, status, times=5)
        with pytest.raises(PartnerRefused) as refused:
            call(provider)
        assert refused.value.code == code
        assert "Jo" not in refused.value.message


def test_the_same_call_under_way_elsewhere_means_nothing_is_known(
    stripe: StripeStandIn, provider: StripeProvider
) -> None:
    stripe.say({"error": {"type": "idempotency_error", "code": "idempotency_key_in_use"}}, 409)
    with pytest.raises(PartnerUnavailable):
        provider.start_checkout(asked())
    stripe.say({"error": {"type": "api_error", "message": "sorry"}}, 402)
    with pytest.raises(PartnerUnavailable):
        provider.start_checkout(asked())


@pytest.mark.parametrize(
    "changes",
    [
        {"amount_total": "95000"},
        {"amount_total": 95000.0},
        {"amount_total": True},
        {"amount_total": None},
        {"amount_total": 10**16},
        {"amount_total": 0},
        {"amount_total": -95_000},
        {"currency": "rand"},
        {"currency": None},
        {"currency": "ZAR"},
        {"livemode": "false"},
        {"livemode": 0},
        {"status": "closed"},
        {"status": None},
        {"payment_status": "free"},
        {"payment_intent": None},
        {"payment_intent": {}},
        {"payment_intent": "pi_\u0000"},
    ],
    ids=str,
)
def test_money_that_is_not_told_plainly_is_not_taken(
    stripe: StripeStandIn, provider: StripeProvider, changes: dict[str, object]
) -> None:
    page = provider.start_checkout(asked())
    stripe.say({**stripe.books.pay(page.external_id), **changes})
    with pytest.raises(PartnerUnavailable) as unknown:
        provider.fetch(external_id=page.external_id)
    assert unknown.value.code == "unreadable"


@pytest.mark.parametrize("metadata", [None, 0, "", "text", [], {"reference": 5}])
def test_what_lies_beside_the_money_may_be_anything(
    stripe: StripeStandIn, provider: StripeProvider, metadata: object
) -> None:
    page = provider.start_checkout(asked())
    session = stripe.books.pay(page.external_id)
    stripe.say({**session, "metadata": metadata, "odd": 0.5, "client_reference_id": None})
    payment = now(provider, page.external_id)
    assert (payment.reference, payment.amount.minor) == ("", 95_000)


@pytest.mark.parametrize(
    "odd", [{"fee": "some"}, {"fee": 0.5}, {"currency": None}, {"fee": None}, {}], ids=str
)
def test_a_fee_that_cannot_be_read_holds_back_no_money(
    stripe: StripeStandIn, provider: StripeProvider, odd: dict[str, object]
) -> None:
    page = provider.start_checkout(asked())
    session = stripe.books.pay(page.external_id)
    booked = {"created": 1, **odd} if odd else {}
    charge = {"id": "ch_1", "created": 1_800_000_000, "balance_transaction": booked}
    stripe.say({**session, "payment_intent": {"id": "pi_1", "latest_charge": charge}})
    payment = now(provider, page.external_id)
    assert (payment.amount.minor, payment.fee) == (95_000, None)


def test_a_list_that_never_ends_says_nothing(stripe: StripeStandIn, provider: StripeProvider) -> None:
    paid(stripe, provider)
    session = stripe.books.all_of("checkout.session", next(iter(stripe.books.accounts.values())))[0]
    stripe.say({"data": [session], "has_more": True}, times=3)
    with pytest.raises(PartnerUnavailable):
        provider.fetch(reference="PAY-1")
    assert len(stripe.calls) == 4


def test_keys_go_over_private_lines_only_and_show_nowhere(provider: StripeProvider) -> None:
    far = replace(provider.settings, base_url="http://api.stripe.example")
    with pytest.raises(BadInput):
        StripeProvider(far).check_connection()
    assert "sk_" not in repr(provider.settings)
    assert "whsec_" not in repr(provider.settings)


TEST_KEY, LIVE_KEY = "sk_test_" + "4eC39HqLyjWDarjtT1zdp7dc", "rk_live_" + "4eC39HqLyjWDarjtT1zdp7dc"
SECRET = "whsec_" + "MbnXhdRjDBLwRfMqkLyN8EqY"


def test_pasted_keys_tell_their_mode() -> None:
    read = StripeProvider.read_keys({"api_key": f"  {TEST_KEY}\n", "webhook_secret": SECRET})
    assert (read.mode, read.api_key, read.webhook_secrets) == (Mode.TEST, TEST_KEY, (SECRET,))
    read = StripeProvider.read_keys({"api_key": LIVE_KEY})
    assert (read.mode, read.webhook_secrets, read.account, read.base_url) == (Mode.LIVE, (), "", "")


@pytest.mark.parametrize(
    ("api_key", "secret", "field", "why"),
    [
        ("", "", "api_key", "Paste"),
        ("pk_live_" + "a" * 24, "", "api_key", "publishable"),
        (SECRET, "", "api_key", "signing secret"),
        (TEST_KEY[:14], "", "api_key", "cut off"),
        (TEST_KEY + " " + LIVE_KEY, "", "api_key", "one key only"),
        (TEST_KEY.replace("4", "…"), "", "api_key", "cut off"),
        ("sk_org_live_" + "a" * 24, "", "api_key", "organization"),
        ("hunter2", "", "api_key", "begins with"),
        (TEST_KEY, TEST_KEY, "webhook_secret", "whsec_"),
        (TEST_KEY, "whsec_short", "webhook_secret", "whsec_"),
        (TEST_KEY, SECRET + "\n" + SECRET, "webhook_secret", "whsec_"),
    ],
)
def test_keys_that_cannot_be_are_told_beside_their_field(
    api_key: str, secret: str, field: str, why: str
) -> None:
    with pytest.raises(BadInput) as bad:
        StripeProvider.read_keys({"api_key": api_key, "webhook_secret": secret})
    assert bad.value.field == field
    assert why in bad.value.message
    assert TEST_KEY[8:] not in bad.value.message
