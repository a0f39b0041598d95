# SPDX-License-Identifier: Apache-2.0
"""What became of the demo's past sessions: bills in every state there is, told in the order of time."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from aftersession.audit.sealing import seal_new
from aftersession.billing.actions import DiagnosisInput
from aftersession.billing.models import Invoice
from aftersession.billing.pricing import Discount, DiscountKind, LineInput
from aftersession.billing.queries import invoice_for
from aftersession.claims.models import Claim
from aftersession.demo.accounts import tell_of_accounts
from aftersession.demo.corrections import put_right
from aftersession.demo.partner import SEEDED
from aftersession.demo.practices import World
from aftersession.demo.prepaid import close_as_billed
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.models import Message, MessageState
from aftersession.patients.models import Patient
from aftersession.payments.actions import PaymentInput
from aftersession.payments.attempts import open_attempt
from aftersession.payments.connections import default_connection
from aftersession.payments.links import live_link
from aftersession.payments.models import AttemptState, PaymentAttempt
from aftersession.practices.actors import SystemActor
from aftersession.practices.models import Member
from aftersession.reminders.queries import open_client_shares
from aftersession.scheduling.actions import cancel, mark_missed
from aftersession.scheduling.models import Appointment, AppointmentStatus, Attendee, PaymentType
from aftersession.workflows.complete_session import Billing, complete_session
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.hold_reminders import pause_patient, record_promise
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.remind import send_due_in
from aftersession.workflows.settle_attempt import Settlement, settle_attempt
from aftersession.workflows.submit_claim import submit_claim
from aftersession.workflows.void_invoice import void_invoice

LEFT_OPEN = 11


@dataclass(order=True)
class Event:
    """Something that happened at a moment. The number keeps the order of equal moments."""

    at: datetime
    number: int
    happen: Callable[[], None] = field(compare=False)


class History:
    """Lets the past happen, event by event, with the clock stopped at each."""

    def __init__(self, world: World, chance: random.Random, until: datetime) -> None:
        self.world = world
        self.chance = chance
        self.until = until
        self.events: list[Event] = []

    def later(self, at: datetime, happen: Callable[[], None]) -> None:
        """Let it happen at that moment, if the moment has come by now."""
        if at < self.until:
            self.events.append(Event(at, len(self.events), happen))
            self.events.sort(reverse=True)

    def run(self) -> None:
        """Everything in order of time."""
        try:
            while self.events:
                event = self.events.pop()
                clock.freeze(event.at)
                event.happen()
        finally:
            clock.freeze(None)


def tell_history(world: World, appointments: list[Appointment], chance: random.Random) -> None:
    """Close the past sessions but the newest, and let some of the money come."""
    now = clock.now()
    past = [each for each in appointments if each.ends_at < now]
    past.sort(key=lambda each: each.ends_at)
    history = History(world, chance, now - timedelta(minutes=2))
    for number, appointment in enumerate(past[: -(1 if world.is_quiet else LEFT_OPEN)]):
        if number % 19 == 7:
            history.later(appointment.starts_at - timedelta(days=1), partial(_call_off, history, appointment))
            continue
        history.later(
            appointment.ends_at + timedelta(minutes=4), partial(_close, history, appointment, number)
        )
    zone = ZoneInfo(world.practice.time_zone)
    for days in range((now - past[0].ends_at).days + 2 if past else 0):
        morning = datetime.combine(now.astimezone(zone).date() - timedelta(days=days), time(9), zone)
        history.later(morning, partial(_work_the_outbox, world, now))
        history.later(morning + timedelta(minutes=5), partial(_mark_old_letters_sent, now))
    history.run()
    if not world.is_quiet:
        tell_of_accounts(world)
    _mark_old_letters_sent(now)
    put_right(world)
    _hold_some_back(world)
    seal_new(world.practice)


def close_backlog(world: World, chance: random.Random, keep: int = 15) -> None:
    """On a later start: close what has been open longest, so that the queue stays a day's work."""
    open_sessions = list(
        Appointment.objects.filter(status=AppointmentStatus.BOOKED, ends_at__lt=clock.now()).order_by(
            "-ends_at"
        )
    )
    for appointment in open_sessions[keep:]:
        if appointment.is_prepaid:
            close_as_billed(world, appointment)
            continue
        attendee = _attendee(appointment)
        payment = PaymentInput("card_machine", clock.today(world.practice.time_zone), appointment.price_minor)
        _complete(world, appointment, attendee, Step.SEND_RECEIPT, PaymentType.OTHER, payment=payment)


