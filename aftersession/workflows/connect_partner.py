# SPDX-License-Identifier: Apache-2.0
"""Connect a payment partner: the keys are proved by a real call before anything is kept."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.lib.errors import BadInput, DomainError
from aftersession.payments.connections import (
    change_keys,
    connect_provider,
    connection_to,
    is_connected_elsewhere,
    usable_connections,
)
from aftersession.payments.models import ConnectionState, ProviderConnection
from aftersession.payments.provider import ConnectionSettings, Mode, PartnerAccount, PartnerRefused
from aftersession.payments.registry import provider_class, provider_for
from aftersession.practices.actors import Actor
from aftersession.practices.models import Practice


@dataclass(frozen=True)
class Connected:
    """The connection, by its public code."""

    connection_code: str


@dataclass(frozen=True)
class Proved:
    """Keys that a partner has answered to, and what it said of them."""

    connection: ConnectionSettings
    currencies: tuple[str, ...]


def connect_partner(*, kind: str, entered: Mapping[str, str], actor: Actor, key: str) -> Connected:
    """Prove what was pasted, then keep it. Call it outside any transaction.

    The first account becomes the practice's default, and so does the first live one. Raises BadInput
    beside the field for keys that do not do, PartnerUnavailable when the partner cannot be reached, and
    DomainError for an account that is connected already, here or in another practice.
    """
    proved = prove_keys(kind, provider_class(kind).read_keys(entered), actor.practice)
    return keep_partner(
        kind=kind, connection=proved.connection, currencies=proved.currencies, actor=actor, key=key
    )


def prove_keys(kind: str, connection: ConnectionSettings, practice: Practice) -> Proved:
    """Ask the partner whose keys these are; it must take the practice's currency, if it tells."""
    try:
        told = provider_for(kind, connection).check_connection()
    except PartnerRefused as refusal:
        raise BadInput(
            _("%(partner)s does not accept this key: it is wrong, or it was revoked. Copy it again.")
            % {"partner": provider_class(kind).guide.title},
            code="refused",
            field="api_key",
        ) from refusal
    refuse_other_account(connection, told, practice)
    return Proved(replace(connection, account=told.account), told.currencies)


def refuse_other_account(connection: ConnectionSettings, told: PartnerAccount, practice: Practice) -> None:
    """Raise BadInput (`mode`, `account`, `currency`) where the partner tells of something else than expected."""
    if told.mode is not connection.mode:
        raise BadInput(
            _("This is a test key of a live account. Take all keys from the same mode.")
            if told.mode is Mode.LIVE
            else _("This is a live key of a test account. Take all keys from the same mode."),
            code="mode",
            field="api_key",
        )
    if connection.account and told.account != connection.account:
        raise BadInput(
            _("These keys are of another account: %(account)s.") % {"account": told.account},
            code="account",
            field="api_key",
        )
    if told.currencies and practice.currency not in told.currencies:
        raise BadInput(
            _("This account takes %(theirs)s, but the practice bills in %(ours)s.")
            % {"theirs": ", ".join(told.currencies), "ours": practice.currency},
            code="currency",
            field="api_key",
        )


@command(Connected)
def keep_partner(
    *, kind: str, connection: ConnectionSettings, currencies: tuple[str, ...], actor: Actor, key: str
) -> Connected:
    """Keep proved keys: as a new connection, or as that of an account that was connected before."""
    practice = lock_connections(actor.practice)
    _refuse_twice(practice, kind, connection)
    is_default = _becomes_default(practice, connection.mode)
    if is_default:
        ProviderConnection.objects.filter(is_default=True).update(is_default=False)
    known = connection_to(practice, kind, connection.account, connection.mode)
    if known is None:
        known = connect_provider(
            practice=practice,
            kind=kind,
            connection=connection,
            currencies=currencies,
            is_default=is_default,
        )
    else:
        _connect_again(known, connection, currencies, is_default=is_default)
    data = {"kind": kind, "mode": str(connection.mode), "account": connection.account, "default": is_default}
    note_partner("partner.connected", known, actor=actor, **data)
    return Connected(known.code)


def lock_connections(practice: Practice) -> Practice:
    """One change of a practice's connections at a time: there is one default."""
    locked: Practice = Practice.objects.select_for_update(no_key=True).get(pk=practice.pk)
    return locked


def note_partner(action: str, connection: ProviderConnection, *, actor: Actor, **data: object) -> None:
    """Say in the log what was done to a connection. Never a key."""
    record_facts([Fact(action, "connection", connection.code, data=data)], actor=actor)


def _connect_again(
    known: ProviderConnection,
    connection: ConnectionSettings,
    currencies: tuple[str, ...],
    *,
    is_default: bool,
) -> None:
    change_keys(known, connection)
    known.state = ConnectionState.ACTIVE
    known.is_default = is_default
    known.currencies = " ".join(currencies)
    known.checked_at, known.check_problem, known.disconnected_at = clock.now(), "", None
    known.save()


def _becomes_default(practice: Practice, mode: Mode) -> bool:
    usable = usable_connections(practice)
    return not any(each.is_default for each in usable) or (
        mode is Mode.LIVE and all(each.is_test for each in usable)
    )


def _refuse_twice(practice: Practice, kind: str, connection: ConnectionSettings) -> None:
    account, mode = connection.account, connection.mode
    known = connection_to(practice, kind, account, mode)
    if known is not None and known.state != ConnectionState.DISCONNECTED:
        raise DomainError(
            _("This account is connected already. To give it other keys, choose “Change keys” there."),
            code="connected_already",
        )
    if is_connected_elsewhere(practice, kind, account, mode):
        raise DomainError(
            _("Another practice here takes payments with this account. Each practice needs one of its own."),
            code="connected_elsewhere",
        )
