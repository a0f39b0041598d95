# SPDX-License-Identifier: Apache-2.0
"""What a partner says of an attempt, applied once, whatever the order and number of its notices.

The state at the partner is always asked for, never read from a notice or a return page. Real money
is never dropped: what cannot settle its share is recorded all the same, and stays in sight.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, timedelta

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.debtors import debtor_of, hold_address
from aftersession.billing.models import InvoiceShare
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib import clock
from aftersession.messaging.actions import queue_letters
from aftersession.payments.actions import (
    Origin,
    Part,
    PaymentInput,
    note_fee,
    payment_posting,
    receive_payment,
)
from aftersession.payments.attempts import CONFIRMING, OPEN_STATES, as_far_as_open, hold_parts
from aftersession.payments.connections import provider_of
from aftersession.payments.models import (
    ATTEMPT_EDGES,
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentMethod,
    StrayReason,
    TrayReason,
)
from aftersession.payments.provider import Capability, PartnerPayment, PaymentProvider, PaymentState
from aftersession.payments.receipts import issue_receipt, receipt_letter
from aftersession.payments.routing import is_only_pretended
from aftersession.payments.strays import keep_stray
from aftersession.practices.actors import SystemActor
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.produce_documents import produce_now

# No request of ours lasts nearly as long: what a partner does not know by then, it never got.
NEVER_ARRIVED = timedelta(hours=1)
# A partner that only sends notices sends the first ones within the hour; a payer who left leaves no trace.
NEVER_TOLD = timedelta(hours=16)

ATTEMPT_STATES = {
    PaymentState.PENDING: AttemptState.PENDING,
    PaymentState.FAILED: AttemptState.FAILED,
    PaymentState.ABANDONED: AttemptState.ABANDONED,
    PaymentState.EXPIRED: AttemptState.EXPIRED,
}


@dataclass(frozen=True)
class Settlement:
    """The parts of a partner's answer that decide. Amount in minor units."""

    external_id: str
    amount_minor: int
    currency: str
    received_on: date


@dataclass(frozen=True)
class Settled:
    """What became of it; `tray_reason` says why money settles nothing, if it does not."""

    payment_code: str
    receipt_document_code: str
    tray_reason: str


class WrongAccount(Exception):
    """The partner's answer is of another account, mode or reference: nothing may be applied."""


def refresh_attempt(attempt: PaymentAttempt) -> str:
    """Ask the partner what became of an attempt and apply it. Returns the attempt's state.

    Safe to repeat and for several at once: webhook worker, return page and poller all come here.
    Raises PartnerUnavailable, and WrongAccount for an answer that is not this attempt's.
    """
    provider = provider_of(attempt.connection)
    if Capability.CONFIRM_NOTICES in provider.capabilities:
        return _wait_for_notice(attempt)
    found = ask_for(attempt, provider)
    with practice_scope(attempt.practice):
        if found is not None:
            return apply_answer(attempt, found)
        if attempt.created_at < clock.now() - NEVER_ARRIVED:
            move_attempt(attempt, AttemptState.ABANDONED)
        attempt.refresh_from_db(fields=["state"])
        return attempt.state


def ask_for(attempt: PaymentAttempt, provider: PaymentProvider) -> PartnerPayment | None:
    """What its partner says of an attempt. None: it never arrived, or the partner cannot be asked."""
    if Capability.CONFIRM_NOTICES in provider.capabilities:
        return None
    return provider.fetch(
        reference=attempt.reference, external_id=attempt.external_id, begun_at=attempt.created_at
    )


def _wait_for_notice(attempt: PaymentAttempt) -> str:
    """Of a partner that cannot be asked: nobody paid, as long as it sends no notice. A late one counts."""
    with practice_scope(attempt.practice):
        if attempt.created_at < clock.now() - NEVER_TOLD:
            move_attempt(attempt, AttemptState.ABANDONED)
        attempt.refresh_from_db(fields=["state"])
        return attempt.state


def apply_answer(attempt: PaymentAttempt, found: PartnerPayment) -> str:
    """Apply what the partner says of an attempt, inside its practice. Returns the attempt's state.

    Raises WrongAccount for an answer that is not this attempt's.
    """
    _check_account(attempt, found)
    if found.state is PaymentState.SUCCEEDED:
        _settle(attempt, found)
    elif found.state in ATTEMPT_STATES:
        move_attempt(attempt, ATTEMPT_STATES[found.state])
    if found.state is PaymentState.PENDING:
        PaymentAttempt.objects.filter(pk=attempt.pk, state__in=OPEN_STATES).update(problem=CONFIRMING)
    attempt.refresh_from_db(fields=["state", "problem"])
    return attempt.state


