# SPDX-License-Identifier: Apache-2.0
"""Several processes at the same thing at the same moment, each let go from one barrier."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import Any

from django.db import connection

from aftersession.audit.sealing import seal_new
from aftersession.billing.models import Invoice, NumberSequence
from aftersession.billing.queries import invoice_for
from aftersession.documents.models import Document
from aftersession.encounters.models import Encounter
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message
from aftersession.payments.models import Dispute, Payment, Receipt, Refund
from aftersession.practices.models import Member
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment, PaymentType
from aftersession.workflows.book_appointment import Agreement, book_appointment
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.record_payment import record_payment
from tests.billing import cash, complete
from tests.cast import Cast, ended_appointment
from tests.torture import flows
from tests.torture.flows import Stage
from tests.torture.warm import Reply, at_once, in_child, must

Act = Callable[[], Any]


@dataclass(frozen=True)
class Race:
    """`runners` makes the acts of one round, in a scene of its own; `judge` says what is wrong with how it ended."""

    name: str
    prepare: Callable[[Cast], Any]
    runners: Callable[[Cast, Any], list[Act]]
    judge: Callable[[Cast, Any, list[Reply]], Iterator[str]]


@dataclass
class Findings:
    race: str
    rounds: int = 0
    runners: int = 0
    endings: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def run_race(race: Race, cast: Cast, *, rounds: int) -> dict[str, Any]:
    """Run a race that often; every round is judged, and the invariants after it."""
    findings, endings = Findings(race.name), Counter[str]()
    for number in range(rounds):
        scene = must(in_child(lambda: race.prepare(cast)))
        replies = at_once(race.runners(cast, scene))
        findings.rounds += 1
        findings.runners += len(replies)
        endings.update("done" if reply.is_done else reply.kind for reply in replies)
        wrong = must(in_child(lambda: _judge(race, cast, scene, replies)))  # noqa: B023 — run at once
        findings.problems += [f"round {number}: {each}" for each in wrong]
    findings.endings = dict(endings)
    return asdict(findings)


def _judge(race: Race, cast: Cast, scene: Any, replies: list[Reply]) -> list[str]:
    with practice_scope(cast.practice):
        found = list(race.judge(cast, scene, replies))
    return [*found, *map(str, check_invariants())]


def expect(name: str, seen: object, wanted: object) -> Iterator[str]:
    if seen != wanted:
        yield f"{name}: {seen!r} in place of {wanted!r}"


def endings(replies: list[Reply]) -> dict[str, int]:
    return dict(Counter("done" if reply.is_done else reply.kind for reply in replies))


def unexpected(replies: list[Reply], *kinds: str) -> Iterator[str]:
    """What ended otherwise than done or refused in one of these ways."""
    for reply in replies:
        if not reply.is_done and reply.kind not in kinds:
            yield reply.error


# One form sent eight times: a double click, and a browser that tries again.


def _press(cast: Cast, stage: Stage, actor: Member, key: str) -> Any:
    return complete(cast, Step.SEND_RECEIPT, appointment=stage.row, payment=cash(), key=key, actor=actor)


def _same_key(cast: Cast, stage: Stage) -> list[Act]:
    return [partial(_press, cast, stage, cast.practitioner, stage.key)] * 8


def _judge_same_key(cast: Cast, stage: Stage, replies: list[Reply]) -> Iterator[str]:
    yield from unexpected(replies)
    yield from expect("all the same", all(reply.value == replies[0].value for reply in replies), True)
    yield from _completed_once(stage)


def _completed_once(stage: Stage) -> Iterator[str]:
    encounters = Encounter.objects.filter(appointment=stage.row)
    invoices = Invoice.objects.filter(encounter__in=encounters)
    payments = Payment.objects.filter(allocations__share__invoice__in=invoices)
    found = (
        encounters.count(),
        invoices.count(),
        payments.count(),
        Receipt.objects.filter(payment__in=payments).count(),
        Message.objects.filter(about_code__in=invoices.values("code")).count(),
    )
    yield from expect("encounters, invoices, payments, receipts, letters", found, (1, 1, 1, 1, 1))


# Two people complete the same session, each in a page of their own.


def _two_people(cast: Cast, stage: Stage) -> list[Act]:
    people = (cast.practitioner, cast.owner, cast.front_desk, cast.biller)
    return [partial(_press, cast, stage, person, new_code()) for person in people]


def _judge_two_people(cast: Cast, stage: Stage, replies: list[Reply]) -> Iterator[str]:
    yield from expect("how it ended", endings(replies), {"done": 1, "AlreadyDone": 3})
    yield from _completed_once(stage)
    winner = Encounter.objects.get(appointment=stage.row).completed_by
    for reply in replies:
        if not reply.is_done and winner not in str(reply.value):
            yield f"the sentence does not say who was first: {reply.value}"


# Forty invoices by eight processes, a fifth of them given up just before their commit.


class GivenUp(Exception):
    """A process that was stopped before its commit."""


def _open_sessions(cast: Cast) -> list[Appointment]:
    return [ended_appointment(cast) for _number in range(40)]


def _issue_many(cast: Cast, sessions: list[Appointment]) -> list[Act]:
    return [partial(_issue_five, cast, sessions[start::8], start) for start in range(8)]


def _issue_five(cast: Cast, sessions: list[Appointment], seed: int) -> int:
    chance, issued = random.Random(seed), 0
    for session in sessions:
        fails = chance.random() < 0.2

        def give_up(execute: Any, sql: str, *rest: Any, fails: bool = fails) -> Any:
            if (
                fails
                and sql.startswith("INSERT INTO")
                and "audit_auditevent" in sql
                and "invoice.issued" in str(rest)
            ):
                raise GivenUp
            return execute(sql, *rest)

        with connection.execute_wrapper(give_up):
            try:
                complete(cast, Step.SEND, appointment=session)
                issued += 1
            except GivenUp:
                continue
    return issued


def _judge_many(cast: Cast, sessions: list[Appointment], replies: list[Reply]) -> Iterator[str]:
    yield from unexpected(replies)
    issued = sum(reply.value for reply in replies if reply.is_done)
    if not 20 <= issued < 40:
        yield f"{issued} of 40 were issued: the fifth that gives up is missing"
    numbers = list(
        Invoice.objects.filter(number__isnull=False).order_by("pk").values_list("number", flat=True)
    )
    yield from expect("numbers", sorted(filter(None, numbers)), list(range(1, len(numbers) + 1)))
    series = NumberSequence.objects.get(series="INV")
    yield from expect("the counter", series.last_number, len(numbers))


# Eight payments of 400 against 950: two fit.


def _pay(cast: Cast, invoice: Invoice, amount_minor: int) -> Any:
    return record_payment(
        invoice=invoice, payment=cash(amount_minor), send_receipt_to="", actor=cast.owner, key=new_code()
    )


def _judge_payments(cast: Cast, invoice: Invoice, replies: list[Reply]) -> Iterator[str]:
    yield from expect("how it ended", endings(replies), {"done": 2, "AmountTooLarge": 6})
    (share,) = invoice.shares.all()
    yield from expect("settled", share.allocated_minor, 800_00)


# One waiting letter, four workers.


def _judge_letter(cast: Cast, stage: Stage, replies: list[Reply]) -> Iterator[str]:
    yield from unexpected(replies)
    letter = Message.objects.get(pk=stage.row.pk)
    found = (letter.state, letter.attempts, letter.is_possible_duplicate)
    yield from expect("the letter", found, ("sent", 1, False))


# The partner's notice, the payer's return page and the poller at once.


def _judge_settled(cast: Cast, stage: Stage, replies: list[Reply]) -> Iterator[str]:
    yield from unexpected(replies)
    payments = Payment.objects.filter(attempt=stage.row)
    letters = Message.objects.filter(dedupe_key__in=[f"receipt:{each.code}" for each in payments])
    found = (payments.count(), Receipt.objects.filter(payment__in=payments).count(), letters.count())
    yield from expect("payments, receipts, letters", found, (1, 1, 1))
    yield from expect("answers", {reply.value for reply in replies}, {"succeeded"})


# Eight people book the same practitioner for the same time.


def _same_time(cast: Cast) -> Any:
    last = Appointment.unscoped.order_by("-ends_at").first()
    return max(last.ends_at if last else clock.now(), clock.now()) + timedelta(hours=1)


def _book(cast: Cast, starts_at: Any, shift: int) -> Any:
    starts = starts_at + timedelta(minutes=5 * shift)
    agreement = Agreement(
        practitioner=cast.provider,
        service=cast.service,
        starts_at=starts,
        ends_at=starts + timedelta(minutes=50),
        payment_type=PaymentType.OTHER,
        patient=cast.adult,
    )
    return book_appointment(agreement=agreement, actor=cast.front_desk, key=new_code())


def _judge_booking(cast: Cast, starts_at: Any, replies: list[Reply]) -> Iterator[str]:
    yield from expect("how it ended", endings(replies), {"done": 1, "Overlap": 7})
    booked = Appointment.objects.filter(starts_at__gte=starts_at)
    yield from expect("booked", booked.count(), 1)


# One voids an invoice while another records its payment.


def _void_and_pay(cast: Cast, stage: Stage) -> list[Act]:
    return [partial(flows.voiding, stage), partial(_pay, cast, stage.row, 950_00)] * 2


def _judge_one_of_two(cast: Cast, stage: Stage, replies: list[Reply]) -> Iterator[str]:
    yield from unexpected(replies, "InvalidTransition", "AmountTooLarge", "KeyReused")
    invoice = Invoice.objects.get(pk=stage.row.pk)
    (share,) = invoice.shares.all()
    if (invoice.state, share.allocated_minor) not in (("void", 0), ("issued", 950_00)):
        yield f"the invoice is {invoice.state} and settled by {share.allocated_minor}"


# One voids an invoice in the moment the partner takes the money.


def _void_and_settle(cast: Cast, stage: Stage) -> list[Act]:
    return [partial(flows.settling, stage), partial(_void_anew, cast, stage, new_code())] * 2


def _void_anew(cast: Cast, stage: Stage, key: str) -> Any:
    code = Invoice.unscoped.get(shares=stage.row.share_id).code
    return flows.voiding(replace(stage, row=invoice_for(cast.owner, code), key=key))


def _judge_money_kept(cast: Cast, stage: Stage, replies: list[Reply]) -> Iterator[str]:
    yield from unexpected(replies, "InvalidTransition")
    payment = Payment.objects.get(attempt=stage.row)
    state = Invoice.objects.get(shares=stage.row.share_id).state
    fits = (payment.allocated_minor == 950_00) if state == "issued" else payment.tray_reason != ""
    if not fits:
        yield f"the invoice is {state}, of the money {payment.allocated_minor} is used, {payment.tray_reason!r}"


# Two people take the same payment back; two undo the same completion.


def _anew(act: Callable[[Stage], Any], stage: Stage) -> Any:
    return act(replace(stage, key=new_code()))


def _judge_once(cast: Cast, stage: Stage, replies: list[Reply]) -> Iterator[str]:
    yield from unexpected(replies, "InvalidTransition", "AlreadyDone", "DoesNotExist")
    yield from expect("done", sum(reply.is_done for reply in replies), 1)


# A bank takes a payment back, twice told, while somebody asks to give a part of it back.


def _dispute_and_refund(cast: Cast, stage: Stage) -> list[Act]:
    disputing = partial(flows.opening_dispute, stage)
    return [disputing, partial(flows.asking_back, stage), disputing]


def _judge_dispute(cast: Cast, stage: Stage, replies: list[Reply]) -> Iterator[str]:
    yield from unexpected(replies, "InvalidTransition", "AmountTooLarge")
    yield from expect("disputes", Dispute.objects.filter(payment=stage.row).count(), 1)
    asked = Refund.objects.filter(payment=stage.row).count()
    taken_minor = stage.row.amount_minor - (400_00 if asked else 0)
    yield from expect("taken", Dispute.objects.get(payment=stage.row).taken_minor, taken_minor)


# Four workers draw one paper; four seal the log.


def _judge_paper(cast: Cast, stage: Stage, replies: list[Reply]) -> Iterator[str]:
    yield from unexpected(replies)
    yield from expect(
        "hashes", {reply.value for reply in replies}, {Document.objects.get(pk=stage.row.pk).sha256}
    )


def _seal(cast: Cast) -> int:
    clock.freeze(clock.now() + timedelta(minutes=5))
    return seal_new(cast.practice)


def _judge_seals(cast: Cast, stage: Stage, replies: list[Reply]) -> Iterator[str]:
    yield from unexpected(replies)
    yield from expect("who sealed", sum(1 for reply in replies if reply.value), 1)


def _each(number: int, act: Callable[[Cast, Any], Any]) -> Callable[[Cast, Any], list[Act]]:
    return lambda cast, scene: [partial(act, cast, scene)] * number


RACES: dict[str, Race] = {
    race.name: race
    for race in (
        Race("double_click", flows.an_ended_session, _same_key, _judge_same_key),
        Race("two_people", flows.an_ended_session, _two_people, _judge_two_people),
        Race("forty_invoices", _open_sessions, _issue_many, _judge_many),
        Race(
            "payments_past_the_amount",
            flows.issued,
            _each(8, lambda c, i: _pay(c, i, 400_00)),
            _judge_payments,
        ),
        Race("one_letter", flows.a_due_letter, _each(4, lambda _c, s: flows.delivering(s)), _judge_letter),
        Race(
            "notice_and_return", flows.an_attempt, _each(4, lambda _c, s: flows.settling(s)), _judge_settled
        ),
        Race(
            "one_time",
            _same_time,
            lambda cast, at: [partial(_book, cast, at, shift) for shift in range(8)],
            _judge_booking,
        ),
        Race("dispute_and_refund", flows.money_to_give_back, _dispute_and_refund, _judge_dispute),
        Race("void_and_pay", lambda cast: Stage(cast, flows.issued(cast)), _void_and_pay, _judge_one_of_two),
        Race("void_and_settle", flows.an_attempt, _void_and_settle, _judge_money_kept),
        Race(
            "reverse_twice",
            lambda cast: Stage(cast, flows.paid(cast)),
            _each(3, lambda _c, stage: _anew(flows.reversing, stage)),
            _judge_once,
        ),
        Race("undo_twice", flows.a_completion, _each(3, lambda _c, s: _anew(flows.undoing, s)), _judge_once),
        Race(
            "finalise_twice", flows.a_draft, _each(3, lambda _c, s: _anew(flows.finalising, s)), _judge_once
        ),
        Race("one_paper", flows.a_promised_paper, _each(4, lambda _c, s: flows.drawing(s)), _judge_paper),
        Race("one_seal", flows.a_completion, _each(4, lambda cast, _s: _seal(cast)), _judge_seals),
    )
}
