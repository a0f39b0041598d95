# SPDX-License-Identifier: Apache-2.0
"""Which notices are Paystack's, and what they are about."""

import hashlib
import hmac
import json
import random
from typing import Any

import pytest

from aftersession.integrations.paystack.provider import PaystackProvider
from aftersession.integrations.paystack.tests.stand_in.partner import Merchant, PaystackStandIn
from aftersession.integrations.paystack.tests.test_checkout import checkout_request
from aftersession.integrations.paystack.webhooks import read_notice
from aftersession.payments.provider import InboundNotice, NoticeRejected, Subject
from tests.fixtures.clock import FrozenClock
from tests.stand_in import in_any_order

KEY = "sk_test_of_this_practice"
CHARGE = {
    "event": "charge.success",
    "data": {
        "id": 302961,
        "domain": "live",
        "status": "success",
        "reference": "qTPrJoy9Bx",
        "amount": 10000,
        "metadata": 0,
    },
}


def signed(raw: bytes, key: str = KEY) -> dict[str, str]:
    return {"X-Paystack-Signature": hmac.new(key.encode(), raw, hashlib.sha512).hexdigest()}


def read(body: object, key: str = KEY) -> InboundNotice:
    raw = json.dumps(body).encode()
    return read_notice(raw, signed(raw, key), secrets=[KEY])


def rejection(raw: bytes, headers: dict[str, str], *keys: str) -> str:
    with pytest.raises(NoticeRejected) as rejected:
        read_notice(raw, headers, secrets=keys or (KEY,))
    return str(rejected.value)


def test_a_charge_names_its_payment_by_reference_and_id() -> None:
    assert read(CHARGE) == InboundNotice(
        event_key="charge.success:302961:success",
        event_type="charge.success",
        reference="qTPrJoy9Bx",
        external_id="302961",
        subject=Subject.PAYMENT,
    )


# Each as the documents show it, with the parts that are read.
DOCUMENTED: list[tuple[dict[str, Any], Subject, str, str, str]] = [
    (
        {
            "event": "refund.pending",
            "data": {
                "status": "pending",
                "transaction_reference": "tvunjbbd_412829_4b18075d_c7had",
                "refund_reference": None,
                "amount": "10000",
                "currency": "NGN",
                "processor": "instant-transfer",
                "customer": {"first_name": "Drew", "last_name": "Berry", "email": "demo@example.org"},
                "integration": 412829,
                "domain": "live",
            },
        },
        Subject.REFUND,
        "tvunjbbd_412829_4b18075d_c7had",
        "",
        "refund.pending:",
    ),
    (
        {
            "event": "refund.processed",
            "data": {
                "status": "processed",
                "transaction_reference": "T2154954_412829_3be32076_6lcg3",
                "refund_reference": "132013318360",
                "amount": "5000",
                "currency": "NGN",
            },
        },
        Subject.REFUND,
        "T2154954_412829_3be32076_6lcg3",
        "",
        "refund.processed:132013318360:processed",
    ),
    (
        {
            "event": "refund.failed",
            "data": {
                "status": "failed",
                "transaction_reference": "T9171231_412325_3be2736c_n6tml",
                "refund_reference": "TRF_9vgfawjnoz58uxy",
                "amount": 20000,
            },
        },
        Subject.REFUND,
        "T9171231_412325_3be2736c_n6tml",
        "",
        "refund.failed:TRF_9vgfawjnoz58uxy:failed",
    ),
    (
        {
            "event": "refund.needs-attention",
            "data": {
                "status": "needs-attention",
                "transaction_reference": "88bfa94509eb96aa9785641c26cc57cc",
                "refund_reference": "TRF_7jn17u9vkqm91efk",
                "amount": 5306,
                "id": "123456",
            },
        },
        Subject.REFUND,
        "88bfa94509eb96aa9785641c26cc57cc",
        "",
        "refund.needs-attention:123456:needs-attention",
    ),
    (
        {
            "event": "refund.processing",
            "data": {"status": "processing", "transaction": {"id": 7, "reference": "PSK"}},
        },
        Subject.REFUND,
        "PSK",
        "7",
        "refund.processing:",
    ),
    (
        {
            "event": "charge.dispute.create",
            "data": {
                "id": 358950,
                "refund_amount": 5800,
                "status": "awaiting-merchant-feedback",
                "transaction": {"id": 896467688, "reference": "v3mjfgbnc19v97x", "metadata": ""},
                "transaction_reference": None,
            },
        },
        Subject.DISPUTE,
        "v3mjfgbnc19v97x",
        "896467688",
        "charge.dispute.create:358950:awaiting-merchant-feedback",
    ),
    (
        {
            "event": "paymentrequest.success",
            "data": {"id": 3136406, "status": "success", "offline_reference": "4634"},
        },
        Subject.OTHER,
        "",
        "",
        "paymentrequest.success:3136406:success",
    ),
    (
        {
            "event": "transfer.success",
            "data": {"id": 860703114, "reference": "acv_9ee55786", "status": "success"},
        },
        Subject.OTHER,
        "",
        "",
        "transfer.success:860703114:success",
    ),
    ({"event": "something.new", "data": [1, {"x": 2.5}]}, Subject.OTHER, "", "", "something.new:"),
    ({"event": "charge.success"}, Subject.PAYMENT, "", "", "charge.success:"),
    (
        {"event": "charge.success", "data": {"reference": "AB-1"}},
        Subject.PAYMENT,
        "AB-1",
        "",
        "charge.success:AB-1:",
    ),
]


