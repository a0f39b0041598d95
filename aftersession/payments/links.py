# SPDX-License-Identifier: Apache-2.0
"""Addresses of the pay page. The token is derived from a key in the environment and never stored."""

import base64
import hashlib
import hmac
from datetime import timedelta

from django.conf import settings

from aftersession.billing.models import InvoiceShare
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.payments.models import PaymentLink
from aftersession.practices.actors import Actor

TOKEN_LENGTH = 22  # of base64url: 132 bits
LIFETIME = timedelta(days=365)


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


def open_link(share: InvoiceShare, *, actor: Actor) -> PaymentLink:
    """Make the pay page of a share. A share of an insurer can have none: raises ValueError."""
    if share.payer_id is not None:
        raise ValueError("an insurer's share has no pay page")
    now = clock.now()
    link = PaymentLink(
        practice=actor.practice,
        code=new_code(),
        share=share,
        key_id=next(iter(settings.LINK_KEYS)),
        expires_at=now + LIFETIME,
        created_at=now,
    )
    link.token_sha256 = digest_of(token_of(link))
    link.save(force_insert=True)
    return link


def live_link(share: InvoiceShare) -> PaymentLink | None:
    """The pay page of a share that still opens, if there is one."""
    return PaymentLink.objects.filter(share=share, revoked_at=None, expires_at__gt=clock.now()).first()


def revoke_links(share: InvoiceShare) -> int:
    """Close the pay pages of a share; how many. Their addresses then answer like ones that never were."""
    return PaymentLink.objects.filter(share=share, revoked_at=None).update(revoked_at=clock.now())
