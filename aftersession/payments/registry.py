# SPDX-License-Identifier: Apache-2.0
"""Which partners this installation knows: one line each in `settings.PAYMENT_PROVIDERS`.

The dotted path is imported when first used, so `payments` never depends on a partner's folder.
"""

from collections.abc import Mapping
from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from aftersession.payments.provider import ConnectionSettings, PaymentProvider


class UnknownProvider(LookupError):
    """A kind without a line in the settings."""


def provider_kinds() -> list[str]:
    """The kinds a connection can have, in the order of the settings."""
    return list(_paths())


def provider_class(kind: str) -> type[PaymentProvider]:
    """The partner of this kind, connected to nobody: its guide and what it offers. Raises `UnknownProvider`."""
    path = _paths().get(kind)
    if path is None:
        raise UnknownProvider(kind)
    return _provider_class(path)


def checkout_origins() -> list[str]:
    """Where a pay page may send a payer's browser on to: every partner's own pages."""
    found = [origin for kind in provider_kinds() for origin in provider_class(kind).guide.origins]
    return [*found, *settings.CHECKOUT_ORIGINS]


def provider_for(kind: str, connection: ConnectionSettings) -> PaymentProvider:
    """The partner of this kind, ready to be spoken to. Raises `UnknownProvider`."""
    return provider_class(kind)(connection)


def _paths() -> Mapping[str, str]:
    paths: Mapping[str, str] = settings.PAYMENT_PROVIDERS
    return paths


@cache
def _provider_class(path: str) -> type[PaymentProvider]:
    found = import_string(path)
    if not (isinstance(found, type) and issubclass(found, PaymentProvider)):
        raise TypeError(f"{path} is not a PaymentProvider")
    return found