@pytest.mark.parametrize(("body", "subject", "reference", "external_id", "key"), DOCUMENTED)
def test_every_documented_notice_is_read(
    body: dict[str, Any], subject: Subject, reference: str, external_id: str, key: str
) -> None:
    notice = read(body)
    assert (notice.subject, notice.reference, notice.external_id) == (subject, reference, external_id)
    assert notice.event_key.startswith(key)
    assert read(body).event_key == notice.event_key


def test_two_notices_about_different_things_are_never_taken_for_one() -> None:
    data: dict[str, Any] = {"transaction_reference": "AB-1", "amount": "5000", "refund_reference": None}
    bodies = [
        CHARGE,
        {"event": "charge.success", "data": {"id": 302962}},
        {"event": "refund.pending", "data": data},
        {"event": "refund.pending", "data": data | {"amount": "2500"}},
        {"event": "refund.processed", "data": data | {"refund_reference": "1"}},
        {"event": "refund.processed", "data": data | {"refund_reference": "2"}},
        {"event": "charge.dispute.create", "data": {"id": 1, "status": "pending"}},
        {"event": "charge.dispute.resolve", "data": {"id": 1, "status": "pending"}},
        {"event": "charge.dispute.resolve", "data": {"id": 1, "status": "resolved"}},
        {
            "event": "charge.dispute.resolve",
            "data": {"id": 1, "status": "resolved", "resolution": "declined"},
        },
        {
            "event": "charge.dispute.resolve",
            "data": {"id": 1, "status": "resolved", "resolution": "merchant-accepted"},
        },
    ]
    assert len({read(body).event_key for body in bodies}) == len(bodies)


def test_values_of_the_wrong_kind_are_left_out_and_never_stop_a_notice() -> None:
    values: list[Any] = [0, "", None, [], {}, True, 1.5, "x" * 500, "a\x00b", "\ud800"]
    for odd in values:
        notice = read({"event": "charge.success", "data": {"id": odd, "reference": odd, "status": odd}})
        assert (notice.reference, notice.external_id) == ("", "")
        notice = read({"event": "charge.dispute.create", "data": {"transaction": odd, "id": odd}})
        assert (notice.reference, notice.external_id) == ("", "")


