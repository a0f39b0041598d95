# SPDX-License-Identifier: Apache-2.0
"""A practice's connections to partners: which there are, and which one a payment goes through.

Test and live never mix: while a live account takes payments, no new payment goes through a test one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.http import Http404
from django.utils.translation import gettext as _

from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.payments.connection_keys import open_keys, seal_keys
from aftersession.payments.models import (
    ConnectionState,
    Dispute,
    DisputeState,
    Inquiry,
    InquiryState,
    PaymentAttempt,
    PaymentLink,
    ProviderConnection,
    Refund,
    RefundState,
)
from aftersession.payments.provider import ConnectionSettings, Mode, PartnerRefused, PaymentProvider
from aftersession.payments.registry import provider_for
from aftersession.practices.models import Member, Practice

UNDER_WAY = (RefundState.REQUESTED, RefundState.PENDING)


@dataclass(frozen=True)
class UnderWay:
    """What a partner may still have news of: payments that are watched, refunds and disputes without an end."""

    payments: int
    refunds: int
    disputes: int

    def __bool__(self) -> bool:
        return bool(self.payments or self.refunds or self.disputes)


def connect_provider(
    *,
    practice: Practice,
    kind: str,
    connection: ConnectionSettings,
    is_default: bool = True,
    currencies: Sequence[str] = (),
) -> ProviderConnection:
    """Keep a connection whose keys have been tried with `check_connection`.

    An empty `base_url` means the partner's usual address, wherever that is at the time.
    """
    code, now = new_code(), clock.now()
    made: ProviderConnection = ProviderConnection.objects.for_practice(practice).create(
        practice=practice,
        code=code,
        kind=kind,
        account=connection.account,
        mode=connection.mode,
        is_default=is_default,
        sealed_secrets=seal_keys(code, connection),
        currencies=" ".join(currencies),
        created_at=now,
        checked_at=now,
    )
    return made


def own_connection(member: Member, code: str) -> ProviderConnection:
    """A connection of the member's practice, else Http404."""
    found = ProviderConnection.objects.for_practice(member.practice).filter(code=code).first()
    if found is None:
        raise Http404
    return found


def connections_of(practice: Practice) -> list[ProviderConnection]:
    """Every connection there has been, those in use first."""
    rows = ProviderConnection.objects.for_practice(practice).order_by("-is_default", "pk")
    return sorted(rows, key=lambda each: each.state == ConnectionState.DISCONNECTED)


def connection_to(practice: Practice, kind: str, account: str, mode: Mode) -> ProviderConnection | None:
    """The practice's connection to this account, in use or not."""
    rows = ProviderConnection.objects.for_practice(practice)
    return rows.filter(kind=kind, account=account, mode=mode).first()


def is_connected_elsewhere(practice: Practice, kind: str, account: str, mode: Mode) -> bool:
    """Whether another practice of this installation takes payments with this account.

    Each would find the other's payments at the partner, and nobody could say whose they are.
    """
    rows = ProviderConnection.unscoped.filter(kind=kind, account=account, mode=mode)
    return rows.exclude(practice=practice).exclude(state=ConnectionState.DISCONNECTED).exists()


def usable_connections(practice: Practice) -> list[ProviderConnection]:
    """Those that new payments may go through, the default first.

    As soon as a live account is connected, paused or not, those of test mode are no choice any more.
    """
    rows = ProviderConnection.objects.for_practice(practice).exclude(state=ConnectionState.DISCONNECTED)
    connected = list(rows.order_by("-is_default", "pk"))
    is_live = any(not each.is_test for each in connected)
    return [
        each for each in connected if each.state == ConnectionState.ACTIVE and not (is_live and each.is_test)
    ]


def default_connection(practice: Practice) -> ProviderConnection | None:
    """The connection that new payments use where nobody chose another, if there is one that works."""
    return next((each for each in usable_connections(practice) if each.is_default), None)


def choose_connection(link: PaymentLink, connection: ProviderConnection | None) -> None:
    """Have payments on a link go through this connection; None: the default of the day."""
    if link.connection_id != (connection.pk if connection else None):
        link.connection = connection
        link.save(update_fields=["connection"])


def release_links(connection: ProviderConnection) -> int:
    """Have the links that were to go through this connection go through the default; how many."""
    links = PaymentLink.objects.for_practice(connection.practice).filter(connection=connection)
    return links.update(connection=None)


def provider_of(connection: ProviderConnection) -> PaymentProvider:
    """The partner of a connection, ready to be spoken to. Raises PartnerRefused once its keys are wiped."""
    if not connection.sealed_secrets:
        raise PartnerRefused(
            _("This partner is not connected any more. Connect it again first."), code="disconnected"
        )
    return provider_for(connection.kind, open_keys(connection))


def under_way(connection: ProviderConnection) -> UnderWay:
    """What still has to be asked of a partner, so needs its keys."""
    attempts = PaymentAttempt.objects.for_practice(connection.practice).filter(connection=connection)
    refunds = Refund.objects.for_practice(connection.practice).filter(state__in=UNDER_WAY)
    disputes = Dispute.objects.for_practice(connection.practice)
    inquiries = Inquiry.objects.for_practice(connection.practice).exclude(state=InquiryState.CLOSED)
    return UnderWay(
        payments=attempts.filter(next_check_at__isnull=False).count(),
        refunds=refunds.filter(payment__connection=connection).count(),
        disputes=disputes.filter(connection=connection, state=DisputeState.OPEN).count()
        + inquiries.filter(connection=connection).count(),
    )


def change_keys(connection: ProviderConnection, changed: ConnectionSettings) -> None:
    """Seal other keys, unsaved. Notices signed with the last ones before are taken until those are dropped."""
    former = open_keys(connection).webhook_secrets if connection.sealed_secrets else ()
    secrets = tuple(dict.fromkeys((*changed.webhook_secrets, *former)))[:2]
    connection.sealed_secrets = seal_keys(connection.code, replace(changed, webhook_secrets=secrets))
    if len(secrets) > len(changed.webhook_secrets):
        connection.keys_changed_at = clock.now()


def add_webhook_secret(*, connection: ProviderConnection, secret: str) -> None:
    """Accept notices signed with a new secret as well as with the last one before it."""
    change_keys(connection, replace(open_keys(connection), webhook_secrets=(secret,)))
    connection.save(update_fields=["sealed_secrets", "keys_changed_at"])


def drop_former_keys(connection: ProviderConnection) -> None:
    """Take notices signed with the newest keys only; unsaved."""
    known = open_keys(connection)
    newest = replace(known, webhook_secrets=known.webhook_secrets[:1])
    connection.sealed_secrets = seal_keys(connection.code, newest)
    connection.keys_changed_at = None
