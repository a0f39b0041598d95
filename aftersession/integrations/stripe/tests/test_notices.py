# SPDX-License-Identifier: Apache-2.0
"""Which notices are Stripe's, and which are not; what each is about."""

import json
import random
from typing import Any

import pytest

from aftersession.integrations.stripe.provider import StripeProvider
from aftersession.integrations.stripe.tests.scene import account_of, asked, paid
from aftersession.integrations.stripe.tests.stand_in.server import StripeStandIn
from aftersession.integrations.stripe.webhooks import read_notice
from aftersession.payments.provider import InboundNotice, Mode, NoticeRejected, RefundRequest, Subject
from tests.stand_in import Notice

SECRET = "whsec_of_this_practice"
EVENT = {
    "id": "evt_1PgafyB7WZ01zgkW",
    "object": "event",
    "livemode": False,
    "type": "checkout.session.completed",
    "data": {
        "object": {
            "id": "cs_test_1",
            "object": "checkout.session",
            "client_reference_id": "PAY-000012-abc",
            "payment_intent": "pi_1",
            "exchange_rate": 0.937,
        }
    },
}


def encoded(thing: object = None, **changes: Any) -> bytes:
    data = {} if thing is None else {"data": {"object": thing}}
    return json.dumps(EVENT | data | changes).encode()


def rejection(notice: Notice, *secrets: str) -> str:
    with pytest.raises(NoticeRejected) as rejected:
        read_notice(notice.body, notice.headers, secrets=secrets or (SECRET,), mode=Mode.TEST)
    return str(rejected.value)


def read(notice: Notice, *secrets: str, mode: Mode = Mode.TEST) -> InboundNotice:
    return read_notice(notice.body, notice.headers, secrets=secrets or (SECRET,), mode=mode)


def test_it_reads_a_notice_signed_with_our_secret(stripe: StripeStandIn) -> None:
    assert read(stripe.signed(encoded(), SECRET)) == InboundNotice(
        event_key="evt_1PgafyB7WZ01zgkW",
        event_type="checkout.session.completed",
        reference="PAY-000012-abc",
        external_id="pi_1",
        subject=Subject.PAYMENT,
    )


def test_two_secrets_are_live_while_one_is_changed(stripe: StripeStandIn) -> None:
    for signed_with in (["new"], ["old"], ["old", "new"], ["another", "old"]):
        assert read(stripe.signed(encoded(), *signed_with), "new", "old")
    assert rejection(stripe.signed(encoded(), "third"), "new", "old") == "signature"


@pytest.mark.parametrize("age", [301, 600, -600, 3600, 30 * 86_400])
def test_it_refuses_a_replay_and_a_clock_that_is_off(
    stripe: StripeStandIn, frozen_clock: object, age: int
) -> None:
    assert rejection(stripe.signed(encoded(), SECRET, age=age)) == "stale"


@pytest.mark.parametrize("age", [300, -300])
def test_five_minutes_either_way_are_no_replay(stripe: StripeStandIn, frozen_clock: object, age: int) -> None:
    assert read(stripe.signed(encoded(), SECRET, age=age))


def test_it_refuses_what_was_not_signed_like_this(stripe: StripeStandIn) -> None:
    good = stripe.signed(encoded(), SECRET)
    header = good.headers["Stripe-Signature"]
    old = stripe.signed(encoded(), SECRET, age=3600).headers["Stripe-Signature"]
    for notice in (
        stripe.signed(encoded(), "whsec_of_another"),
        stripe.signed(encoded(), ""),
        Notice(good.body[:-1], good.headers),
        Notice(good.body + b" ", good.headers),
        Notice(json.dumps(json.loads(good.body), indent=1).encode(), good.headers),
        Notice(good.body.replace(b"pi_1", b"pi_2"), good.headers),
        Notice(good.body, {"Stripe-Signature": header.partition(",")[0] + "," + old.partition(",")[2]}),
        Notice(good.body, {"Stripe-Signature": header.replace("v1=", "v0=")}),
    ):
        assert rejection(notice, SECRET, "") == "signature"
    dice = random.Random(7)
    for _ in range(40):
        assert rejection(stripe.forged(good, dice)) in ("signature", "stale")


@pytest.mark.parametrize(
    "header",
    ["", "t=", "v1=abc", "t=1,t=2,v1=a", "t=-5,v1=a", "t=١٢,v1=a", "t=1e9,v1=a", "rubbish", "," * 999],
)
def test_it_refuses_a_header_it_cannot_read(header: str) -> None:
    assert rejection(Notice(encoded(), {"Stripe-Signature": header})) == "signature"
    assert rejection(Notice(encoded())) == "signature"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"<!doctype html>",
        b'{"id": "a", "id": "b", "type": "t"}',
        b'{"id": ' + b"[" * 5000,
        encoded().decode().encode("utf-16"),
        encoded(id=""),
        encoded(id="evt_" + "x" * 130),
        encoded(id="evt\x00"),
        encoded(id=7),
        encoded(type=None),
        encoded(livemode="false"),
        encoded(livemode=None),
    ],
)
def test_it_refuses_a_signed_body_of_the_wrong_shape(stripe: StripeStandIn, raw: bytes) -> None:
    assert rejection(stripe.signed(raw, SECRET)) == "shape"