def test_two_keys_are_good_while_one_is_changed_and_a_replay_only_makes_us_look(
    frozen_clock: FrozenClock,
) -> None:
    raw = json.dumps(CHARGE).encode()
    first = read_notice(raw, signed(raw, "old"), secrets=["new", "old"])
    frozen_clock.tick(days=30)
    assert read_notice(raw, signed(raw, "new"), secrets=["new", "old"]).event_key == first.event_key


def test_the_header_is_read_in_any_case() -> None:
    raw = json.dumps(CHARGE).encode()
    value = signed(raw)["X-Paystack-Signature"]
    for headers in ({"x-paystack-signature": value}, {"X-PAYSTACK-SIGNATURE": f" {value.upper()}"}):
        assert read_notice(raw, headers, secrets=[KEY])


def test_it_refuses_what_is_not_signed_with_our_key_over_these_bytes() -> None:
    raw = json.dumps(CHARGE).encode()
    headers = signed(raw)
    assert rejection(json.dumps(CHARGE, indent=1).encode(), headers) == "signature"
    assert rejection(raw[:-1], headers) == "signature"
    assert rejection(raw.replace(b"10000", b"10001"), headers) == "signature"
    assert rejection(raw + b" ", headers) == "signature"
    assert rejection(raw, signed(raw, "sk_test_of_another")) == "signature"
    assert rejection(raw, {}) == "signature"
    assert rejection(raw, {"X-Paystack-Signature": ""}) == "signature"
    assert rejection(raw, {"X-Paystack-Signature": "ñ" * 128}) == "signature"
    assert rejection(raw, signed(raw, ""), "") == "signature"
    sha256 = hmac.new(KEY.encode(), raw, hashlib.sha256).hexdigest()
    assert rejection(raw, {"X-Paystack-Signature": sha256}) == "signature"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"<!doctype html>",
        b'{"event": "charge.success", "event": "x", "data": {}}',
        b'{"event": "charge.success", "data": {"id": 1, "id": 2}}',
        b'{"event": "charge.success", "data": ' + b"[" * 5000,
        b'{"event": "charge.success", "data": {"amount": NaN}}',
        b'{"data": {}}',
        b'{"event": ""}',
        b'{"event": 7}',
        b'{"event": "' + b"x" * 61 + b'"}',
        json.dumps(CHARGE).encode("utf-16"),
        b'{"event": "charge.success\xff"}',
    ],
)
def test_it_refuses_a_signed_body_that_cannot_be_read_in_one_way(raw: bytes) -> None:
    assert rejection(raw, signed(raw)) == "shape"


def test_it_refuses_ten_megabytes_unread() -> None:
    raw = json.dumps({"event": "charge.success", "pad": "x" * 10_000_000}).encode()
    assert rejection(raw, signed(raw)) == "size"


def test_of_what_the_partner_sends_in_any_order_all_is_read_and_nothing_forged(
    provider: PaystackProvider, paystack: PaystackStandIn, merchant: Merchant
) -> None:
    dice = random.Random(7)
    for _ in range(5):
        request = checkout_request()
        provider.start_checkout(request)
        transaction = paystack.move(merchant, request.reference, "success")
        refund = paystack.refund_at_dashboard(merchant, request.reference, 100)
        paystack.move_refund(merchant, refund["id"], "processed")
        paystack.resolve(merchant, paystack.dispute(merchant, request.reference), "declined")
        assert transaction["status"] == "success"
    keys, forged = set(), 0
    for notice in in_any_order(paystack, paystack.outbox, dice=dice, copies=20, forged_percent=10):
        try:
            keys.add(provider.verify_and_parse(notice.body, notice.headers).event_key)
            assert not notice.is_forged
        except NoticeRejected:
            assert notice.is_forged
            forged += 1
    assert len(keys) == len(paystack.outbox) == 25
    assert forged >= 50
