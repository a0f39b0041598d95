# SPDX-License-Identifier: Apache-2.0
"""Partners' keys at rest: sealed under keys of their own, opened only to speak.

Rows from before those keys existed were sealed with the field keys. They still open, and
`manage.py reseal_connections` seals them anew.
"""

import json
from dataclasses import dataclass

from django.conf import settings

from aftersession.lib.encryption import CannotOpen, open_sealed, seal
from aftersession.payments.models import ProviderConnection
from aftersession.payments.provider import ConnectionSettings, Mode


@dataclass(frozen=True)
class Resealed:
    """How many rows were sealed anew, and how many no key here opens."""

    changed: int
    locked: int


def seal_keys(code: str, connection: ConnectionSettings) -> str:
    """The secrets of a connection for its row. They open for this row only."""
    secrets = {
        "base_url": connection.base_url,
        "api_key": connection.api_key,
        "webhook_secrets": connection.webhook_secrets,
    }
    return seal(json.dumps(secrets), aad=_place(code), keys=settings.CONNECTION_KEYS)


def open_keys(connection: ProviderConnection) -> ConnectionSettings:
    """A connection as its partner needs it. Raises `CannotOpen`, also where the secrets are wiped."""
    secrets = json.loads(_opened(connection))
    return ConnectionSettings(
        base_url=secrets["base_url"],
        account=connection.account,
        mode=Mode(connection.mode),
        api_key=secrets["api_key"],
        webhook_secrets=tuple(secrets["webhook_secrets"]),
    )


def is_locked(connection: ProviderConnection) -> bool:
    """Whether there are secrets that no key of this installation opens."""
    try:
        _opened(connection)
    except CannotOpen:
        return bool(connection.sealed_secrets)
    return False


def reseal_all() -> Resealed:
    """Seal with the first key what another one sealed, in every practice. Safe to repeat and to interrupt."""
    changed = locked = 0
    for each in ProviderConnection.unscoped.exclude(sealed_secrets="").order_by("pk").iterator():
        if is_locked(each):
            locked += 1
        elif not _is_current(each):
            # Whoever changes the keys at this moment seals with the first key anyway.
            same = ProviderConnection.unscoped.filter(pk=each.pk, sealed_secrets=each.sealed_secrets)
            changed += same.update(sealed_secrets=seal_keys(each.code, open_keys(each)))
    return Resealed(changed, locked)


def _is_current(connection: ProviderConnection) -> bool:
    first = next(iter(settings.CONNECTION_KEYS.items()))
    try:
        open_sealed(connection.sealed_secrets, aad=_place(connection.code), keys=dict([first]))
    except CannotOpen:
        return False
    return True


def _opened(connection: ProviderConnection) -> str:
    sealed, code = connection.sealed_secrets, connection.code
    try:
        return open_sealed(sealed, aad=_place(code), keys=settings.CONNECTION_KEYS)
    except CannotOpen:
        return open_sealed(sealed, aad=f"provider connection {code}", keys=settings.FIELD_KEYS)


def _place(code: str) -> str:
    return f"keys of connection {code}"