def _close(history: History, appointment: Appointment, number: int) -> None:
    member = history.world.members[0]
    if number % 17 == 3:
        mark_missed(appointment=appointment, actor=member, key=new_code())
        return
    attendee = _attendee(appointment)
    if appointment.payment_type == PaymentType.INSURANCE and attendee.coverage:
        _close_insured(history, appointment, attendee, number)
    elif appointment.payment_type == PaymentType.ONLINE and _has_mail(attendee.patient):
        _close_online(history, appointment, attendee, number)
    else:
        _close_other(history, appointment, attendee, number)


def _call_off(history: History, appointment: Appointment) -> None:
    cancel(
        appointment=appointment,
        reason="Ill, asked for a new time",
        actor=history.world.members[0],
        key=new_code(),
    )


def _close_insured(history: History, appointment: Appointment, attendee: Attendee, number: int) -> None:
    outcome = _complete(history.world, appointment, attendee, Step.GENERATE, PaymentType.INSURANCE)
    if number % 4 == 0:
        return
    history.later(clock.now() + timedelta(hours=20), lambda: _submit(history.world, outcome))
    if number % 4 in (2, 3):
        part = 637_50 if number % 4 == 3 else appointment.price_minor
        part = min(part, appointment.price_minor)
        history.later(clock.now() + timedelta(days=9), lambda: _pay(history.world, outcome, "insurer", part))


