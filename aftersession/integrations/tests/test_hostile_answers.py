# SPDX-License-Identifier: Apache-2.0
"""Answers that no honest partner gives: nothing is booked wrongly, nothing that is real is held back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aftersession.integrations.inbox import keep_misfit
from aftersession.integrations.models import InboundEvent
from aftersession.integrations.sandbox.provider import SandboxProvider, _read_payment
from aftersession.integrations.tests.online import FEE, OWED, a_link, begun, newest_attempt, newest_payment
from aftersession.lib import clock
from aftersession.lib.money import Money
from aftersession.payments.models import Payment, PaymentAttempt, ProviderConnection, Refund, StrayPayment
from aftersession.payments.provider import (
    Checkout,
    Mode,
    PartnerPayment,
    PartnerRefund,
    PartnerUnavailable,
    PaymentState,
    RefundState,
)
from aftersession.practices.actors import PayerActor
from aftersession.workflows.partner_news import DoesNotFit, apply_found_refund
from aftersession.workflows.settle_attempt import apply_answer
from aftersession.workflows.start_checkout import start_checkout
from aftersession.workflows.sweep_partners import sweep_connection
from tests.cast import Cast
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")

AMOUNTS: tuple[object, ...] = (None, "", "95000", 950.0, True, [], {}, 10**16, -1, 0)


@pytest.fixture
def attempt(cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl) -> PaymentAttempt:
    return begun(a_link(cast), sandbox_partner, is_paid=False)


def said(attempt: PaymentAttempt) -> PartnerPayment:
    return PartnerPayment(
        reference=attempt.reference,
        external_id="pay_1",
        state=PaymentState.SUCCEEDED,
        amount=attempt.amount,
        mode=Mode.TEST,
        account=attempt.connection.account,
    )


@pytest.mark.parametrize("years", [-20, 20])
def test_a_clock_of_another_age_dates_no_money(attempt: PaymentAttempt, years: int) -> None:
    """A day that has not come could not be refunded; one before the attempt is in a closed month."""
    told_at = clock.now() + timedelta(days=365 * years)
    apply_answer(attempt, replace(said(attempt), paid_at=told_at))
    assert newest_payment().received_on == clock.today(attempt.practice.time_zone)


def test_two_payments_whose_ids_differ_only_at_their_end_are_two(attempt: PaymentAttempt) -> None:
    for end in ("1", "2"):
        apply_answer(attempt, replace(said(attempt), external_id="p" * 79 + end))
    assert list(Payment.objects.order_by("pk").values_list("allocated_minor", flat=True)) == [OWED, 0]


@pytest.mark.parametrize("minor", [0, -1, -OWED])
def test_a_refund_of_nothing_or_less_is_not_booked(
    connection: ProviderConnection, payment: Payment, minor: int
) -> None:
    told = PartnerRefund(
        reference="",
        external_id="re_1",
        state=RefundState.DONE,
        amount=Money(minor, "ZAR"),
        mode=Mode.TEST,
        account=connection.account,
    )
    with pytest.raises(DoesNotFit):
        apply_found_refund(newest_payment(), told)
    assert Refund.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_money_that_breaks_the_sweep_hides_no_other(
    attempt: PaymentAttempt, connection: ProviderConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = replace(said(attempt), reference="THEIRS", external_id="pay_0", amount=Money(10**30, "ZAR"))
    monkeypatch.setattr(SandboxProvider, "list_payments", lambda *_a, **_k: [broken, said(attempt)])
    for _ in range(2):
        sweep_connection(connection, keep=keep_misfit)
    assert (newest_payment().allocated_minor, StrayPayment.objects.count()) == (OWED, 0)
    assert InboundEvent.objects.filter(state="quarantined").count() == 1


def test_an_address_that_is_too_long_to_keep_is_used_and_asked_for_again(
    cast: Cast, connection: ProviderConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, page = a_link(cast), "https://partner.example/" + "x" * 3000
    made = Checkout(url=page, external_id="co_1", expires_at=None)
    monkeypatch.setattr(SandboxProvider, "start_checkout", lambda *_a: made)
    for _ in range(2):
        actor = PayerActor(link.practice, link.code)
        assert start_checkout(link=link, actor=actor, key="press").url == page
    assert (newest_attempt().checkout_url, PaymentAttempt.objects.count()) == ("", 1)


@pytest.mark.parametrize("amount", AMOUNTS)
def test_an_amount_that_is_none_says_nothing_of_the_payment(amount: object) -> None:
    body = {
        "reference": "R-1", "id": "co_1", "state": "succeeded", "amount": amount, "currency": "ZAR",
        "mode": "test", "account": "acct", "paid_at": int(datetime(2026, 3, 2, tzinfo=UTC).timestamp()), "fee": FEE,
    }  # fmt: skip
    with pytest.raises(PartnerUnavailable):
        _read_payment(body)
