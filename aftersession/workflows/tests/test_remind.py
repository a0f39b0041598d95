# SPDX-License-Identifier: Apache-2.0
"""The ladder at work: who is reminded when, what stops it, and that nobody is reminded twice."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from threading import Barrier

import pytest
from django import db

from aftersession.audit.models import AuditEvent
from aftersession.billing.debtors import debtor_of
from aftersession.billing.models import InvoiceShare
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import DomainError, InvalidTransition, NotAllowed
from aftersession.messaging.models import Message, MessageState
from aftersession.patients.models import Patient
from aftersession.practices.actors import SystemActor
from aftersession.practices.models import Practice
from aftersession.practices.tenancy import practice_scope
from aftersession.reminders.models import Hold, HoldKind, Reminder, ReminderStep
from aftersession.reminders.queries import ladder_of
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Step
from aftersession.workflows.hold_reminders import (
    mark_disputed,
    pause_patient,
    pause_share,
    record_promise,
    resume_patient,
    resume_share,
)
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.move_share import Target, move_share
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.receive_money import receive_money
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.remind import remind_now, remind_when_due, send_due_reminders
from aftersession.workflows.resend_message import resend_message
from aftersession.workflows.void_invoice import void_invoice
from aftersession.workflows.write_off_share import write_off_share
from tests.billing import cash, complete, invoice_of, share_of
from tests.cast import Cast
from tests.fixtures.clock import FrozenClock
from tests.turns import just_before

pytestmark = pytest.mark.usefixtures("in_practice")


@pytest.fixture(autouse=True)
def clean_books(in_practice: Practice) -> Iterator[None]:
    yield
    assert [str(breach) for breach in check_invariants()] == []


def letters_leave() -> None:
    """The worker hands over what waits."""
    waiting = Message.objects.filter(state=MessageState.WAITING)
    for message in list(waiting):
        waiting.filter(pk=message.pk).update(state=MessageState.SENDING)
        Message.objects.filter(pk=message.pk).update(state=MessageState.SENT, sent_at=clock.now())


@pytest.fixture
def sent(cast: Cast, frozen_clock: FrozenClock) -> Outcome:
    """An invoice for R 950.00 that left on Wednesday 11 March, at two in the afternoon."""
    outcome = complete(cast, Step.SEND)
    letters_leave()
    return outcome


def reminders() -> list[Message]:
    return list(Message.objects.filter(kind="reminder").order_by("pk"))


def states() -> list[str]:
    return [each.state for each in reminders()]


def hold(cast: Cast, of: Outcome, **fields: object) -> None:
    pause_share(**{"share": share_of(cast, of), "reason": "Away", "until_on": None, "actor": cast.biller, "key": new_code(), **fields})  # type: ignore[arg-type]  # fmt: skip


def promise(cast: Cast, of: Outcome, until_on: date) -> None:
    share = share_of(cast, of)
    record_promise(share=share, until_on=until_on, reason="By phone", actor=cast.front_desk, key=new_code())


def test_it_reminds_two_and_five_days_after_the_invoice_was_sent(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    counts = []
    for _day in range(9):
        counts.append(send_due_reminders())
        letters_leave()
        frozen_clock.tick(days=1)
    assert counts == [0, 0, 1, 0, 0, 1, 0, 0, 0]
    assert len(reminders()) == 2


def test_the_letter_says_what_is_open_now_and_where_to_pay_and_nothing_of_health(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    pay(cast, sent, 200_00)
    frozen_clock.tick(days=2)
    assert send_due_reminders() == 1
    (letter,) = reminders()
    assert letter.to_address == cast.adult.email and letter.about_code == sent.invoice_code
    assert "R\u00a0750.00" in letter.body and "25 March 2026" in letter.body and "Protea Bank" in letter.body
    assert invoice_of(cast, sent).payment_reference in letter.body
    assert not letter.document_codes and "therapy" not in letter.body.lower()


def pay(cast: Cast, of: Outcome, amount_minor: int = 950_00) -> None:
    record_payment(
        invoice=invoice_of(cast, of), payment=cash(amount_minor), send_receipt_to="", actor=cast.biller, key=new_code()
    )  # fmt: skip


def test_a_pay_page_that_opens_stands_in_the_letter(cast: Cast, frozen_clock: FrozenClock) -> None:
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    letters_leave()
    frozen_clock.tick(days=2)
    assert send_due_reminders() == 1
    assert "{{link:" in reminders()[0].body


def test_an_invoice_that_nobody_was_sent_is_not_chased(cast: Cast, frozen_clock: FrozenClock) -> None:
    complete(cast, Step.SEND)
    frozen_clock.tick(days=3)
    assert send_due_reminders() == 0


def test_an_insurer_is_never_reminded(cast: Cast, frozen_clock: FrozenClock) -> None:
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    share = share_of(cast, outcome)
    frozen_clock.tick(days=3)
    assert send_due_reminders() == 0
    with pytest.raises(DomainError):
        remind_now(share=share, send_to=cast.payer.claims_email, actor=cast.owner, key="k")
    with pytest.raises(DomainError):
        mark_disputed(share=share, reason="No", actor=cast.owner, key="k2")


def test_a_worker_that_slept_sends_the_newest_step_only(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    frozen_clock.tick(days=8)
    assert send_due_reminders() == 1
    frozen_clock.tick(days=1)
    assert send_due_reminders() == 0
    assert Reminder.objects.get().days == 5


def test_what_has_been_due_for_weeks_is_left_alone(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    frozen_clock.tick(days=20)
    assert send_due_reminders() == 0


def test_a_ladder_that_is_turned_on_later_sends_one_letter(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    ReminderStep.objects.update(is_on=False)
    frozen_clock.tick(days=6)
    assert send_due_reminders() == 0
    ReminderStep.objects.update(is_on=True)
    assert [send_due_reminders(), send_due_reminders()] == [1, 0]


def test_nobody_is_reminded_twice_a_day_whatever_they_owe(cast: Cast, frozen_clock: FrozenClock) -> None:
    for _ in range(3):
        complete(cast, Step.SEND)
    letters_leave()
    frozen_clock.tick(days=2)
    assert [send_due_reminders(), send_due_reminders()] == [1, 0]
    frozen_clock.tick(days=1)
    assert [send_due_reminders(), send_due_reminders()] == [1, 0]


@pytest.mark.parametrize(("hour", "leaves"), [(5, 0), (6, 1), (15, 1), (16, 0), (23, 0)])
def test_letters_leave_in_the_practices_daytime(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock, hour: int, leaves: int
) -> None:
    # Two hours behind: 8:00 to 18:00 there is 6:00 to 16:00 here.
    frozen_clock.move_to(datetime(2026, 3, 13, hour, 0, tzinfo=UTC))
    assert send_due_reminders() == leaves


def test_days_are_counted_over_month_ends_and_changes_of_the_hour(
    cast: Cast, frozen_clock: FrozenClock
) -> None:
    Practice.objects.update(time_zone="Europe/Berlin")
    cast.practice.refresh_from_db()
    frozen_clock.move_to(datetime(2026, 10, 23, 22, 30, tzinfo=UTC))  # Saturday 24 October there, 0:30
    complete(cast, Step.SEND)
    letters_leave()
    sent_at = []
    for hours in range(24 * 9):
        frozen_clock.move_to(datetime(2026, 10, 23, 23, 0, tzinfo=UTC) + timedelta(hours=hours))
        if send_due_reminders():
            sent_at.append(clock.local(clock.now(), "Europe/Berlin").isoformat()[:16])
    assert sent_at == ["2026-10-26T08:00", "2026-10-29T08:00"]


def test_the_last_day_of_february_is_two_days_before_the_second_of_march(
    cast: Cast, frozen_clock: FrozenClock
) -> None:
    frozen_clock.move_to(datetime(2027, 2, 28, 12, 0, tzinfo=UTC))
    complete(cast, Step.SEND)
    letters_leave()
    frozen_clock.move_to(datetime(2027, 3, 1, 12, 0, tzinfo=UTC))
    assert send_due_reminders() == 0
    frozen_clock.move_to(datetime(2027, 3, 2, 12, 0, tzinfo=UTC))
    assert send_due_reminders() == 1


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(hours=-1), timedelta(days=-30), timedelta(0)])
def test_a_clock_that_jumps_sends_no_step_twice(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock, jump: timedelta
) -> None:
    frozen_clock.tick(days=2)
    assert send_due_reminders() == 1
    frozen_clock.move_to(clock.now() + jump)
    send_due_reminders()
    frozen_clock.move_to(clock.now() - jump)
    assert send_due_reminders() == 0
    assert len(reminders()) == 1


def settle(name: str, cast: Cast, of: Outcome) -> None:
    invoice, share = invoice_of(cast, of), share_of(cast, of)
    if name == "paid":
        pay(cast, of)
    elif name == "paid in part":
        pay(cast, of, 100_00)
    elif name == "money on account":
        debtor = debtor_of(share, cast.practice)
        receive_money(patient=cast.adult, debtor=debtor, payment=cash(), actor=cast.owner, key="s")
    elif name == "credited":
        credit_invoice(invoice=invoice, credit=CreditInput(reason="Wrong"), actor=cast.owner, key="s")
    elif name == "void":
        void_invoice(invoice=invoice, reason="Wrong", actor=cast.owner, key="s")
    elif name == "written off":
        write_off_share(share=share, amount_minor=950_00, reason="Moved away", actor=cast.owner, key="s")
    elif name == "promise":
        promise(cast, of, clock.now().date() + timedelta(days=3))
    elif name == "dispute":
        mark_disputed(share=share, reason="Was not there", actor=cast.owner, key="s")
    elif name == "pause":
        hold(cast, of)
    else:
        pause_patient(patient=cast.adult, reason="Ill", until_on=None, actor=cast.owner, key="s")


STOPS = [
    *("paid", "money on account", "credited", "void", "written off"),
    *("promise", "dispute", "pause", "pause of the client"),
]


@pytest.mark.parametrize("stop", STOPS)
def test_it_stops_reminders(stop: str, cast: Cast, sent: Outcome, frozen_clock: FrozenClock) -> None:
    settle(stop, cast, sent)
    frozen_clock.tick(days=2)
    assert send_due_reminders() == 0
    assert reminders() == []


@pytest.mark.parametrize("stop", [*STOPS, "paid in part"])
def test_it_takes_back_a_reminder_that_waits(
    stop: str, cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    frozen_clock.tick(days=2)
    assert send_due_reminders() == 1
    settle(stop, cast, sent)
    assert states() == [MessageState.CANCELLED]
    assert send_due_reminders() == 0


@pytest.mark.parametrize("stop", STOPS)
def test_it_is_looked_at_again_before_the_letter_is_written(
    stop: str, cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    share, step = share_of(cast, sent), ladder_of(cast.practice)[0]
    frozen_clock.tick(days=2)
    settle(stop, cast, sent)
    with pytest.raises(InvalidTransition):
        remind_when_due(share=share, step=step, actor=worker(cast), key="k")
    assert reminders() == []


def worker(cast: Cast) -> SystemActor:
    return SystemActor(cast.practice)


def test_after_a_broken_promise_the_reminders_go_on(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    promise(cast, sent, clock.today(cast.practice.time_zone) + timedelta(days=30))
    frozen_clock.tick(days=30)
    assert send_due_reminders() == 0
    frozen_clock.tick(days=1)
    assert send_due_reminders() == 1
    assert Reminder.objects.get().days == 5


def test_resuming_lets_them_go_on_and_says_so_in_the_history(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    hold(cast, sent)
    mark_disputed(share=share_of(cast, sent), reason="Was ill", actor=cast.owner, key="k")
    frozen_clock.tick(days=3)
    assert resume_share(share=share_of(cast, sent), actor=cast.owner, key="k1").lifted == 2
    assert send_due_reminders() == 1
    with pytest.raises(InvalidTransition):
        resume_share(share=share_of(cast, sent), actor=cast.owner, key="k2")
    told = AuditEvent.objects.filter(subject_code=sent.invoice_code).values_list("action", flat=True)
    assert {"invoice.disputed", "invoice.reminders_paused", "invoice.reminders_resumed"} <= set(told)


def test_a_pause_of_a_client_ends_on_its_day_or_by_hand(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    today = clock.today(cast.practice.time_zone)
    pause_patient(
        patient=cast.adult, reason="Ill", until_on=today + timedelta(days=4), actor=cast.owner, key="k"
    )
    frozen_clock.tick(days=4)
    assert send_due_reminders() == 0
    frozen_clock.tick(days=1)
    assert send_due_reminders() == 1
    assert resume_patient(patient=cast.adult, actor=cast.owner, key="k1").lifted == 1


def test_a_second_promise_takes_the_place_of_the_first(cast: Cast, sent: Outcome) -> None:
    for days in (2, 9):
        promise(cast, sent, clock.today(cast.practice.time_zone) + timedelta(days=days))
    (live,) = Hold.objects.filter(kind=HoldKind.PROMISE, lifted_at=None)
    assert live.until_on == date(2026, 3, 20)


def test_a_promise_for_yesterday_is_refused(cast: Cast, sent: Outcome) -> None:
    with pytest.raises(DomainError) as refused:
        promise(cast, sent, clock.today(cast.practice.time_zone) - timedelta(days=1))
    assert refused.value.field == "until_on"


def by_hand(cast: Cast, of: Outcome, *, to: str = "", key: str = "") -> None:
    share = share_of(cast, of)
    remind_now(share=share, send_to=to or cast.adult.email, actor=cast.front_desk, key=key or new_code())


def test_a_reminder_by_hand_takes_the_place_of_the_next_step(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    for _ in range(2):
        by_hand(cast, sent, key="same")
    assert len(reminders()) == 1
    with pytest.raises(InvalidTransition, match="One reminder a day"):
        by_hand(cast, sent)
    counts = []
    for _ in range(6):
        frozen_clock.tick(days=1)
        counts.append(send_due_reminders())
    assert counts == [0, 0, 0, 0, 1, 0]
    by_hand(cast, sent)
    assert Reminder.objects.filter(step=None).count() == 1


def test_a_reminder_by_hand_goes_where_its_button_said(cast: Cast, sent: Outcome) -> None:
    with pytest.raises(DomainError, match="address"):
        by_hand(cast, sent, to="other@example.com")


def test_a_reminder_by_hand_waits_for_the_invoice_and_for_a_pause(
    cast: Cast, frozen_clock: FrozenClock
) -> None:
    outcome = complete(cast, Step.SEND)
    with pytest.raises(InvalidTransition, match="Send it first"):
        by_hand(cast, outcome)
    letters_leave()
    hold(cast, outcome)
    with pytest.raises(InvalidTransition, match="Resume"):
        by_hand(cast, outcome)


def test_a_reminder_that_failed_is_written_anew_not_sent_again(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    by_hand(cast, sent)
    for state in (MessageState.SENDING, MessageState.FAILED):
        Message.objects.filter(kind="reminder").update(state=state)
    with pytest.raises(NotAllowed, match="from its invoice"):
        resend_message(message=reminders()[0], send_to=cast.adult.email, actor=cast.owner, key="k")


def test_what_an_insurer_left_is_chased_once_the_client_was_sent_it(
    cast: Cast, frozen_clock: FrozenClock
) -> None:
    share = share_of(cast, complete(cast, Step.GENERATE, PaymentType.INSURANCE))
    moved = move_share(
        share=share,
        target=Target(patient=cast.insured),
        amount_minor=950_00,
        reason="Benefits used up",
        actor=cast.owner,
        key="k",
    )
    frozen_clock.tick(days=5)
    assert send_due_reminders() == 0
    theirs = InvoiceShare.objects.select_related("invoice").get(code=moved.to_share_code)
    with pytest.raises(InvalidTransition, match="Send it first"):
        remind_now(share=theirs, send_to=cast.insured.email, actor=cast.owner, key="k2")


def test_the_other_persons_payment_leaves_a_reminder_as_it_is(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    moved = move_share(
        share=share_of(cast, sent),
        target=Target(guarantor=cast.minor.guarantor),
        amount_minor=400_00,
        reason="They share it",
        actor=cast.owner,
        key="k",
    )
    frozen_clock.tick(days=2)
    assert send_due_reminders() == 1
    theirs = InvoiceShare.objects.select_related("invoice").get(code=moved.to_share_code)
    record_payment(
        invoice=invoice_of(cast, sent), payment=cash(400_00), share=theirs, send_receipt_to="", actor=cast.owner,
        key="p",
    )  # fmt: skip
    assert states() == [MessageState.WAITING]


def test_whoever_has_no_address_is_not_reminded(cast: Cast, sent: Outcome, frozen_clock: FrozenClock) -> None:
    Patient.objects.filter(pk=cast.adult.pk).update(email="")
    frozen_clock.tick(days=2)
    assert send_due_reminders() == 0


def test_one_share_that_cannot_be_reminded_does_not_keep_others_waiting(
    cast: Cast, other_cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    with practice_scope(other_cast.practice):
        complete(other_cast, Step.SEND)
        letters_leave()

    def something_breaks() -> None:
        raise RuntimeError("out of order")

    frozen_clock.tick(days=2)
    with just_before('INSERT INTO "reminders_reminder"', something_breaks):
        assert send_due_reminders() == 1
    assert send_due_reminders() == 1


def test_a_worker_killed_before_its_commit_has_sent_nothing_and_the_next_one_sends_it(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    class Killed(BaseException):
        """Not an error that anything catches: the process ends here."""

    def die() -> None:
        raise Killed

    frozen_clock.tick(days=2)
    with pytest.raises(Killed), just_before('INSERT INTO "reminders_reminder"', die):
        send_due_reminders()
    assert reminders() == []
    assert [send_due_reminders(), send_due_reminders()] == [1, 0]


def test_a_pause_that_comes_while_the_worker_writes_is_seen(
    cast: Cast, sent: Outcome, frozen_clock: FrozenClock
) -> None:
    def somebody_pauses() -> None:
        Hold.objects.create(
            practice=cast.practice, kind=HoldKind.PAUSE, patient=cast.adult, reason="Ill", placed_at=clock.now()
        )  # fmt: skip

    frozen_clock.tick(days=2)
    with just_before('INSERT INTO "commands_commandkey"', somebody_pauses):
        assert send_due_reminders() == 0
    assert reminders() == []


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_step_once(cast: Cast, frozen_clock: FrozenClock) -> None:
    complete(cast, Step.SEND)
    complete(cast, Step.SEND)
    letters_leave()
    frozen_clock.tick(days=2)
    workers = 4
    barrier = Barrier(workers)

    def work(_: int) -> int:
        try:
            barrier.wait()
            return send_due_reminders()
        finally:
            db.connection.close()

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, range(workers)))
    assert (len(reminders()), Reminder.objects.count()) == (1, 1)
