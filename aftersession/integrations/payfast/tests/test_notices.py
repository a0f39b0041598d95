# SPDX-License-Identifier: Apache-2.0
"""Which notices are PayFast's, and what they say once it has confirmed them."""

import hashlib
import random
from urllib.parse import quote_plus

import httpx
import pytest

from aftersession.integrations.payfast.notices import Itn, read_payment
from aftersession.integrations.payfast.provider import PayFastProvider
from aftersession.integrations.payfast.tests.stand_in.partner import PayFastStandIn, Shop
from aftersession.integrations.payfast.tests.test_checkout import checkout_request
from aftersession.lib.money import Money
from aftersession.payments.provider import (
    InboundNotice,
    Mode,
    NoticeRejected,
    PartnerRefused,
    PartnerUnavailable,
    PaymentState,
)
from tests.stand_in import Notice, in_any_order


@pytest.fixture
def reference(provider: PayFastProvider) -> str:
    """A form that the payer's browser has brought."""
    request = checkout_request()
    checkout = provider.start_checkout(request)
    httpx.post(checkout.url, data=dict(checkout.fields), trust_env=False).raise_for_status()
    return request.reference


def rejection(provider: PayFastProvider, body: bytes) -> str:
    with pytest.raises(NoticeRejected) as rejected:
        provider.verify_and_parse(body, {})
    return str(rejected.value)


def test_a_notice_names_its_payment_and_says_once_confirmed_what_was_paid(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop, reference: str
) -> None:
    notice = payfast.tell(shop, reference)
    read = provider.verify_and_parse(notice.body, notice.headers)
    number = read.external_id
    assert read == InboundNotice(
        event_key=f"{number}:COMPLETE", event_type="itn.complete", reference=reference, external_id=number
    )
    payment = provider.confirm_notice(notice.body)
    assert (payment.reference, payment.external_id, payment.state) == (
        reference,
        number,
        PaymentState.SUCCEEDED,
    )
    assert (payment.amount, payment.fee) == (Money(95_005, "ZAR"), Money(460, "ZAR"))
    assert (payment.account, payment.mode) == (provider.settings.account, provider.settings.mode)
    assert b"passphrase" not in payfast.calls[-1].body


@pytest.mark.parametrize(
    ("word", "state"),
    [
        ("PENDING", PaymentState.PENDING),
        ("FAILED", PaymentState.FAILED),
        ("CANCELLED", PaymentState.ABANDONED),
    ],
)
def test_every_word_for_a_state_is_known(
    provider: PayFastProvider,
    payfast: PayFastStandIn,
    shop: Shop,
    reference: str,
    word: str,
    state: PaymentState,
) -> None:
    notice = payfast.tell(shop, reference, word, amount_fee="", amount_gross="7")
    assert provider.verify_and_parse(notice.body, {}).event_type == f"itn.{word.lower()}"
    payment = provider.confirm_notice(notice.body)
    assert (payment.state, payment.amount, payment.fee) == (state, Money(700, "ZAR"), None)


def test_what_the_partner_does_not_know_as_its_own_is_refused(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop, reference: str
) -> None:
    notice = payfast.tell(shop, reference)
    payfast.sent.clear()
    assert provider.verify_and_parse(notice.body, {})
    with pytest.raises(PartnerRefused) as refused:
        provider.confirm_notice(notice.body)
    assert refused.value.code == "invalid"
    for changed in ({"amount_gross": "9,50"}, {"amount_gross": ""}, {"payment_status": "WON"}):
        odd = payfast.tell(shop, reference, **changed)
        with pytest.raises(PartnerRefused):
            provider.confirm_notice(odd.body)


@pytest.mark.parametrize("fault", ["429", "500", "drop", "cut", "html", "redirect"])
def test_a_strange_answer_confirms_nothing(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop, reference: str, fault: str
) -> None:
    notice = payfast.tell(shop, reference)
    payfast.misbehave(fault)
    with pytest.raises(PartnerUnavailable):
        provider.confirm_notice(notice.body)
    assert provider.confirm_notice(notice.body).state is PaymentState.SUCCEEDED


