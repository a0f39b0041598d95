# SPDX-License-Identifier: Apache-2.0
"""What a partner's notice leads to: what it is about is looked up there, and the answer applied."""

from dataclasses import dataclass

from aftersession.payments.connections import provider_of
from aftersession.payments.models import Payment, PaymentAttempt, ProviderConnection, Refund
from aftersession.payments.provider import (
    Capability,
    PartnerPayment,
    PartnerRefused,
    PaymentProvider,
    PaymentState,
    Subject,
)
from aftersession.payments.refunds import UNDECIDED
from aftersession.payments.strays import keep_unknown
from aftersession.workflows.partner_news import (
    ACCOUNT_DIFFERS,
    NOT_KNOWN,
    DoesNotFit,
    NotKnownYet,
    apply_disputes,
    apply_refunds,
    payment_of,
)
from aftersession.workflows.refund_online import (
    OPEN_STATES,
    refresh_refund,
    refund_by_reference,
)
from aftersession.workflows.settle_attempt import WrongAccount, apply_answer, refresh_attempt
from aftersession.workflows.sweep_partners import sweep_payouts

APPLIED, IGNORED, QUARANTINED = "applied", "ignored", "quarantined"
WAITS = "stored"
"""It is about something that is not known yet: ask again later."""


@dataclass(frozen=True)
class Notice:
    """A stored notice: what it says it is about, and its bytes, for partners that confirm them."""

    reference: str
    external_id: str = ""
    subject: Subject = Subject.PAYMENT
    raw_body: bytes = b""

    @property
    def is_about_nothing(self) -> bool:
        """Whether there is nothing that it could change: stored, and left alone."""
        if self.subject is Subject.PAYOUT:
            return False
        return self.subject is Subject.OTHER or not (self.reference or self.external_id)


@dataclass(frozen=True)
class Verdict:
    """How the notice ends, and a word on why."""

    state: str
    outcome: str


def settle_reference(*, connection: ProviderConnection, notice: Notice) -> Verdict:
    """Apply what the partner says of what a notice names. Safe to repeat; inside the practice's scope.

    The payment is settled first, then what the notice says it is about. What is of no attempt on this
    connection needs a person's look, and no money is booked on it; a refund or dispute of a payment that is
    not known waits for that one. Raises PartnerUnavailable and PartnerRefused.
    """
    if notice.is_about_nothing:
        return Verdict(IGNORED, "not about a payment")
    if notice.subject is Subject.PAYOUT:
        return Verdict(APPLIED, f"{sweep_payouts(connection)} payouts")
    try:
        return _settle(connection, notice)
    except WrongAccount:
        return Verdict(QUARANTINED, ACCOUNT_DIFFERS)
    except NotKnownYet:
        return Verdict(WAITS, NOT_KNOWN)
    except DoesNotFit as problem:
        return Verdict(QUARANTINED, str(problem))


def _settle(connection: ProviderConnection, notice: Notice) -> Verdict:
    attempt = _attempt(connection, notice)
    refund = refund_by_reference(connection.pk, notice.reference) if attempt is None else None
    payment = payment_of(connection, notice.external_id)
    if attempt is None and refund is None and payment is None:
        return _settle_unknown(connection, notice)
    outcome = _settle_attempt(attempt, notice) if attempt else Verdict(APPLIED, "")
    payment = payment or (refund.payment if refund else _payment(attempt))
    if notice.subject is Subject.PAYMENT and refund is None:
        return outcome if attempt else Verdict(APPLIED, "known")
    if payment is None:
        raise NotKnownYet
    if notice.subject is Subject.DISPUTE:
        return Verdict(APPLIED, f"dispute {', '.join(apply_disputes(payment)) or 'not found'}")
    return _settle_refunds(payment, refund)


def _settle_attempt(attempt: PaymentAttempt, notice: Notice) -> Verdict:
    provider = provider_of(attempt.connection)
    if Capability.CONFIRM_NOTICES in provider.capabilities:
        confirmed = _confirm(attempt, provider, notice)
        if confirmed is None:
            # It may be a passing trouble of theirs, and they do not tell twice: asked again for an hour.
            return Verdict(WAITS, "not confirmed")
        state = apply_answer(attempt, confirmed)
    else:
        state = refresh_attempt(attempt)
    payment = attempt.payments.first()
    if payment is not None and payment.tray_reason:
        return Verdict(APPLIED, f"kept in the tray: {payment.tray_reason}")
    return Verdict(APPLIED, state)


def _confirm(attempt: PaymentAttempt, provider: PaymentProvider, notice: Notice) -> PartnerPayment | None:
    """What a notice says, once its partner has confirmed it as its own; None where it does not."""
    try:
        found = provider.confirm_notice(notice.raw_body)
    except PartnerRefused:
        return None
    if found.reference != attempt.reference:
        raise WrongAccount(attempt.code)
    return found


def _settle_refunds(payment: Payment, refund: Refund | None) -> Verdict:
    states = apply_refunds(payment)
    if refund is not None:
        refund.refresh_from_db(fields=["state", "problem", "external_id"])
        if not states or refund.state in OPEN_STATES:
            states = [refresh_refund(refund)]
        if refund.problem in UNDECIDED:
            return Verdict(QUARANTINED, refund.problem)
    return Verdict(APPLIED, f"refund {', '.join(states) or 'not found'}")


def _settle_unknown(connection: ProviderConnection, notice: Notice) -> Verdict:
    """A notice of nothing we began. Money that came all the same is kept in sight."""
    if notice.subject is not Subject.PAYMENT:
        raise NotKnownYet
    found = _ask_for_unknown(provider_of(connection), notice)
    attempt = _by_reference(connection, found.reference) if found is not None else None
    if attempt is not None and found is not None:
        return Verdict(APPLIED, apply_answer(attempt, found))
    if found is not None and found.state is PaymentState.SUCCEEDED:
        keep_unknown(connection, found)
    return Verdict(QUARANTINED, "unknown reference")


def _ask_for_unknown(provider: PaymentProvider, notice: Notice) -> PartnerPayment | None:
    try:
        if Capability.CONFIRM_NOTICES in provider.capabilities:
            return provider.confirm_notice(notice.raw_body)
        return provider.fetch(reference=notice.reference, external_id=notice.external_id)
    except PartnerRefused:
        return None


def _attempt(connection: ProviderConnection, notice: Notice) -> PaymentAttempt | None:
    """The attempt that a notice is about, by our reference, the payment's own id or the checkout's."""
    rows = PaymentAttempt.objects.filter(connection=connection).select_related("practice", "connection")
    found = _by_reference(connection, notice.reference)
    if found is None and notice.external_id:
        found = rows.filter(payments__external_id=notice.external_id).first()
    if found is None and notice.external_id:
        found = rows.filter(external_id=notice.external_id).first()
    return found


def _by_reference(connection: ProviderConnection, reference: str) -> PaymentAttempt | None:
    if not reference:
        return None
    rows = PaymentAttempt.objects.filter(connection=connection).select_related("practice", "connection")
    found: PaymentAttempt | None = rows.filter(reference=reference).first()
    return found


def _payment(attempt: PaymentAttempt | None) -> Payment | None:
    if attempt is None:
        return None
    rows = Payment.objects.select_related("practice", "connection", "patient", "guarantor", "payer")
    found: Payment | None = rows.filter(attempt=attempt).first()
    return found
