# SPDX-License-Identifier: Apache-2.0
"""Money that goes back through the partner: on its way, done, refused, bounced, in doubt."""

import itertools
from collections.abc import Iterator

import pytest
from django.test import Client

from aftersession.integrations.apply_notices import apply_due_notices
from aftersession.integrations.models import InboundEvent
from aftersession.ledger.models import Account, Line
from aftersession.lib.codes import new_code
from aftersession.lib.errors import AmountTooLarge, BadInput, InvalidTransition, NotAllowed
from aftersession.lib.money import Money
from aftersession.messaging.models import Message
from aftersession.payments.connections import connect_provider, provider_of
from aftersession.payments.models import (
    Payment,
    PaymentAttempt,
    PaymentLink,
    ProviderConnection,
    Refund,
    RefundState,
)
from aftersession.payments.provider import RefundRequest
from aftersession.payments.refunds import take_first_turn
from aftersession.practices.actors import PayerActor
from aftersession.practices.models import Member
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.refund_online import refresh_refund, refund_online, request_refund
from aftersession.workflows.settle_attempt import refresh_attempt
from aftersession.workflows.settle_reference import settle_reference
from aftersession.workflows.start_checkout import start_checkout
from aftersession.workflows.use_credit import use_credit
from aftersession.workflows.watch_refunds import watch_refunds
from tests.billing import cash, complete, share_behind, share_of
from tests.cast import Cast, signed_in
from tests.fixtures.clock import FrozenClock
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice", "clean_books")

OWED = 950_00


@pytest.fixture
def clean_books(in_practice: object) -> Iterator[None]:
    yield
    assert [str(breach) for breach in check_invariants()] == []


@pytest.fixture
def connection(cast: Cast, sandbox_partner: SandboxControl) -> ProviderConnection:
    made = connect_provider(practice=cast.practice, kind="sandbox", connection=sandbox_partner.connect())
    sandbox_partner.misbehave(hold=True, refund="pending")
    return made


@pytest.fixture
def payment(cast: Cast, connection: ProviderConnection, sandbox_partner: SandboxControl) -> Payment:
    """R 950.00 paid online for an invoice that was credited since: all of it is unused."""
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    link = PaymentLink.objects.select_related("practice", "share__invoice").get()
    actor = PayerActor(link.practice, link.code)
    sandbox_partner.pay(start_checkout(link=link, actor=actor, key="press").url)
    refresh_attempt(PaymentAttempt.objects.select_related("connection", "practice").get())
    credit = CreditInput(reason="Did not take place")
    credit_invoice(invoice=share_behind(link).invoice, credit=credit, actor=cast.owner, key="credit")
    return fresh()


def fresh() -> Payment:
    found: Payment = Payment.objects.select_related("patient", "attempt__connection", "practice").get()
    return found


def give_back(payment: Payment, actor: Member, amount_minor: int = OWED, key: str = "") -> Refund:
    return refund_online(
        payment=payment, amount_minor=amount_minor, reason="Asked for it", actor=actor, key=key or new_code()
    )


def newest() -> Refund:
    rows = Refund.objects.select_related("practice", "document", "payment__attempt__connection")
    found: Refund = rows.select_related("payment__patient", "payment__payer", "payment__guarantor").latest(
        "pk"
    )
    return found


def held() -> int:
    return sum(line.amount_minor for line in Line.objects.filter(account=Account.PARTNER_CLEARING))


def columns() -> tuple[int, int, int]:
    payment = fresh()
    return payment.refunding_minor, payment.refunded_minor, payment.unallocated_minor


def test_what_is_on_its_way_is_reserved_and_the_books_wait(cast: Cast, payment: Payment) -> None:
    refund = give_back(payment, cast.owner, 400_00)
    assert refund.state == RefundState.PENDING
    assert columns() == (400_00, 0, 550_00)
    assert held() == OWED
    assert not Message.objects.filter(kind="refund").exists()