def test_it_refuses_more_than_a_quarter_megabyte_unread(stripe: StripeStandIn) -> None:
    assert rejection(stripe.signed(encoded(padding="x" * 262_144), SECRET)) == "size"


@pytest.mark.parametrize("metadata", [None, {}, 0, "", "text", [], {"reference": None}, {"reference": 7}])
def test_a_notice_without_our_reference_is_still_a_notice(stripe: StripeStandIn, metadata: object) -> None:
    thing = {"id": "cs_1", "client_reference_id": None, "payment_intent": None, "metadata": metadata}
    notice = read(stripe.signed(encoded(thing), SECRET))
    assert (notice.reference, notice.external_id, notice.subject) == ("", "cs_1", Subject.PAYMENT)


@pytest.mark.parametrize("reference", ["PAY 1; DROP", "x" * 200, "\ud800", "Ünïcode", ["a"]])
def test_a_reference_of_somebody_elses_making_is_none_of_ours(
    stripe: StripeStandIn, reference: object
) -> None:
    thing = {"id": "cs_1", "client_reference_id": reference, "payment_intent": "pi 1"}
    notice = read(stripe.signed(encoded(thing), SECRET))
    assert (notice.reference, notice.external_id) == ("", "")


def test_an_event_it_does_not_know_is_kept_as_one_about_nothing(stripe: StripeStandIn) -> None:
    longest = "financial_connections.account.refreshed_inferred_balances_and_more"
    for kind, thing in (
        ("payment_intent.succeeded", {"id": "pi_1", "metadata": {"reference": "PAY-1"}}),
        ("charge.succeeded", {"id": "ch_1", "payment_intent": "pi_1"}),
        (longest, {"id": "fca_1"}),
        ("v1.billing.meter.error_report_triggered", None),
    ):
        notice = read(stripe.signed(encoded(thing, type=kind), SECRET))
        assert (notice.subject, notice.reference, notice.external_id) == (Subject.OTHER, "", "")
        assert notice.event_type == kind[:60]


def test_a_notice_of_the_other_mode_is_kept_and_acted_on_by_nobody(
    stripe: StripeStandIn, caplog: pytest.LogCaptureFixture
) -> None:
    signed = stripe.signed(encoded(), SECRET)
    notice = read(signed, mode=Mode.LIVE)
    assert (notice.subject, notice.reference, notice.external_id) == (Subject.OTHER, "", "")
    assert "notice of the other mode" in caplog.text
    assert "PAY-000012" not in caplog.text


def test_each_notice_of_a_payments_life_names_it(stripe: StripeStandIn, provider: StripeProvider) -> None:
    payment = paid(stripe, provider)
    refund = provider.refund(
        RefundRequest(payment_external_id=payment.external_id, reference="refund0001", amount=payment.amount)
    )
    stripe.books.end_refund(refund.external_id, "failed", "declined")
    stripe.books.close_dispute(stripe.books.dispute(payment.external_id)["id"], "lost")
    payout = stripe.books.pay_out(account_of(stripe, provider))
    page = provider.start_checkout(asked())
    provider.expire(page.external_id)
    found = [provider.verify_and_parse(each.body, each.headers) for each in stripe.outbox]
    told = [(each.event_type, each.subject, each.reference, each.external_id) for each in found]
    ours, theirs, nothing = payment.reference, payment.external_id, (Subject.OTHER, "", "")
    assert told == [
        ("charge.succeeded", *nothing),
        ("payment_intent.succeeded", *nothing),
        ("checkout.session.completed", Subject.PAYMENT, ours, theirs),
        ("refund.created", Subject.REFUND, "refund0001", theirs),
        ("charge.refunded", Subject.REFUND, ours, theirs),
        ("refund.failed", Subject.REFUND, "refund0001", theirs),
        ("refund.updated", Subject.REFUND, "refund0001", theirs),
        ("charge.dispute.created", Subject.DISPUTE, "", theirs),
        ("charge.dispute.funds_withdrawn", Subject.DISPUTE, "", theirs),
        ("charge.dispute.closed", Subject.DISPUTE, "", theirs),
        ("payout.paid", Subject.PAYOUT, "", payout["id"]),
        ("checkout.session.expired", Subject.PAYMENT, told[-1][2], page.external_id),
    ]
    assert len({each.event_key for each in found}) == len(found)