def move_attempt(attempt: PaymentAttempt, state: AttemptState) -> bool:
    """Move an attempt forward by compare-and-set; an older notice moves nothing."""
    origins = [start for start, ends in ATTEMPT_EDGES.items() if state in ends]
    return bool(
        PaymentAttempt.objects.filter(pk=attempt.pk, state__in=origins).update(
            state=state, settled_at=clock.now() if state != AttemptState.PENDING else None
        )
    )


@command(Settled)
def settle_attempt(
    *, attempt: PaymentAttempt, settlement: Settlement, actor: SystemActor, key: str
) -> Settled:
    """Record money that a partner took for an attempt, once, and let it settle what it was paid for.

    More than is open of that, or another amount or currency than was asked: recorded, shown, used as far
    as it is right, never dropped and never put to something else. A receipt goes to whoever owed, with
    what is still open.
    """
    # Locked: staff may record a payment of it, or void the invoice, at this very moment.
    parts = hold_parts(attempt)
    settles, tray_reason = _usable(attempt, settlement, parts)
    first = parts[0][0]
    patient = first.account
    payment = receive_payment(
        PaymentInput(
            PaymentMethod.ONLINE, settlement.received_on, settlement.amount_minor, attempt.reference
        ),
        Origin(
            from_name=first.debtor_name,
            patient=patient,
            guarantor=first.guarantor,
            attempt=attempt,
            connection=attempt.connection,
            external_id=settlement.external_id,
        ),
        currency=settlement.currency,
        actor=actor,
        settles=settles,
        tray_reason=tray_reason,
    )
    post([payment_posting(payment, settles, patient)], actor=actor)
    move_attempt(attempt, AttemptState.SUCCEEDED)
    debtor = hold_address(debtor_of(first, actor.practice))
    settled = [(share.invoice, share, amount_minor) for share, amount_minor in settles]
    receipt = issue_receipt(payment, settled, debtor, actor=actor)
    if debtor.email:
        queue_letters([receipt_letter(receipt, settled, debtor, actor.practice)], actor=actor)
    record_facts(_received(payment, [share for share, _minor in parts]), actor=actor)
    return Settled(payment.code, receipt.document.code, tray_reason)


def _settle(attempt: PaymentAttempt, found: PartnerPayment) -> None:
    practice = attempt.practice
    known = Payment.objects.filter(connection=attempt.connection_id, external_id=found.external_id).first()
    if known is not None:
        note_fee(known, found.fee)
        return  # told again, perhaps with other details: the money is in the books as it came
    if is_only_pretended(attempt.connection):
        keep_stray(attempt.connection, found, StrayReason.TEST_MONEY)
        move_attempt(attempt, AttemptState.EXPIRED)
        return
    # Their clock may be off: money comes neither before the attempt nor on a day that has not come.
    paid_at = min(max(found.paid_at or clock.now(), attempt.created_at), clock.now())
    settlement = Settlement(
        external_id=found.external_id,
        amount_minor=found.amount.minor,
        currency=found.amount.currency,
        received_on=clock.local(paid_at, practice.time_zone).date(),
    )
    done = settle_attempt(
        attempt=attempt,
        settlement=settlement,
        actor=SystemActor(practice),
        key=f"settle:{hashlib.sha256(f'{attempt.code}:{found.external_id}'.encode()).hexdigest()[:48]}",
    )
    note_fee(Payment.objects.get(code=done.payment_code), found.fee)
    produce_now(practice, [done.receipt_document_code])


def _usable(
    attempt: PaymentAttempt, settlement: Settlement, parts: list[Part]
) -> tuple[list[Part], TrayReason | str]:
    """What the money may settle now, and why the rest of it may settle nothing."""
    if settlement.currency != attempt.currency:
        return [], TrayReason.CURRENCY_DIFFERS
    if settlement.amount_minor != attempt.amount_minor:
        return [], TrayReason.AMOUNT_DIFFERS
    settles = as_far_as_open(parts, settlement.amount_minor)
    if sum(amount_minor for _share, amount_minor in settles) == settlement.amount_minor:
        return settles, ""
    return settles, TrayReason.MORE_THAN_OPEN if settles else TrayReason.NOTHING_OPEN


def _received(payment: Payment, shares: list[InvoiceShare]) -> list[Fact]:
    """One line in the history of each invoice that it was paid for."""
    data = {"payment": payment.code, "amount_minor": payment.amount_minor, "tray": payment.tray_reason}
    invoices = {share.invoice.code: share.invoice.patient.code for share in shares}
    return [
        Fact("payment.received", "invoice", code, patient_code, data=data)
        for code, patient_code in invoices.items()
    ]


def _check_account(attempt: PaymentAttempt, found: PartnerPayment) -> None:
    connection = attempt.connection
    is_other = found.reference and found.reference != attempt.reference
    if is_other:
        raise WrongAccount(attempt.code)
    if (found.account, found.mode) != (connection.account, connection.mode):
        if found.state is PaymentState.SUCCEEDED:
            keep_stray(connection, found, StrayReason.WRONG_ACCOUNT)
        raise WrongAccount(attempt.code)
