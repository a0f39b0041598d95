# SPDX-License-Identifier: Apache-2.0
"""The payer presses Pay: an attempt is committed, then the partner is asked for its page."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.models import InvoiceShare, InvoiceState
from aftersession.billing.queries import open_shares_of
from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import BadInput, DomainError, PartnerUnavailable
from aftersession.lib.money import Money, format_money, minor_digits
from aftersession.payments.actions import Part
from aftersession.payments.attempts import (
    OPEN_STATES,
    attempts_over,
    confirming_attempt,
    open_attempt,
    parts_of,
)
from aftersession.payments.connections import provider_of
from aftersession.payments.links import debtor_of_link, return_address_of
from aftersession.payments.models import AttemptState, PaymentAttempt, PaymentLink, ProviderConnection
from aftersession.payments.provider import (
    Capability,
    Checkout,
    CheckoutRequest,
    PageLost,
    PartnerPayment,
    PartnerRefused,
    PaymentState,
)
from aftersession.payments.registry import provider_class
from aftersession.payments.routing import connection_for
from aftersession.practices.actors import PayerActor
from aftersession.practices.models import Practice
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.receive_money import oldest_first
from aftersession.workflows.settle_attempt import WrongAccount, apply_answer, ask_for, move_attempt

FIRST_CHECK = timedelta(minutes=1)
MOST_TURNS = 20
LONGEST_URL = 2000


@dataclass(frozen=True)
class Asked:
    """What a payer agreed to: how much of what, in minor units.

    `is_account` pays towards all that the debtor owes, in place of the link's one share. `amount_minor`
    is a part of it (None: all). `shown_minor` is how much was open on the page that was read.
    """

    is_account: bool = False
    amount_minor: int | None = None
    shown_minor: int | None = None


@dataclass(frozen=True)
class Handover:
    """Where the payer's browser goes on: sent to `url`, or with `fields` made to post them there."""

    url: str
    fields: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Begun:
    """An attempt, by its public code."""

    attempt_code: str


def start_checkout(
    *, link: PaymentLink, actor: PayerActor, key: str, asked: Asked = Asked(), payer_email: str = ""
) -> Handover:
    """The partner's page for what the payer agreed to. Call it outside any transaction.

    `payer_email` is the address that the payer confirmed; a partner that demands one gets it, else the
    practice's own, and no other partner gets any. Safe to repeat: the same key leads to the same attempt
    while that can be paid, and the partner, asked again with the same key, answers with the same page; one
    that cannot gets another attempt, since nobody has seen the page before. Raises DomainError
    ("nothing_owed", "balance_changed", "being_confirmed"), BadInput for an amount that cannot be paid, PartnerUnavailable
    when the partner cannot be reached (the attempt stays in doubt and is looked after) and PartnerRefused.
    """
    with practice_scope(actor.practice):
        attempt = _attempt_to_pay(link, actor, key, asked, payer_email)
        if attempt.checkout_url:
            return Handover(attempt.checkout_url)
        if _close_older(attempt):
            move_attempt(attempt, AttemptState.ABANDONED)
            raise _changed(payable_shares(link, is_account=asked.is_account))
        try:
            checkout = _ask_partner(attempt, actor)
        except PageLost:
            attempt = _attempt_to_pay(link, actor, key, asked, payer_email)
            checkout = _ask_partner(attempt, actor)
        PaymentAttempt.objects.filter(
            pk=attempt.pk, state__in=[AttemptState.CREATED, AttemptState.UNKNOWN]
        ).update(
            state=AttemptState.PENDING,
            external_id=checkout.external_id,
            # A form may hold what is kept sealed here: it is made anew for each press, and not kept. Nor is
            # an address that is too long to keep: asked again, the partner gives the same page.
            checkout_url="" if checkout.fields or len(checkout.url) > LONGEST_URL else checkout.url,
            problem="",
        )
        return Handover(checkout.url, checkout.fields)


