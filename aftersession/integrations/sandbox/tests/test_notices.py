# SPDX-License-Identifier: Apache-2.0
"""Which notices are the partner's, and which are not."""

import json
from typing import Any

import pytest

from aftersession.integrations.sandbox.webhooks import read_notice
from aftersession.lib import clock
from aftersession.lib.signing import hmac_sha256_hex
from aftersession.payments.provider import InboundNotice, NoticeRejected

SECRET = "whsec_of_this_practice"
BODY = {
    "id": "evt_1",
    "type": "payment.succeeded",
    "payment": "co_1",
    "reference": "PAY-1",
    "amount": 95_000,
}


def encoded(**changes: Any) -> bytes:
    return json.dumps(BODY | changes).encode()


def signed(raw_body: bytes, *, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    at = int(clock.now().timestamp()) - age
    signature = hmac_sha256_hex(secret, f"{at}.".encode() + raw_body)
    return {"Sandbox-Signature": f"t={at},v1={signature}"}


def rejection(raw_body: bytes, headers: dict[str, str], *secrets: str) -> str:
    with pytest.raises(NoticeRejected) as rejected:
        read_notice(raw_body, headers, secrets=secrets or (SECRET,))
    return str(rejected.value)


def test_it_reads_a_notice_signed_with_our_secret() -> None:
    raw = encoded()
    assert read_notice(raw, signed(raw), secrets=[SECRET]) == InboundNotice(
        event_key="evt_1",
        event_type="payment.succeeded",
        reference="PAY-1",
        external_id="co_1",
    )


def test_two_secrets_are_live_while_one_is_changed() -> None:
    raw = encoded()
    for secret in ("old", "new"):
        assert read_notice(raw, signed(raw, secret=secret), secrets=["new", "old"])


def test_the_name_of_the_header_is_read_in_any_case() -> None:
    raw = encoded()
    headers = {"SANDBOX-SIGNATURE": signed(raw)["Sandbox-Signature"]}
    assert read_notice(raw, headers, secrets=[SECRET])


def test_it_refuses_another_practices_secret() -> None:
    raw = encoded()
    assert rejection(raw, signed(raw, secret="whsec_of_another")) == "signature"


def test_it_refuses_the_same_content_written_differently() -> None:
    headers = signed(encoded())
    assert rejection(json.dumps(BODY, indent=1).encode(), headers) == "signature"
    assert rejection(encoded()[:-1], headers) == "signature"
    assert rejection(encoded(amount=1), headers) == "signature"


@pytest.mark.parametrize("age", [301, 3600, 30 * 86_400, -301])
def test_it_refuses_a_replay(age: int, frozen_clock: object) -> None:
    raw = encoded()
    assert rejection(raw, signed(raw, age=age)) == "stale"


@pytest.mark.parametrize("age", [300, -300])
def test_five_minutes_either_way_are_no_replay(age: int, frozen_clock: object) -> None:
    raw = encoded()
    assert read_notice(raw, signed(raw, age=age), secrets=[SECRET])


def test_a_time_that_was_not_signed_is_refused() -> None:
    raw = encoded()
    old = signed(raw, age=3600)["Sandbox-Signature"]
    fresh = f"t={int(clock.now().timestamp())},{old.partition(',')[2]}"
    assert rejection(raw, {"Sandbox-Signature": fresh}) == "signature"


@pytest.mark.parametrize(
    "header",
    ["", "t=", "v1=abc", "t=1,t=2,v1=a", "t=-5,v1=a", "t=١٢,v1=a", "t=1e9,v1=a", "rubbish", "," * 999],
)
def test_it_refuses_a_header_it_cannot_read(header: str) -> None:
    assert rejection(encoded(), {"Sandbox-Signature": header}) == "signature"


def test_it_refuses_a_notice_without_a_signature_or_a_secret() -> None:
    raw = encoded()
    assert rejection(raw, {}) == "signature"
    assert rejection(raw, signed(raw, secret=""), "") == "signature"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"<!doctype html>",
        b'{"id": "a", "id": "b", "type": "t"}',
        b'{"id": ' + b"[" * 5000,
        encoded(amount=950.0),
        encoded(amount="95000"),
        encoded(amount=True),
        encoded(id=""),
        encoded(id="evt_" + "x" * 80),
        encoded(id="evt\x00"),
        encoded(id=7),
        encoded(type=None),
        encoded(reference="PAY 1; DROP"),
        encoded(reference="\ud800"),
    ],
)
def test_it_refuses_a_signed_body_of_the_wrong_shape(raw: bytes) -> None:
    assert rejection(raw, signed(raw)) == "shape"


def test_it_refuses_more_than_64_kilobytes_unread() -> None:
    raw = encoded(padding="x" * 70_000)
    assert rejection(raw, signed(raw)) == "size"


def test_an_event_it_does_not_know_is_still_a_notice() -> None:
    raw = json.dumps({"id": "evt_2", "type": "account.renamed"}).encode()
    notice = read_notice(raw, signed(raw), secrets=[SECRET])
    assert (notice.event_type, notice.reference, notice.external_id) == ("account.renamed", "", "")
