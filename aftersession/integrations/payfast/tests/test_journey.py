# SPDX-License-Identifier: Apache-2.0
"""From the payer's press on Pay to a receipt, with a partner that can only tell and confirm."""

import random
from dataclasses import replace

import httpx
import pytest
from django.test import Client

from aftersession.integrations.apply_notices import apply_due_notices
from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.integrations.payfast.provider import PayFastProvider
from aftersession.integrations.payfast.tests.stand_in.partner import PayFastStandIn, Shop
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import Payment, PaymentAttempt, PaymentLink, ProviderConnection, Receipt
from aftersession.practices.actors import PayerActor
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.settle_attempt import refresh_attempt
from aftersession.workflows.settle_reference import settle_reference
from aftersession.workflows.start_checkout import start_checkout
from tests.billing import complete, share_behind
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock
from tests.stand_in import Notice, in_any_order

pytestmark = pytest.mark.usefixtures("in_practice")


@pytest.fixture
def connection(cast: Cast, provider: PayFastProvider) -> ProviderConnection:
    return connect_provider(practice=cast.practice, kind="payfast", connection=provider.settings)


@pytest.fixture
def attempt(cast: Cast, connection: ProviderConnection, frozen_clock: FrozenClock) -> PaymentAttempt:
    """The payer has pressed Pay, and the browser has brought the form."""
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    link = PaymentLink.objects.select_related("practice", "share__invoice").get()
    page = start_checkout(link=link, actor=PayerActor(link.practice, link.code), key="press")
    httpx.post(page.url, data=dict(page.fields), trust_env=False).raise_for_status()
    return PaymentAttempt.objects.select_related("practice", "connection", "link__share__invoice").get()


def deliver(connection: ProviderConnection, notice: Notice) -> int:
    address = f"/webhooks/payfast/{connection.code}/"
    return Client().post(address, notice.body, content_type=notice.content_type).status_code


def test_the_form_is_the_same_for_each_press_and_no_key_of_it_is_kept(
    attempt: PaymentAttempt, shop: Shop
) -> None:
    actor = PayerActor(attempt.practice, attempt.link.code)
    pages = [start_checkout(link=attempt.link, actor=actor, key="press") for _ in range(2)]
    assert pages[0] == pages[1] and ("merchant_key", shop.merchant_key) in pages[0].fields
    row = PaymentAttempt.objects.values().get()
    assert shop.merchant_key not in repr(row) and row["state"] == "pending"


def test_a_notice_in_any_order_and_number_becomes_one_receipt(
    attempt: PaymentAttempt,
    connection: ProviderConnection,
    payfast: PayFastStandIn,
    shop: Shop,
    frozen_clock: FrozenClock,
) -> None:
    payfast.tell(shop, attempt.reference, "PENDING", pf_payment_id="1089251")
    payfast.tell(shop, attempt.reference, pf_payment_id="1089251")
    for notice in in_any_order(payfast, payfast.outbox, dice=random.Random(5), copies=10, forged_percent=10):
        assert deliver(connection, notice) == (400 if notice.is_forged else 200)
    payfast.misbehave("drop")
    apply_due_notices(settle=settle_reference)
    assert InboundEvent.objects.filter(state=InboundState.STORED).count() == 1
    frozen_clock.tick(minutes=1)
    apply_due_notices(settle=settle_reference)
    assert (InboundEvent.objects.count(), Payment.objects.count(), Receipt.objects.count()) == (2, 1, 1)


def test_nothing_is_believed_until_it_is_confirmed(
    attempt: PaymentAttempt,
    connection: ProviderConnection,
    payfast: PayFastStandIn,
    shop: Shop,
    frozen_clock: FrozenClock,
) -> None:
    notice = payfast.tell(shop, attempt.reference, pf_payment_id="1089777")
    assert deliver(connection, notice) == 200
    # The return page and the poller may ask as often as they like.
    assert refresh_attempt(attempt) == "pending"
    payfast.misbehave("500")
    apply_due_notices(settle=settle_reference)
    assert Payment.objects.count() == 0
    frozen_clock.tick(minutes=1)
    apply_due_notices(settle=settle_reference)
    payment = Payment.objects.get()
    share = share_behind(attempt.link)
    share.refresh_from_db()
    assert (share.open_minor, payment.unallocated_minor, payment.tray_reason) == (0, 0, "")
    assert (Receipt.objects.count(), payment.external_id) == (1, "1089777")
    assert [str(breach) for breach in check_invariants()] == []
    # One that is well signed and not theirs settles nothing and stays in sight.
    stolen = payfast.tell(shop, attempt.reference, pf_payment_id="7")
    payfast.sent.clear()
    assert deliver(connection, replace(stolen, headers={})) == 200
    apply_due_notices(settle=settle_reference)
    frozen_clock.tick(minutes=61)
    apply_due_notices(settle=settle_reference)
    assert InboundEvent.objects.get(state=InboundState.QUARANTINED).outcome == "not confirmed"
    assert Payment.objects.count() == 1