def _close_online(history: History, appointment: Appointment, attendee: Attendee, number: int) -> None:
    outcome = _complete(history.world, appointment, attendee, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    if number % 5 in (0, 2, 3):
        hours = 3 + 19 * (number % 5)
        history.later(clock.now() + timedelta(hours=hours), lambda: _pay_online(history.world, outcome))
    elif number % 15 == 4:
        history.later(
            clock.now() + timedelta(days=2), lambda: _bill_anew(history.world, appointment, attendee, outcome)
        )


def _close_other(history: History, appointment: Appointment, attendee: Attendee, number: int) -> None:
    world, price = history.world, appointment.price_minor
    today = clock.today(world.practice.time_zone)
    if number % 6 == 0 and _has_mail(attendee.patient):
        outcome = _complete(world, appointment, attendee, Step.SEND, PaymentType.OTHER)
        history.later(clock.now() + timedelta(days=4), lambda: _pay(world, outcome, "transfer", price))
    elif number % 6 == 1:
        _complete(world, appointment, attendee, Step.SAVE, PaymentType.OTHER)
    elif number % 6 == 2:
        payment = PaymentInput("cash", today, price // 2)
        _complete(world, appointment, attendee, Step.SEND_RECEIPT, PaymentType.OTHER, payment=payment)
    else:
        method = ("card_machine", "cash", "transfer")[number % 3]
        payment = PaymentInput(method, today, price)
        _complete(world, appointment, attendee, Step.SEND_RECEIPT, PaymentType.OTHER, payment=payment)


def _complete(
    world: World,
    appointment: Appointment,
    attendee: Attendee,
    step: Step,
    payment_type: str,
    *,
    payment: PaymentInput | None = None,
) -> Outcome:
    patient = attendee.patient
    minutes = int((appointment.ends_at - appointment.starts_at).total_seconds()) // 60
    line = LineInput(
        f"{appointment.service_name}, {minutes} min",
        appointment.price_minor,
        tax_treatment=appointment.tax_treatment,
        procedure_code=appointment.procedure_code,
    )
    student_rate = (
        Discount(DiscountKind.PERCENT, 1000, "Student rate")
        if patient.born_on and patient.born_on.year > 1998
        else None
    )
    billing = Billing(
        payment_type=payment_type,
        service_on=appointment.starts_local.date(),
        lines=(line,),
        discount=student_rate if payment is None and payment_type != PaymentType.INSURANCE else None,
        diagnoses=tuple(
            DiagnosisInput(each.system, each.diagnosis_code, each.title) for each in patient.diagnoses.all()
        ),
        coverage=attendee.coverage if payment_type == PaymentType.INSURANCE else None,
    )
    mail = (patient.guarantor or patient).email
    send_to = "" if step in (Step.SAVE, Step.GENERATE) else mail
    return complete_session(
        appointment=appointment,
        billing=billing,
        finish=Finish(step, payment, send_to),
        actor=_actor(world, appointment),
        key=new_code(),
    )


def _submit(world: World, outcome: Outcome) -> None:
    produce_now(world.practice, [outcome.document_code])
    claim = Claim.objects.select_related(
        "invoice__patient__guarantor", "invoice__practitioner", "invoice__document", "invoice__coverage__payer",
        "payer", "share",
    ).get(code=outcome.claim_code)  # fmt: skip
    submit_claim(claim=claim, send_to=claim.payer.claims_email, actor=world.members[-1], key=new_code())


def _pay(world: World, outcome: Outcome, method: str, amount_minor: int) -> None:
    invoice = _invoice(world, outcome)
    open_minor = invoice.shares.get().open_minor
    payment = PaymentInput(
        method,
        clock.today(world.practice.time_zone),
        min(amount_minor, open_minor),
        invoice.payment_reference,
    )
    mail = "" if method == "insurer" else (invoice.patient.guarantor or invoice.patient).email
    record_payment(
        invoice=invoice, payment=payment, send_receipt_to=mail, actor=world.members[-1], key=new_code()
    )


def _pay_online(world: World, outcome: Outcome) -> None:
    invoice = _invoice(world, outcome)
    share, connection = invoice.shares.get(), default_connection(world.practice)
    link = live_link(share)
    if link is None or connection is None:
        return
    code = new_code()
    attempt = PaymentAttempt(
        practice=world.practice,
        code=code,
        reference=f"{invoice.payment_reference}-{code}",
        link=link,
        connection=connection,
        currency=share.currency,
        state=AttemptState.PENDING,
        external_id=f"{SEEDED}{code}",
        created_at=clock.now(),
    )
    open_attempt(attempt, [(share, share.open_minor)])
    settlement = Settlement(
        attempt.external_id, attempt.amount_minor, attempt.currency, clock.today(world.practice.time_zone)
    )
    settle_attempt(
        attempt=attempt, settlement=settlement, actor=SystemActor(world.practice), key=f"settle:{code}"
    )


def _bill_anew(world: World, appointment: Appointment, attendee: Attendee, outcome: Outcome) -> None:
    void_invoice(
        invoice=_invoice(world, outcome),
        reason="Wrong service billed",
        actor=world.members[0],
        key=new_code(),
    )
    appointment.refresh_from_db()
    _complete(world, appointment, attendee, Step.REQUEST_PAYMENT, PaymentType.ONLINE)


def _work_the_outbox(world: World, until: datetime) -> None:
    """What the worker did on a day of the past: letters left, and whoever had not paid was reminded."""
    _mark_old_letters_sent(until)
    send_due_in(world.practice)


def _hold_some_back(world: World) -> None:
    """One who promised to pay, and a client whose bills rest for a while; whoever was billed last waits."""
    newest_first = open_client_shares(world.practice).order_by("-invoice__number")
    of_clients = list({each.account_id: each for each in newest_first}.values())
    if world.is_quiet or len(of_clients) < 3:
        return
    today = clock.today(world.practice.time_zone)
    record_promise(
        share=of_clients[1],
        until_on=today + timedelta(days=4),
        reason="After pay day, by phone",
        actor=world.members[-1],
        key=new_code(),
    )
    pause_patient(
        patient=of_clients[2].account,
        reason="The family asked for time",
        until_on=today + timedelta(days=14),
        actor=world.members[0],
        key=new_code(),
    )


def _mark_old_letters_sent(until: datetime) -> None:
    """Old letters count as sent in their time; the newest are left to the worker, for the mailbox."""
    old = Message.objects.filter(
        state=MessageState.WAITING, send_after__lt=min(clock.now(), until - timedelta(days=1))
    )
    for message in list(old):
        rows = Message.objects.filter(pk=message.pk)
        rows.update(state=MessageState.SENDING, attempts=1)
        rows.update(state=MessageState.SENT, sent_at=message.send_after)


def _invoice(world: World, outcome: Outcome) -> Invoice:
    return invoice_for(world.members[0], outcome.invoice_code)


def _actor(world: World, appointment: Appointment) -> Member:
    own = (each for each in world.members if each.practitioner_id == appointment.practitioner_id)
    return next(own, world.members[0])


def _attendee(appointment: Appointment) -> Attendee:
    return (
        Attendee.objects.select_related("patient__guarantor", "coverage__payer")
        .prefetch_related("patient__diagnoses")
        .get(appointment=appointment)
    )


def _has_mail(patient: Patient) -> bool:
    return bool((patient.guarantor or patient).email)
