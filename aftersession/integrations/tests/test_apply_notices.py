# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass, field

import pytest

from aftersession.integrations.apply_notices import MOST_TRIES, apply_due_notices
from aftersession.integrations.inbox import receive_notice
from aftersession.integrations.models import InboundEvent, InboundState
from aftersession.integrations.sandbox.tests.test_notices import SECRET, encoded, signed
from aftersession.payments.connections import connect_provider
from aftersession.payments.models import ProviderConnection
from aftersession.payments.provider import ConnectionSettings, Mode, PartnerUnavailable
from aftersession.practices.tenancy import active_practice_id
from aftersession.workflows.settle_reference import Notice
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock


@dataclass(frozen=True)
class Told:
    state: str
    outcome: str = ""


@dataclass
class Settling:
    """Stands where the settling workflow is, and remembers what it was asked."""

    verdict: Told = field(default_factory=lambda: Told(InboundState.APPLIED))
    is_down: bool = False
    breaks_on: str = ""
    asked: list[tuple[str, int | None]] = field(default_factory=list)

    def __call__(self, *, connection: ProviderConnection, notice: Notice) -> Told:
        self.asked.append((notice.reference, active_practice_id()))
        if self.is_down:
            raise PartnerUnavailable("down", code="timeout")
        if notice.reference == self.breaks_on:
            raise ZeroDivisionError
        return self.verdict


@pytest.fixture
def connection(cast: Cast) -> ProviderConnection:
    settings = ConnectionSettings(
        base_url="http://127.0.0.1:9",
        account="demo",
        mode=Mode.TEST,
        api_key="sk_test_demo_abcdefgh",
        webhook_secrets=(SECRET,),
    )
    return connect_provider(practice=cast.practice, kind="sandbox", connection=settings)


def receive(connection: ProviderConnection, raw: bytes = encoded()) -> InboundEvent:
    receive_notice(kind="sandbox", connection_code=connection.code, raw_body=raw, headers=signed(raw))
    event: InboundEvent = InboundEvent.objects.for_practice(connection.practice).latest("pk")
    return event


def test_a_notice_is_applied_once_in_its_practice(connection: ProviderConnection) -> None:
    event, settling = receive(connection), Settling()
    assert [apply_due_notices(settle=settling) for _ in range(2)] == [1, 0]
    assert settling.asked == [("PAY-1", connection.practice.pk)]
    event.refresh_from_db()
    assert (event.state, event.next_try_at) == (InboundState.APPLIED, None)


@pytest.mark.parametrize("state", [InboundState.IGNORED, InboundState.QUARANTINED])
def test_the_workflow_decides_how_a_notice_ends(connection: ProviderConnection, state: InboundState) -> None:
    event = receive(connection)
    apply_due_notices(settle=Settling(Told(state, "amount_differs")))
    event.refresh_from_db()
    assert (event.state, event.outcome) == (state, "amount_differs")


def test_a_notice_about_nothing_we_know_is_ignored(connection: ProviderConnection) -> None:
    event, settling = receive(connection, b'{"id": "evt_9", "type": "account.renamed"}'), Settling()
    assert apply_due_notices(settle=settling) == 1
    event.refresh_from_db()
    assert (event.state, settling.asked) == (InboundState.IGNORED, [])


def test_what_waits_for_its_payment_is_tried_again_and_raised_after_an_hour(
    connection: ProviderConnection, frozen_clock: FrozenClock
) -> None:
    event, waiting = receive(connection), Settling(Told(InboundState.STORED, "payment not known"))
    assert apply_due_notices(settle=waiting) == 0
    frozen_clock.tick(minutes=59)
    assert apply_due_notices(settle=waiting) == 0
    frozen_clock.tick(minutes=59)
    assert apply_due_notices(settle=waiting) == 1
    event.refresh_from_db()
    assert (event.state, event.outcome) == (InboundState.QUARANTINED, "payment not known")


def test_a_partner_that_is_down_is_asked_later_and_later(
    connection: ProviderConnection, frozen_clock: FrozenClock
) -> None:
    event, settling = receive(connection), Settling(is_down=True)
    assert apply_due_notices(settle=settling) == apply_due_notices(settle=settling) == 0
    frozen_clock.tick(seconds=5)
    apply_due_notices(settle=settling)
    frozen_clock.tick(seconds=5)
    apply_due_notices(settle=settling)
    assert len(settling.asked) == 2
    event.refresh_from_db()
    assert (event.state, event.attempts, event.outcome) == (InboundState.STORED, 2, "timeout")


def test_one_that_breaks_keeps_no_other_waiting(connection: ProviderConnection) -> None:
    broken = receive(connection)
    second = receive(connection, encoded(id="evt_2", reference="PAY-2"))
    assert apply_due_notices(settle=Settling(breaks_on="PAY-1")) == 1
    broken.refresh_from_db()
    second.refresh_from_db()
    assert (broken.state, broken.outcome) == (InboundState.STORED, "ZeroDivisionError")
    assert second.state == InboundState.APPLIED


def test_after_a_day_of_silence_a_person_must_look(
    connection: ProviderConnection, frozen_clock: FrozenClock
) -> None:
    event, settling = receive(connection), Settling(is_down=True)
    for _ in range(MOST_TRIES):
        frozen_clock.tick(hours=1)
        apply_due_notices(settle=settling)
    event.refresh_from_db()
    assert event.state == InboundState.FAILED


def test_what_a_killed_worker_had_taken_comes_again(
    connection: ProviderConnection, frozen_clock: FrozenClock
) -> None:
    event = receive(connection)

    class Killed(BaseException):
        pass

    def killed(*, connection: ProviderConnection, notice: Notice) -> Told:
        raise Killed

    with pytest.raises(Killed):
        apply_due_notices(settle=killed)
    settling = Settling()
    assert apply_due_notices(settle=settling) == 0
    frozen_clock.tick(minutes=3)
    assert apply_due_notices(settle=settling) == 1
    event.refresh_from_db()
    assert event.state == InboundState.APPLIED


def test_two_workers_at_one_notice_ask_once(connection: ProviderConnection) -> None:
    receive(connection)
    settling = Settling()

    def settle_while_another_looks(*, connection: ProviderConnection, notice: Notice) -> Told:
        assert apply_due_notices(settle=settling) == 0
        return settling(connection=connection, notice=notice)

    assert apply_due_notices(settle=settle_while_another_looks) == 1
    assert len(settling.asked) == 1
