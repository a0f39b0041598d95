# SPDX-License-Identifier: Apache-2.0
"""From the payer's press on Pay to money in the books and back, over the whole product."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from aftersession.integrations.apply_notices import apply_due_notices
from aftersession.integrations.inbox import keep_misfit
from aftersession.integrations.models import InboundEvent
from aftersession.integrations.paystack.provider import PaystackProvider
from aftersession.integrations.paystack.tests.stand_in.partner import Merchant, PaystackStandIn
from aftersession.lib import clock
from aftersession.lib.errors import PartnerUnavailable
from aftersession.patients.models import Patient
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import (
    Dispute,
    Payment,
    PaymentAttempt,
    PaymentLink,
    Payout,
    ProviderConnection,
    Receipt,
    Refund,
    RefundState,
)
from aftersession.practices.actors import PayerActor
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.refund_online import refund_online
from aftersession.workflows.settle_reference import settle_reference
from aftersession.workflows.start_checkout import start_checkout
from aftersession.workflows.sweep_partners import sweep_connection, sweep_payouts
from aftersession.workflows.watch_attempts import watch_attempts
from aftersession.workflows.watch_refunds import watch_refunds
from tests.billing import complete, share_behind
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock
from tests.stand_in import Notice, in_any_order

pytestmark = pytest.mark.usefixtures("in_practice")


@pytest.fixture
def connection(cast: Cast, paystack: PaystackStandIn, merchant: Merchant) -> ProviderConnection:
    keys = replace(
        PaystackProvider.read_keys({"api_key": merchant.key}), base_url=paystack.url, account="463433"
    )
    return connect_provider(practice=cast.practice, kind="paystack", connection=keys)


@pytest.fixture
def link(cast: Cast, connection: ProviderConnection) -> Iterator[PaymentLink]:
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    found: PaymentLink = PaymentLink.objects.select_related("practice", "share__invoice").get()
    yield found
    assert [str(breach) for breach in check_invariants()] == []


def press_pay(link: PaymentLink) -> PaymentAttempt:
    actor = PayerActor(link.practice, link.code)
    start_checkout(link=link, actor=actor, key="press", payer_email="payer@example.org")
    return PaymentAttempt.objects.select_related("practice", "connection").latest("pk")


def deliver(connection: ProviderConnection, *notices: Notice) -> list[int]:
    address = f"/webhooks/paystack/{connection.code}/"
    browser = Client()
    return [
        browser.post(
            address, notice.body, content_type=notice.content_type, headers=dict(notice.headers)
        ).status_code
        for notice in notices
    ]


def assert_paid_once(link: PaymentLink) -> Payment:
    share = share_behind(link)
    share.refresh_from_db()
    payment: Payment = Payment.objects.select_related("practice", "connection", "attempt", "patient").get()
    assert (share.open_minor, payment.unallocated_minor, payment.tray_reason) == (0, 0, "")
    assert Receipt.objects.count() == 1
    return payment


def test_money_comes_goes_back_and_is_disputed_in_any_order_and_number_of_notices(
    link: PaymentLink,
    connection: ProviderConnection,
    paystack: PaystackStandIn,
    merchant: Merchant,
) -> None:
    attempt = press_pay(link)
    paystack.move(merchant, attempt.reference, "success")
    refund = paystack.refund_at_dashboard(merchant, attempt.reference, 10_000)
    paystack.move_refund(merchant, refund["id"], "processing")
    paystack.move_refund(merchant, refund["id"], "processed")
    paystack.dispute(merchant, attempt.reference, refund_amount=85_000)
    dice = random.Random(11)
    sent = list(in_any_order(paystack, paystack.outbox, dice=dice, copies=6, forged_percent=10))
    for part in (sent[:10], sent[10:]):
        answers = deliver(connection, *part)
        assert answers == [400 if notice.is_forged else 200 for notice in part]
        apply_due_notices(settle=settle_reference)
    assert InboundEvent.objects.count() == len(paystack.outbox)
    connection.refresh_from_db()
    assert connection.rejected_notices == sum(notice.is_forged for notice in sent)
    payment = Payment.objects.get()
    # One of everything, as in the partner's own books.
    assert payment.external_id == str(merchant.transactions[attempt.reference]["id"])
    assert [(each.amount_minor, each.state) for each in Refund.objects.all()] == [(10_000, RefundState.DONE)]
    assert [each.amount_minor for each in Dispute.objects.all()] == [85_000]
    # What left us names neither the client nor the care.
    patients = Patient.objects.values_list("given_names", "family_name", "email")
    secrets = {text for each in patients for text in each if text} | {"F41.1", "86205", "therapy"}
    for call in paystack.calls:
        said = f"{call.path} {call.query} {call.body.decode()}"
        assert not [text for text in secrets if text.lower() in said.lower()]


def test_after_a_page_was_lost_the_next_press_pays_once(
    link: PaymentLink,
    connection: ProviderConnection,
    paystack: PaystackStandIn,
    merchant: Merchant,
    frozen_clock: FrozenClock,
) -> None:
    paystack.misbehave("drop", method="POST")
    with pytest.raises(PartnerUnavailable):
        press_pay(link)
    attempt = press_pay(link)
    assert len(merchant.transactions) == 2
    paystack.move(merchant, attempt.reference, "success")
    # No notice comes: the poller finds it.
    frozen_clock.tick(minutes=3)
    watch_attempts()
    payment = assert_paid_once(link)
    assert payment.attempt == attempt


def test_a_refund_whose_answer_was_lost_is_paid_once_and_swept_up_at_night(
    link: PaymentLink,
    connection: ProviderConnection,
    paystack: PaystackStandIn,
    merchant: Merchant,
    cast: Cast,
    frozen_clock: FrozenClock,
) -> None:
    attempt = press_pay(link)
    paystack.move(merchant, attempt.reference, "success", fees=2_000, amount=attempt.amount_minor + 5_000)
    deliver(connection, *paystack.outbox)
    apply_due_notices(settle=settle_reference)
    payment = Payment.objects.select_related("practice", "connection", "attempt", "patient").get()
    # More came than was asked: it lies in the tray until somebody says what it is.
    assert payment.tray_reason
    paystack.misbehave("drop", method="POST")
    refund = refund_online(
        payment=payment, amount_minor=5_000, reason="Too much", actor=cast.owner, key="back"
    )
    assert refund.state == RefundState.REQUESTED
    for _ in range(3):
        frozen_clock.tick(minutes=2)
        watch_refunds()
    refund.refresh_from_db()
    (theirs,) = merchant.refunds
    assert (refund.state, refund.external_id) == (RefundState.PENDING, str(theirs["id"]))
    paystack.move_refund(merchant, theirs["id"], "processed")
    frozen_clock.tick(hours=1)
    watch_refunds()
    refund.refresh_from_db()
    assert refund.state == RefundState.DONE
    paystack.settle(merchant, [attempt.reference], deductions=5_000)
    sweep_connection(connection, keep=keep_misfit)
    sweep_payouts(connection)
    payout = Payout.objects.get()
    assert payout.amount_minor == attempt.amount_minor - 2_000
    assert clock.now() - payment.recorded_at < timedelta(days=1)