def test_it_refuses_what_is_not_signed_for_this_merchant(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop, reference: str
) -> None:
    body = payfast.tell(shop, reference).body
    assert rejection(provider, body.replace(b"950.05", b"950.06")) == "signature"
    assert rejection(provider, body[:-1]) == "signature"
    head, _, tail = body.partition(b"&")
    swapped = body.replace(head + b"&" + tail.partition(b"&")[0], tail.partition(b"&")[0] + b"&" + head)
    assert rejection(provider, swapped) == "signature"
    assert rejection(provider, body + b"&amount_gross2=1") == "shape"
    assert rejection(provider, body + b"&amount_gross=1") == "shape"
    assert rejection(provider, body.replace(b"&signature=", b"&signed=")) == "shape"
    other = payfast.open_shop()
    other.forms[reference] = shop.forms[reference]
    assert rejection(provider, payfast.tell(other, reference).body) == "signature"
    other.passphrase = shop.passphrase
    assert rejection(provider, payfast.tell(other, reference).body) == "account"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"&",
        b"a",
        b"{}",
        b"%FF=a&signature=x",
        b"a=1&b%3D2%26c=3&signature=x",
        b"\xff=1&signature=x",
        b"a=1;b=2",
        b"a=1&" * 70 + b"signature=x",
    ],
)
def test_it_refuses_a_body_of_another_shape(provider: PayFastProvider, body: bytes) -> None:
    assert rejection(provider, body) == "shape"


def test_it_refuses_signed_fields_that_name_nothing_and_ten_megabytes(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop, reference: str
) -> None:
    for changed in (
        {"pf_payment_id": ""},
        {"pf_payment_id": "1e5"},
        {"m_payment_id": "a b"},
        {"m_payment_id": "x" * 81},
        {"payment_status": ""},
        {"payment_status": "X" * 50},
    ):
        assert rejection(provider, payfast.tell(shop, reference, **changed).body) == "shape"
    assert rejection(provider, b"a=" + b"x" * 10_000_000 + b"&signature=x") == "size"


def test_a_name_in_another_writing_holds_back_no_money(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop, reference: str
) -> None:
    told = payfast.tell(shop, reference, name_first="Ren@e").body
    fields = told.rpartition(b"&")[0].replace(b"%40", b"%E9")
    secret = quote_plus(shop.passphrase).replace("~", "%7E").encode()
    signed = hashlib.md5(fields + b"&passphrase=" + secret, usedforsecurity=False).hexdigest()
    body = fields + f"&signature={signed}".encode()
    assert provider.verify_and_parse(body, {}).reference == reference
    with pytest.raises(PartnerRefused):  # asked for, byte for byte: the stand-in has told another name
        provider.confirm_notice(body)
    assert payfast.calls[-1].body == fields


@pytest.mark.parametrize("amount", ["0.00", "-950.05"])
def test_paid_without_money_is_no_payment(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop, reference: str, amount: str
) -> None:
    with pytest.raises(PartnerRefused):
        provider.confirm_notice(payfast.tell(shop, reference, amount_gross=amount).body)


def test_two_passphrases_are_good_while_one_is_changed_and_none_without(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop, reference: str
) -> None:
    body = payfast.tell(shop, reference).body
    for secrets, is_good in ((("new", shop.passphrase), True), (("",), False), ((), False)):
        held = PayFastProvider(
            type(provider.settings)(
                base_url="",
                account=provider.settings.account,
                mode=provider.settings.mode,
                api_key="k",
                webhook_secrets=secrets,
            )
        )
        if is_good:
            assert held.verify_and_parse(body, {})
        else:
            assert rejection(held, body) == "signature"


def test_in_any_order_all_is_read_and_nothing_forged(
    provider: PayFastProvider, payfast: PayFastStandIn, shop: Shop, reference: str
) -> None:
    notices: list[Notice] = [
        payfast.tell(shop, reference, word) for word in ("PENDING", "COMPLETE", "FAILED")
    ]
    forged = 0
    for notice in in_any_order(payfast, notices, dice=random.Random(3), copies=30, forged_percent=10):
        try:
            provider.verify_and_parse(notice.body, {})
            assert not notice.is_forged
        except NoticeRejected:
            assert notice.is_forged
            forged += 1
    assert forged >= 9


@pytest.mark.parametrize("fee", ["", "x", "1e9", "-", "9" * 40])
def test_a_fee_that_cannot_be_read_holds_back_no_money(fee: str) -> None:
    pairs = (("payment_status", "COMPLETE"), ("amount_gross", "950.00"), ("amount_fee", fee))
    told = read_payment(Itn(pairs, "s"), account="1", mode=Mode.TEST)
    assert (told.amount, told.fee) == (Money(95_000, "ZAR"), None)
