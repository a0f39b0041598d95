# SPDX-License-Identifier: Apache-2.0
"""The payer presses Pay: an attempt is committed, then the partner is asked for its page."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.models import InvoiceShare, InvoiceState
from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import DomainError, PartnerUnavailable
from aftersession.payments.connections import default_connection, provider_of
from aftersession.payments.links import return_address_of
from aftersession.payments.models import AttemptState, PaymentAttempt, PaymentLink
from aftersession.payments.provider import (
    Capability,
    Checkout,
    CheckoutRequest,
    PartnerPayment,
    PartnerRefused,
    PaymentState,
)
from aftersession.practices.actors import PayerActor
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.settle_attempt import (
    CONFIRMING,
    OPEN_STATES,
    WrongAccount,
    apply_answer,
    move_attempt,
)

FIRST_CHECK = timedelta(minutes=1)
# How long a payment that waits for a bank stands in the way of paying once more.
CONFIRMING_TIME = timedelta(days=1)
MOST_TURNS = 20


@dataclass(frozen=True)
class Begun:
    """An attempt, by its public code."""

    attempt_code: str


def start_checkout(*, link: PaymentLink, actor: PayerActor, key: str, shown_minor: int | None = None) -> str:
    """The address of the partner's page for what is open now. Call it outside any transaction.

    Safe to repeat: the same key leads to the same attempt while that can be paid, and the partner,
    asked again with the same key, answers with the same page. `shown_minor` is the amount the payer
    agreed to. Raises DomainError ("nothing_owed", "balance_changed", "being_confirmed"),
    PartnerUnavailable when the partner cannot be reached (the attempt stays in doubt and is looked
    after) and PartnerRefused.
    """
    with practice_scope(actor.practice):
        attempt = _attempt_to_pay(link, actor, key, shown_minor)
        if attempt.checkout_url:
            return attempt.checkout_url
        if _close_older(attempt):
            move_attempt(attempt, AttemptState.ABANDONED)
            raise _nothing_owed()
        checkout = _ask_partner(attempt, actor)
        PaymentAttempt.objects.filter(
            pk=attempt.pk, state__in=[AttemptState.CREATED, AttemptState.UNKNOWN]
        ).update(
            state=AttemptState.PENDING,
            external_id=checkout.external_id,
            checkout_url=checkout.url,
            problem="",
        )
        return checkout.url


@command(Begun)
def begin_attempt(*, link: PaymentLink, shown_minor: int | None, actor: PayerActor, key: str) -> Begun:
    """Commit an attempt over what is open now, before the partner hears of it."""
    share = InvoiceShare.objects.select_related("invoice").get(pk=link.share_id)
    connection = default_connection(actor.practice)
    if connection is None:
        raise DomainError(
            _("Online payment is not available just now. Please pay by transfer."), code="not_connected"
        )
    if share.invoice.state != InvoiceState.ISSUED or share.open_minor <= 0:
        raise _nothing_owed()
    if shown_minor not in (None, share.open_minor):
        raise DomainError(_("The amount has changed. Please look at it again."), code="balance_changed")
    if confirming_attempt(share) is not None:
        raise DomainError(_("A payment is still being confirmed."), code="being_confirmed")
    now, code = clock.now(), new_code()
    PaymentAttempt.objects.create(
        practice=actor.practice,
        code=code,
        reference=f"{share.invoice.payment_reference}-{code}",
        link=link,
        share=share,
        connection=connection,
        amount_minor=share.open_minor,
        currency=share.currency,
        created_at=now,
        next_check_at=now + FIRST_CHECK,
    )
    PaymentLink.objects.filter(pk=link.pk, first_used_at=None).update(first_used_at=now)
    record_facts(
        [Fact("payment.attempted", "invoice", share.invoice.code, data={"attempt": code})], actor=actor
    )
    return Begun(code)


def confirming_attempt(share: InvoiceShare) -> PaymentAttempt | None:
    """A payment that the payer has made and a bank has not confirmed yet, if it is from this day."""
    return PaymentAttempt.objects.filter(
        share=share,
        state__in=OPEN_STATES,
        problem=CONFIRMING,
        created_at__gt=clock.now() - CONFIRMING_TIME,
    ).first()


def _attempt_to_pay(
    link: PaymentLink, actor: PayerActor, key: str, shown_minor: int | None
) -> PaymentAttempt:
    """The attempt of this key; another one if that has ended or is over another amount than is open.

    Browsers keep pages: whoever comes back from a declined card presses the same form again.
    """
    for turn in range(MOST_TURNS):
        begun = begin_attempt(
            link=link, shown_minor=shown_minor, actor=actor, key=f"{key}.{turn}" if turn else key
        )
        attempt = PaymentAttempt.objects.select_related("connection", "share__invoice").get(
            code=begun.attempt_code
        )
        if attempt.state == AttemptState.SUCCEEDED:
            raise _nothing_owed()
        if attempt.state in OPEN_STATES and attempt.amount_minor == attempt.share.open_minor:
            return attempt
    raise DomainError(_("This page is too old. Please open it again."), code="too_old")


def _close_older(attempt: PaymentAttempt) -> bool:
    """Close the partner's pages of earlier tries, as far as it lets us: two open ones can be paid twice.

    Whether one of them turned out to be paid. What cannot be closed now stays watched: if it is paid
    after all, the money is kept and shown.
    """
    older = PaymentAttempt.objects.filter(share=attempt.share, state__in=OPEN_STATES, pk__lt=attempt.pk)
    is_paid = False
    for each in older.select_related("connection", "practice"):
        try:
            found = _close(each)
            if found is not None:
                is_paid = apply_answer(each, found) == AttemptState.SUCCEEDED or is_paid
        except (PartnerUnavailable, PartnerRefused, WrongAccount):
            continue
    return is_paid


def _close(attempt: PaymentAttempt) -> PartnerPayment | None:
    provider = provider_of(attempt.connection)
    found = provider.fetch(reference=attempt.reference)
    is_unpaid = found is not None and found.state is PaymentState.CREATED
    if found is not None and is_unpaid and Capability.EXPIRE in provider.capabilities:
        return provider.expire(found.external_id)
    return found


def _ask_partner(attempt: PaymentAttempt, actor: PayerActor) -> Checkout:
    connection = attempt.connection
    request = CheckoutRequest(
        reference=attempt.reference,
        idempotency_key=attempt.code,
        amount=attempt.amount,
        description=f"{actor.practice.name}, {attempt.share.invoice.number_label}",
        return_url=return_address_of(attempt),
        webhook_url=settings.AFTERSESSION_URL + reverse("webhook", args=[connection.kind, connection.code]),
    )
    try:
        return provider_of(connection).start_checkout(request)
    except PartnerUnavailable:
        _note(attempt, AttemptState.UNKNOWN, "unavailable")
        raise
    except PartnerRefused as refusal:
        _note(attempt, AttemptState.FAILED, refusal.code)
        raise


def _note(attempt: PaymentAttempt, state: AttemptState, problem: str) -> None:
    PaymentAttempt.objects.filter(pk=attempt.pk, state__in=OPEN_STATES).exclude(state=state).update(
        state=state, problem=problem
    )


def _nothing_owed() -> DomainError:
    return DomainError(_("Nothing is owed any more."), code="nothing_owed")