@command(Begun)
def begin_attempt(
    *, link: PaymentLink, asked: Asked, payer_email: str = "", actor: PayerActor, key: str
) -> Begun:
    """Commit an attempt over what the payer agreed to, before the partner hears of it."""
    connection = connection_for(link)
    if connection is None:
        raise DomainError(
            _("Online payment is not available just now. Please pay by transfer."), code="not_connected"
        )
    shares = payable_shares(link, is_account=asked.is_account)
    if not shares:
        raise _nothing_owed()
    if asked.shown_minor not in (None, open_minor_of(shares)):
        raise _changed(shares)
    parts = parts_to_pay(shares, asked.amount_minor, actor.practice)
    if confirming_attempt(shares) is not None:
        raise DomainError(_("A payment is still being confirmed."), code="being_confirmed")
    now, code = clock.now(), new_code()
    invoice = parts[0][0].invoice
    open_attempt(
        PaymentAttempt(
            practice=actor.practice,
            code=code,
            reference=f"{invoice.payment_reference}-{code}",
            link=link,
            connection=connection,
            payer_email=_email_for(connection, payer_email),
            currency=parts[0][0].currency,
            created_at=now,
            next_check_at=now + FIRST_CHECK,
        ),
        parts,
    )
    PaymentLink.objects.filter(pk=link.pk, first_used_at=None).update(first_used_at=now)
    paid = {share.invoice.code for share, _minor in parts}
    record_facts(
        [Fact("payment.attempted", "invoice", each, data={"attempt": code}) for each in sorted(paid)],
        actor=actor,
    )
    return Begun(code)


def _email_for(connection: ProviderConnection, payer_email: str) -> str:
    """What this partner is told of the payer: nothing, unless it takes no payment without an address."""
    if not provider_class(connection.kind).guide.needs_email:
        return ""
    practice = connection.practice
    return payer_email or practice.email or practice.support_email


def payable_shares(link: PaymentLink, *, is_account: bool) -> list[InvoiceShare]:
    """What can be paid on a link now, the oldest first: its share, or all that its debtor owes."""
    if is_account or link.share_id is None:
        currency = link.practice.currency
        return [each for each in open_shares_of(debtor_of_link(link)) if each.currency == currency]
    share = InvoiceShare.objects.select_related("invoice").get(pk=link.share_id)
    return [share] if share.invoice.state == InvoiceState.ISSUED and share.open_minor > 0 else []


def open_minor_of(shares: Sequence[InvoiceShare]) -> int:
    """What is open of these in all (minor units)."""
    return sum(share.open_minor for share in shares)


def parts_to_pay(shares: Sequence[InvoiceShare], amount_minor: int | None, practice: Practice) -> list[Part]:
    """What an amount would settle of these, the oldest first. None: all of it.

    Raises BadInput beside `amount` for less than one whole unit, for more than is open, and for a part
    where the practice takes none.
    """
    whole_minor = open_minor_of(shares)
    if amount_minor is None or amount_minor == whole_minor:
        return [(share, share.open_minor) for share in shares]
    whole = format_money(Money(whole_minor, practice.currency), practice.locale)
    if not practice.allows_part_payment:
        raise BadInput(_("Please pay all of it: %(whole)s.") % {"whole": whole}, field="amount")
    if amount_minor > whole_minor:
        raise BadInput(
            _("That is more than is open. Write an amount up to %(whole)s.") % {"whole": whole},
            field="amount",
        )
    least_minor = 10 ** minor_digits(practice.currency)
    if amount_minor < least_minor:
        least = format_money(Money(least_minor, practice.currency), practice.locale)
        raise BadInput(_("Write at least %(least)s.") % {"least": least}, field="amount")
    return oldest_first(shares, amount_minor)


def _attempt_to_pay(
    link: PaymentLink, actor: PayerActor, key: str, asked: Asked, payer_email: str
) -> PaymentAttempt:
    """The attempt of this key and amount; another one if that has ended or is over what is not open any more.

    Browsers keep pages: whoever comes back from a declined card presses the same form again.
    """
    key = _key_of(key, asked, payer_email)
    for turn in range(MOST_TURNS):
        begun = _begin(link, actor, f"{key}.{turn}" if turn else key, asked, payer_email)
        attempt = PaymentAttempt.objects.select_related("connection", "share__invoice").get(
            code=begun.attempt_code
        )
        if attempt.state == AttemptState.SUCCEEDED:
            raise _changed(payable_shares(link, is_account=asked.is_account))
        if attempt.state in OPEN_STATES and _is_as_asked(attempt, link, asked):
            return attempt
    raise DomainError(_("This page is too old. Please open it again."), code="too_old")