def test_once_it_is_done_the_books_move_and_the_payer_is_told(
    cast: Cast, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    refund = give_back(payment, cast.owner, 400_00)
    sandbox_partner.decide_refund(refund.code, "done")
    assert refresh_refund(newest()) == RefundState.DONE
    assert columns() == (0, 400_00, 550_00)
    assert held() == 550_00
    assert Message.objects.get(kind="refund").to_address == cast.adult.email


def test_while_one_asks_the_partner_nobody_else_does(cast: Cast, payment: Payment) -> None:
    """Not every partner knows a repeated request: two at once could give the money back twice."""
    request_refund(payment=payment, amount_minor=OWED, reason="Asked", actor=cast.owner, key="once")
    assert take_first_turn(newest())
    assert refresh_refund(newest()) == RefundState.REQUESTED
    assert payment.connection and provider_of(payment.connection).fetch_refund(newest().code) is None


def test_a_refund_that_fails_gives_its_reserve_back_and_says_why(
    cast: Cast, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    refund = give_back(payment, cast.owner)
    sandbox_partner.decide_refund(refund.code, "failed")
    assert refresh_refund(newest()) == RefundState.FAILED
    assert columns() == (0, 0, OWED)
    html = signed_in(cast.owner).get(f"/payments/{payment.code}/").content.decode()
    assert "account is closed" in html


def test_what_bounces_after_it_was_done_is_there_again(
    cast: Cast, payment: Payment, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(hold=True, refund="done")
    refund = give_back(payment, cast.owner)
    assert refund.state in (RefundState.PENDING, RefundState.DONE)
    refresh_refund(newest())
    assert columns() == (0, OWED, 0)
    sandbox_partner.decide_refund(refund.code, "failed")
    refresh_refund(newest())
    assert columns() == (0, 0, OWED)
    assert held() == OWED


@pytest.mark.parametrize("order", sorted(set(itertools.permutations((0, 0, 1, 1)))))
def test_the_order_and_number_of_notices_change_nothing(
    cast: Cast,
    payment: Payment,
    connection: ProviderConnection,
    sandbox_partner: SandboxControl,
    order: tuple[int, ...],
) -> None:
    refund = give_back(payment, cast.owner, 400_00)
    sandbox_partner.decide_refund(refund.code, "done")
    assert payment.attempt is not None
    notices = [
        notice for notice in sandbox_partner.notices(payment.attempt.reference) if b'"refund.' in notice[0]
    ]
    assert len(notices) == 2
    for place in order:
        body, headers = notices[place]
        address = f"/webhooks/sandbox/{connection.code}/"
        answer = Client().post(address, body, content_type="application/json", headers=headers)
        assert answer.status_code == 200
        apply_due_notices(settle=settle_reference)
        assert columns() == (0, 400_00, 550_00)
    assert Message.objects.filter(kind="refund").count() == 1
    assert set(InboundEvent.objects.values_list("state", flat=True)) == {"applied"}


@pytest.mark.parametrize("fault", ["hang_up", "500_after", "malformed", "500", "429"])
def test_a_lost_answer_leaves_it_in_doubt_and_watched_until_it_has_an_end(
    cast: Cast,
    payment: Payment,
    sandbox_partner: SandboxControl,
    frozen_clock: FrozenClock,
    fault: str,
) -> None:
    sandbox_partner.misbehave(hold=True, refund="pending", answer=fault, method="POST")
    refund = give_back(payment, cast.owner, 400_00)
    assert (refund.state, columns()) == (RefundState.REQUESTED, (400_00, 0, 550_00))
    frozen_clock.tick(minutes=2)
    watch_refunds()
    assert newest().state == RefundState.PENDING
    sandbox_partner.decide_refund(refund.code, "done")
    frozen_clock.tick(minutes=10)
    assert watch_refunds() == 1
    assert columns() == (0, 400_00, 550_00)
    frozen_clock.tick(days=30)
    assert watch_refunds() == 0


def test_silence_for_days_ends_as_never_arrived_and_not_as_two(
    cast: Cast, payment: Payment, sandbox_partner: SandboxControl, frozen_clock: FrozenClock
) -> None:
    sandbox_partner.misbehave(hold=True, answer="500", times=1000)
    give_back(payment, cast.owner)
    for _ in range(12):
        frozen_clock.tick(hours=6)
        watch_refunds()
    assert newest().state == RefundState.REQUESTED
    sandbox_partner.misbehave(hold=True, refund="pending")
    frozen_clock.tick(days=1)
    watch_refunds()
    assert (newest().state, newest().problem) == (RefundState.FAILED, "never_arrived")
    assert columns() == (0, 0, OWED)


def test_the_same_key_asks_once(cast: Cast, payment: Payment) -> None:
    first = give_back(payment, cast.owner, 400_00, key="once")
    assert give_back(fresh(), cast.owner, 400_00, key="once").pk == first.pk
    assert Refund.objects.count() == 1


def test_several_parts_go_back_up_to_what_is_unused(cast: Cast, payment: Payment) -> None:
    for _ in range(2):
        give_back(fresh(), cast.owner, 400_00)
    with pytest.raises(AmountTooLarge):
        give_back(fresh(), cast.owner, 150_01)
    give_back(fresh(), cast.owner, 150_00)
    assert columns() == (OWED, 0, 0)


def test_what_a_partner_refuses_for_good_fails_at_once(
    cast: Cast, payment: Payment, connection: ProviderConnection
) -> None:
    by_hand = RefundRequest(
        payment_external_id=payment.external_id, reference="at-its-desk", amount=Money(1, "ZAR")
    )
    provider_of(connection).refund(by_hand)
    refund = give_back(payment, cast.owner)
    assert (refund.state, refund.problem) == (RefundState.FAILED, "too_much")
    assert columns() == (0, 0, OWED)


def test_reserved_money_settles_nothing_meanwhile(cast: Cast, payment: Payment) -> None:
    give_back(payment, cast.owner)
    outcome = complete(cast, Step.SEND)
    with pytest.raises(BadInput):
        use_credit(share=share_of(cast, outcome), actor=cast.owner, key="use")


@pytest.mark.parametrize("amount_minor", [0, -1])
def test_nothing_cannot_be_given_back(cast: Cast, payment: Payment, amount_minor: int) -> None:
    with pytest.raises(BadInput):
        give_back(payment, cast.owner, amount_minor)


def test_each_role_up_to_its_limit(cast: Cast, payment: Payment) -> None:
    practice = cast.practice
    practice.biller_refund_limit_minor = 100_00
    practice.save(update_fields=["biller_refund_limit_minor"])
    for member in (cast.biller, cast.front_desk):
        member.practice.refresh_from_db()
        with pytest.raises(NotAllowed):
            give_back(fresh(), member, 100_01)
    assert give_back(fresh(), cast.biller, 100_00).amount_minor == 100_00


def test_cash_goes_back_by_hand_only(cast: Cast) -> None:
    complete(cast, Step.SEND_RECEIPT, payment=cash())
    with pytest.raises(InvalidTransition):
        give_back(fresh(), cast.owner)


def test_the_page_asks_once_and_keeps_what_was_typed(cast: Cast, payment: Payment) -> None:
    browser, page = signed_in(cast.owner), f"/payments/{payment.code}/online-refund/"
    assert 'value="950.00"' in browser.get(page).content.decode()
    assert page in browser.get(f"/payments/{payment.code}/").content.decode()
    refused = browser.post(page, {"key": "k", "amount": "950.01", "reason": "Asked"})
    assert (refused.status_code, Refund.objects.count()) == (422, 0)
    assert "950.01" in refused.content.decode()
    done = browser.post(page, {"key": "k2", "amount": "950", "reason": "Asked"}, follow=True)
    assert "on its way back" in done.content.decode()
    assert columns() == (OWED, 0, 0)


def test_front_desks_cannot_ask(cast: Cast, payment: Payment) -> None:
    browser = signed_in(cast.front_desk)
    assert browser.get(f"/payments/{payment.code}/online-refund/").status_code == 403
    assert "online-refund" not in browser.get(f"/payments/{payment.code}/").content.decode()
