# SPDX-License-Identifier: Apache-2.0
"""Attempts before and after the partner hears of them; the rest of the way is walked in `integrations`."""

from datetime import timedelta

import pytest

from aftersession.lib.errors import DomainError, PartnerUnavailable
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import AttemptState, PaymentAttempt, PaymentLink
from aftersession.practices.actors import PayerActor
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.settle_attempt import refresh_attempt
from aftersession.workflows.start_checkout import Asked, start_checkout
from aftersession.workflows.watch_attempts import WAITS, attempts_in_doubt, watch_attempts
from tests.billing import complete
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock
from tests.fixtures.sandbox import SandboxControl

pytestmark = pytest.mark.usefixtures("in_practice")

DECLINED, PENDING = "4000 0000 0000 0002", "4000 0000 0000 3220"


@pytest.fixture
def link(cast: Cast, sandbox_partner: SandboxControl, frozen_clock: FrozenClock) -> PaymentLink:
    connect_provider(practice=cast.practice, kind="sandbox", connection=sandbox_partner.connect())
    sandbox_partner.misbehave(hold=True)
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    found: PaymentLink = PaymentLink.objects.select_related("practice").get()
    return found


def press_pay(link: PaymentLink, key: str = "press", shown_minor: int | None = None) -> str:
    actor = PayerActor(link.practice, link.code)
    return start_checkout(link=link, actor=actor, key=key, asked=Asked(shown_minor=shown_minor)).url


def newest() -> PaymentAttempt:
    found: PaymentAttempt = PaymentAttempt.objects.select_related("connection", "practice").latest("pk")
    return found


def states() -> list[str]:
    return list(PaymentAttempt.objects.order_by("pk").values_list("state", flat=True))


def test_the_attempt_is_in_the_books_before_the_partner_is_asked(
    link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(answer="429", hold=True)
    with pytest.raises(PartnerUnavailable):
        press_pay(link)
    assert states() == [AttemptState.UNKNOWN]


def test_an_attempt_lost_from_sight_is_closed_by_the_next_press(
    link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.misbehave(answer="hang_up", method="POST", hold=True)
    with pytest.raises(PartnerUnavailable):
        press_pay(link)
    press_pay(link, key="reloaded")
    assert states() == [AttemptState.EXPIRED, AttemptState.PENDING]


def test_the_key_of_an_attempt_that_ended_leads_to_the_next_one(
    link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    first = press_pay(link)
    sandbox_partner.pay(first, DECLINED)
    refresh_attempt(newest())
    second = press_pay(link)
    assert second != first
    assert press_pay(link) == second
    assert states() == [AttemptState.FAILED, AttemptState.PENDING]


def test_a_payment_found_while_closing_older_pages_ends_the_new_try(
    link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.pay(press_pay(link))
    with pytest.raises(DomainError) as refusal:
        press_pay(link, key="again")
    assert refusal.value.code == "nothing_owed"
    assert states() == [AttemptState.SUCCEEDED, AttemptState.ABANDONED]


def test_what_a_bank_still_confirms_stands_in_the_way_of_paying_twice(
    link: PaymentLink, sandbox_partner: SandboxControl
) -> None:
    sandbox_partner.pay(press_pay(link), PENDING)
    refresh_attempt(newest())
    with pytest.raises(DomainError) as refusal:
        press_pay(link, key="again")
    assert refusal.value.code == "being_confirmed"


@pytest.mark.parametrize("shown_minor", [949_99, 0])
def test_only_the_amount_that_was_shown_is_asked_for(link: PaymentLink, shown_minor: int) -> None:
    with pytest.raises(DomainError) as refusal:
        press_pay(link, shown_minor=shown_minor)
    assert refusal.value.code == "balance_changed"
    assert states() == []


def test_what_the_partner_never_got_is_given_up_after_an_hour(
    link: PaymentLink, sandbox_partner: SandboxControl, frozen_clock: FrozenClock
) -> None:
    sandbox_partner.misbehave(answer="500", method="POST", hold=True)
    with pytest.raises(PartnerUnavailable):
        press_pay(link)
    attempt = newest()
    assert refresh_attempt(attempt) == AttemptState.UNKNOWN
    frozen_clock.tick(hours=1, seconds=1)
    assert refresh_attempt(attempt) == AttemptState.ABANDONED


def test_silence_is_asked_ever_more_rarely_and_then_shown_to_staff(
    link: PaymentLink, cast: Cast, sandbox_partner: SandboxControl, frozen_clock: FrozenClock
) -> None:
    press_pay(link)
    began = frozen_clock.now
    waits: list[timedelta] = []
    while frozen_clock.now - began < timedelta(days=3):
        sandbox_partner.misbehave(answer="500", hold=True)
        assert watch_attempts() == (1 if waits or frozen_clock.now > began else 0)
        due_at = newest().next_check_at
        assert due_at is not None
        waits.append(due_at - frozen_clock.now)
        frozen_clock.move_to(due_at)
    assert waits[1:] == list(WAITS[: len(waits) - 1])
    assert [each.code for each in attempts_in_doubt(cast.practice)] == [newest().code]


def test_what_has_ended_is_not_asked_about_any_more(
    link: PaymentLink, cast: Cast, sandbox_partner: SandboxControl, frozen_clock: FrozenClock
) -> None:
    sandbox_partner.pay(press_pay(link))
    frozen_clock.tick(minutes=2)
    assert watch_attempts() == 1
    frozen_clock.tick(days=30)
    assert watch_attempts() == 0
    assert not attempts_in_doubt(cast.practice).exists()
