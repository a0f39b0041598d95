# SPDX-License-Identifier: Apache-2.0
"""Addresses of the pay page. The token is derived from a key in the environment and never stored.

A link opens one share, or the account of one client or responsible person: all that this one owes.
The partner gets an address of its own to send the payer back to: it shows how one attempt ended and
opens nothing else, so that a pay link never stands in somebody else's books.
"""

import base64
import hashlib
import hmac
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from aftersession.billing.debtors import Debtor, debtor_of, guarantor_debtor, patient_debtor
from aftersession.billing.models import InvoiceShare, InvoiceState
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.payments.models import PaymentAttempt, PaymentLink
from aftersession.practices.actors import Actor

TOKEN_LENGTH = 22  # of base64url: 132 bits
LIFETIME = timedelta(days=365)
RETURN_LIFETIME = timedelta(days=1)
PAY, ACCOUNT = "pay", "account"


def token_of(link: PaymentLink) -> str:
    """The secret part of a link's address. Raises KeyError when its key has been taken away."""
    key: bytes = settings.LINK_KEYS[link.key_id]
    digest = hmac.new(key, f"{link.code}:{link.version}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()[:TOKEN_LENGTH]


def address_of(link: PaymentLink) -> str:
    """The whole address to give to whoever pays."""
    return f"{settings.AFTERSESSION_URL}/p/{token_of(link)}"


def digest_of(token: str) -> str:
    """What stands in the database for a token: enough to find it, not to make it."""
    return hashlib.sha256(token.encode()).hexdigest()


def link_by_token(token: str) -> PaymentLink | None:
    """The gate of the pay page: the link that a token opens now, of whichever practice.

    Unscoped, since the token says which practice it is. One indexed look-up, whether the token is
    wrong, expired, revoked or for something else. The page of a void or replaced invoice still says so.
    An account's page opens nothing once it is revoked.
    """
    opens = Q(revoked_at=None) | Q(share__invoice__state=InvoiceState.VOID)
    opens |= Q(share__invoice__superseded_at__isnull=False)
    found: PaymentLink | None = (
        PaymentLink.unscoped.filter(
            opens, token_sha256=digest_of(token), purpose__in=(PAY, ACCOUNT), expires_at__gt=clock.now()
        )
        .select_related(
            "practice",
            "share__invoice__patient",
            "share__patient",
            "share__guarantor",
            "patient",
            "guarantor",
        )
        .first()
    )
    return found


def debtor_of_link(link: PaymentLink) -> Debtor:
    """Who owes what a link opens, as reachable today."""
    if link.share is not None:
        return debtor_of(link.share, link.practice)
    if link.guarantor is not None:
        return guarantor_debtor(link.guarantor, link.practice)
    if link.patient is None:
        raise ValueError(f"link {link.code} opens nothing")
    return patient_debtor(link.patient, link.practice)


def return_address_of(attempt: PaymentAttempt) -> str:
    """Where the partner sends the payer back to. The same for every time it is asked for."""
    return f"{settings.AFTERSESSION_URL}/p/return/{return_pass(attempt)}"


def return_pass(attempt: PaymentAttempt) -> str:
    """A value that shows how this attempt ended, for a day, and nothing else."""
    return f"{attempt.code}-{_sign_return(attempt.code, next(iter(settings.LINK_KEYS.values())))}"


def attempt_by_pass(value: str) -> PaymentAttempt | None:
    """The attempt whose end a pass may show now. Unscoped, like `link_by_token`."""
    code, _dash, signature = value.partition("-")
    known = [_sign_return(code, key).encode() for key in settings.LINK_KEYS.values()]
    matches = [hmac.compare_digest(signature.encode(), each) for each in known]
    if not any(matches):
        return None
    found: PaymentAttempt | None = (
        PaymentAttempt.unscoped.filter(code=code, created_at__gt=clock.now() - RETURN_LIFETIME)
        .select_related(
            "practice", "connection", "link", "share__invoice", "share__patient", "share__guarantor"
        )
        .first()
    )
    return found


def open_link(share: InvoiceShare, *, actor: Actor) -> PaymentLink:
    """Make the pay page of a share. A share of an insurer can have none: raises ValueError."""
    if share.payer_id is not None:
        raise ValueError("an insurer's share has no pay page")
    return _made(PaymentLink(practice=actor.practice, share=share, purpose=PAY))


def open_account_link(debtor: Debtor, *, actor: Actor) -> PaymentLink:
    """Make the pay page of all that somebody owes. An insurer can have none: raises ValueError."""
    if debtor.payer is not None:
        raise ValueError("an insurer's account has no pay page")
    link = PaymentLink(practice=actor.practice, patient=debtor.patient, guarantor=debtor.guarantor)
    link.purpose = ACCOUNT
    return _made(link)


def live_link(share: InvoiceShare) -> PaymentLink | None:
    """The pay page of a share that still opens, if there is one."""
    return PaymentLink.objects.filter(share=share, revoked_at=None, expires_at__gt=clock.now()).first()


def live_account_link(debtor: Debtor) -> PaymentLink | None:
    """The pay page of all that somebody owes that still opens, if there is one."""
    if debtor.payer is not None:
        return None
    rows = PaymentLink.objects.filter(purpose=ACCOUNT, patient=debtor.patient, guarantor=debtor.guarantor)
    return rows.filter(revoked_at=None, expires_at__gt=clock.now()).first()


def revoke_links(share: InvoiceShare) -> int:
    """Close the pay pages of a share; how many.

    Their addresses then answer like ones that never were, unless there is a void or replaced invoice to
    tell of.
    """
    return PaymentLink.objects.filter(share=share, revoked_at=None).update(revoked_at=clock.now())


def revoke_account_links(debtor: Debtor) -> int:
    """Close the pay page of all that somebody owes; how many. Its address then answers like none."""
    rows = PaymentLink.objects.filter(purpose=ACCOUNT, patient=debtor.patient, guarantor=debtor.guarantor)
    return rows.filter(revoked_at=None).update(revoked_at=clock.now())


def _made(link: PaymentLink) -> PaymentLink:
    now = clock.now()
    link.code = new_code()
    link.key_id = next(iter(settings.LINK_KEYS))
    link.created_at, link.expires_at = now, now + LIFETIME
    link.token_sha256 = digest_of(token_of(link))
    link.save(force_insert=True)
    return link


def _sign_return(code: str, key: bytes) -> str:
    # "return:" keeps these values apart from pay tokens, which are made of other words with the same key.
    digest = hmac.new(key, f"return:{code}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode()[:TOKEN_LENGTH]