def _key_of(key: str, asked: Asked, payer_email: str) -> str:
    """One key for each thing that can be agreed to on the same page."""
    amount = "" if asked.amount_minor is None else asked.amount_minor
    key = f"{key}.{'a' if asked.is_account else 's'}{amount}"
    return hashlib.sha256(f"{key}.{payer_email}".encode()).hexdigest()[:40] if payer_email else key


def _begin(link: PaymentLink, actor: PayerActor, key: str, asked: Asked, payer_email: str) -> Begun:
    return begin_attempt(link=link, asked=asked, payer_email=payer_email, actor=actor, key=key)


def _is_as_asked(attempt: PaymentAttempt, link: PaymentLink, asked: Asked) -> bool:
    """Whether an attempt that was begun before is still over what would be paid now."""
    shares = payable_shares(link, is_account=asked.is_account)
    try:
        now = parts_to_pay(shares, asked.amount_minor, link.practice)
    except BadInput:
        return False
    was = [(share.pk, amount_minor) for share, amount_minor in parts_of(attempt)]
    return was == [(share.pk, amount_minor) for share, amount_minor in now]


def _close_older(attempt: PaymentAttempt) -> bool:
    """Close the partner's pages of earlier tries, as far as it lets us: two open ones can be paid twice.

    Whether one of them turned out to be paid. What cannot be closed now stays watched: if it is paid
    after all, the money is kept and shown.
    """
    shares = [share for share, _minor in parts_of(attempt)]
    is_paid = False
    for each in attempts_over(shares).filter(pk__lt=attempt.pk).select_related("connection", "practice"):
        try:
            found = _close(each)
            if found is not None:
                is_paid = apply_answer(each, found) == AttemptState.SUCCEEDED or is_paid
        except (PartnerUnavailable, PartnerRefused, WrongAccount):
            continue
    return is_paid


def _close(attempt: PaymentAttempt) -> PartnerPayment | None:
    """What an older try is after closing it. A partner that can close none leaves it watched: late money counts."""
    provider = provider_of(attempt.connection)
    found = ask_for(attempt, provider)
    is_unpaid = found is not None and found.state is PaymentState.CREATED
    if found is not None and is_unpaid and Capability.EXPIRE in provider.capabilities:
        return provider.expire(attempt.external_id or found.external_id)
    return found


def _ask_partner(attempt: PaymentAttempt, actor: PayerActor) -> Checkout:
    connection = attempt.connection
    request = CheckoutRequest(
        reference=attempt.reference,
        idempotency_key=attempt.code,
        amount=attempt.amount,
        description=f"{actor.practice.name}, {_what_for(attempt)}",
        return_url=return_address_of(attempt),
        webhook_url=settings.AFTERSESSION_URL + reverse("webhook", args=[connection.kind, connection.code]),
        payer_email=attempt.payer_email,
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
        state=state, problem=problem[:120]
    )


def _what_for(attempt: PaymentAttempt) -> str:
    """The first invoice by its number, and how many more: all that a partner is told."""
    number = attempt.share.invoice.number_label
    more = len(parts_of(attempt)) - 1
    if not more:
        return number
    text = ngettext("%(number)s and %(more)d more", "%(number)s and %(more)d more", more)
    return text % {"number": number, "more": more}


def _changed(shares: Sequence[InvoiceShare]) -> DomainError:
    """Why what was agreed to cannot be paid: something else is open now, or nothing."""
    if not shares:
        return _nothing_owed()
    return DomainError(_("The amount has changed. Please look at it again."), code="balance_changed")


def _nothing_owed() -> DomainError:
    return DomainError(_("Nothing is owed any more."), code="nothing_owed")
