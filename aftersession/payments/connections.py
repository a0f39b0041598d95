# SPDX-License-Identifier: Apache-2.0
"""A practice's connections to partners: their secrets sealed at rest, opened only to speak."""

import json

from django.conf import settings

from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.encryption import open_sealed, seal
from aftersession.payments.models import ConnectionState, ProviderConnection
from aftersession.payments.provider import ConnectionSettings, Mode, PaymentProvider
from aftersession.payments.registry import provider_for
from aftersession.practices.models import Practice


def connect_provider(
    *, practice: Practice, kind: str, connection: ConnectionSettings, is_default: bool = True
) -> ProviderConnection:
    """Keep a connection whose keys have been tried with `check_connection`.

    An empty `base_url` means the partner's usual address, wherever that is at the time.
    """
    code = new_code()
    made: ProviderConnection = ProviderConnection.objects.for_practice(practice).create(
        practice=practice,
        code=code,
        kind=kind,
        account=connection.account,
        mode=connection.mode,
        is_default=is_default,
        sealed_secrets=_seal_secrets(code, connection),
        created_at=clock.now(),
    )
    return made


def default_connection(practice: Practice) -> ProviderConnection | None:
    """The connection that new payments use, if there is one that works."""
    return (
        ProviderConnection.objects.for_practice(practice)
        .filter(is_default=True, state=ConnectionState.ACTIVE)
        .first()
    )


def provider_of(connection: ProviderConnection) -> PaymentProvider:
    """The partner of a connection, ready to be spoken to."""
    return provider_for(connection.kind, _open_settings(connection))


def add_webhook_secret(*, connection: ProviderConnection, secret: str) -> None:
    """Accept notices signed with a new secret as well as with the last one before it."""
    known = _open_settings(connection)
    changed = ConnectionSettings(
        base_url=known.base_url,
        account=known.account,
        mode=known.mode,
        api_key=known.api_key,
        webhook_secrets=(secret, *known.webhook_secrets)[:2],
    )
    connection.sealed_secrets = _seal_secrets(connection.code, changed)
    connection.save(update_fields=["sealed_secrets"])


def _seal_secrets(code: str, connection: ConnectionSettings) -> str:
    secrets = {
        "base_url": connection.base_url,
        "api_key": connection.api_key,
        "webhook_secrets": connection.webhook_secrets,
    }
    return seal(json.dumps(secrets), aad=_place(code), keys=settings.FIELD_KEYS)


def _open_settings(connection: ProviderConnection) -> ConnectionSettings:
    opened = open_sealed(connection.sealed_secrets, aad=_place(connection.code), keys=settings.FIELD_KEYS)
    secrets = json.loads(opened)
    return ConnectionSettings(
        base_url=secrets["base_url"],
        account=connection.account,
        mode=Mode(connection.mode),
        api_key=secrets["api_key"],
        webhook_secrets=tuple(secrets["webhook_secrets"]),
    )


def _place(code: str) -> str:
    return f"provider connection {code}"
