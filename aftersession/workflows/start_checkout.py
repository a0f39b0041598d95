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
from aftersession.payments.links import address_of
from aftersession.payments.models import AttemptState, PaymentAttempt, PaymentLink
from aftersession.payments.provider import Checkout, CheckoutRequest, PartnerRefused
from aftersession.practices.actors import PayerActor
from aftersession.practices.tenancy import practice_scope

OPEN_STATES = (AttemptState.CREATED, AttemptState.PENDING, AttemptState.UNKNOWN)
FIRST_CHECK = timedelta(minutes=1)


@dataclass(frozen=True)
class Begun:
    """An attempt, by its public code."""

    attempt_code: str


def start_checkout(*, link: PaymentLink, actor: PayerActor, key: str) -> str:
    """The address of the partner's page for what is open now. Call it outside any transaction.

    Safe to repeat: the same key leads to the same attempt, and the partner, asked again with the same
    key, answers with the same page. Raises PartnerUnavailable when the partner cannot be reached (the
    attempt stays in doubt and is looked after), DomainError when nothing is owed.
    """
    begun = begin_attempt(link=link, actor=actor, key=key)
    with practice_scope(actor.practice):
        attempt = PaymentAttempt.objects.select_related("connection", "share__invoice").get(
            code=begun.attempt_code
        )
        if attempt.checkout_url:
            return attempt.checkout_url
        checkout = _ask_partner(attempt, link, actor)
        PaymentAttempt.objects.filter(
            pk=attempt.pk, state__in=[AttemptState.CREATED, AttemptState.UNKNOWN]
        ).update(
            state=AttemptState.PENDING,
            external_id=checkout.external_id,
            checkout_url=checkout.url,
            problem="",
        )
        _retire_older(attempt)
        return checkout.url


@command(Begun)
def begin_attempt(*, link: PaymentLink, actor: PayerActor, key: str) -> Begun:
    """Commit an attempt over what is open now, before the partner hears of it."""
    share = InvoiceShare.objects.select_related("invoice").get(pk=link.share_id)
    connection = default_connection(actor.practice)
    if connection is None:
        raise DomainError(_("Online payment is not available just now. Please pay by transfer."))
    if share.invoice.state != InvoiceState.ISSUED or share.open_minor <= 0:
        raise DomainError(_("Nothing is owed any more."), code="nothing_owed")
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
    record_facts(
        [Fact("payment.attempted", "invoice", share.invoice.code, data={"attempt": code})], actor=actor
    )
    return Begun(code)


def _ask_partner(attempt: PaymentAttempt, link: PaymentLink, actor: PayerActor) -> Checkout:
    origin = settings.AFTERSESSION_URL
    connection = attempt.connection
    request = CheckoutRequest(
        reference=attempt.reference,
        idempotency_key=attempt.code,
        amount=attempt.amount,
        description=f"{actor.practice.name}, {attempt.share.invoice.number_label}",
        return_url=f"{address_of(link)}/return",
        webhook_url=origin + reverse("webhook", args=[connection.kind, connection.code]),
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


def _retire_older(attempt: PaymentAttempt) -> None:
    """Close the partner's pages of earlier tries, as far as it lets us: two open ones can be paid twice."""
    older = PaymentAttempt.objects.filter(share=attempt.share, state__in=OPEN_STATES, pk__lt=attempt.pk)
    for each in older.exclude(external_id="").select_related("connection"):
        try:
            provider_of(each.connection).expire(each.external_id)
        except (PartnerUnavailable, PartnerRefused, NotImplementedError):
            continue  # still watched: if it is paid after all, the money is kept and shown
