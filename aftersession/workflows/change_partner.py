# SPDX-License-Identifier: Apache-2.0
"""Change a connected partner: try it, prefer it, pause it, give it other keys, end it.

What is under way is settled in every state: a pause or an end only keeps new payments away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from aftersession.commands.command import command
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.encryption import CannotOpen
from aftersession.lib.errors import BadInput, DomainError, InvalidTransition, PartnerUnavailable
from aftersession.payments.connection_keys import open_keys
from aftersession.payments.connections import (
    change_keys,
    drop_former_keys,
    provider_of,
    release_links,
    under_way,
    usable_connections,
)
from aftersession.payments.models import ConnectionState, ProviderConnection
from aftersession.payments.provider import ConnectionSettings, PartnerRefused
from aftersession.payments.registry import provider_class
from aftersession.practices.actors import Actor, SystemActor
from aftersession.practices.models import Practice
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.connect_partner import (
    lock_connections,
    note_partner,
    prove_keys,
    refuse_other_account,
)


@dataclass(frozen=True)
class PartnerChanged:
    """The state of the connection afterwards."""

    state: str


@dataclass(frozen=True)
class PartnerTried:
    """What is wrong with a connection: nothing, or `refused`, `unavailable`, `locked`, `mode`, `account`,
    `currency`."""

    problem: str


def try_partner(*, connection: ProviderConnection, actor: Actor, key: str) -> PartnerTried:
    """Ask the partner whether the keys still do, and remember what it says. Call it outside any transaction."""
    problem, currencies = _try(connection, actor.practice)
    return note_trial(connection=connection, problem=problem, currencies=currencies, actor=actor, key=key)


@command(PartnerTried)
def note_trial(
    *, connection: ProviderConnection, problem: str, currencies: str, actor: Actor, key: str
) -> PartnerTried:
    """Remember how a trial ended. What the partner told is kept until it tells something else."""
    held = _hold(connection)
    held.check_problem = problem[:60]
    if not problem:
        held.checked_at, held.currencies = clock.now(), currencies
    held.save(update_fields=["check_problem", "checked_at", "currencies"])
    note_partner("partner.tested", held, actor=actor, problem=problem)
    return PartnerTried(problem)


@command(PartnerChanged)
def prefer_partner(*, connection: ProviderConnection, actor: Actor, key: str) -> PartnerChanged:
    """Have new payments go through it wherever nobody chose another.

    Raises InvalidTransition for one that is not in use, and DomainError ("test_mode") for one of test
    mode while a live one takes payments.
    """
    held = _hold(connection)
    _expect(held, ConnectionState.ACTIVE)
    if held.pk not in [each.pk for each in usable_connections(held.practice)]:
        raise DomainError(
            _("A live account takes payments here, so a test account cannot be the default."),
            code="test_mode",
        )
    ProviderConnection.objects.filter(is_default=True).exclude(pk=held.pk).update(is_default=False)
    return _changed(held, "partner.preferred", actor, is_default=True)


@command(PartnerChanged)
def pause_partner(*, connection: ProviderConnection, actor: Actor, key: str) -> PartnerChanged:
    """Take no new payments through it. What is under way goes on. Raises InvalidTransition."""
    held = _hold(connection)
    _expect(held, ConnectionState.ACTIVE)
    return _changed(held, "partner.paused", actor, state=ConnectionState.PAUSED)


@command(PartnerChanged)
def resume_partner(*, connection: ProviderConnection, actor: Actor, key: str) -> PartnerChanged:
    """Take new payments through it again. Raises InvalidTransition."""
    held = _hold(connection)
    _expect(held, ConnectionState.PAUSED)
    held.state = ConnectionState.ACTIVE
    held.save(update_fields=["state"])
    if _lacks_default(held):
        ProviderConnection.objects.filter(is_default=True).update(is_default=False)
        held.is_default = True
    return _changed(held, "partner.resumed", actor, is_default=held.is_default)


@command(PartnerChanged)
def disconnect_partner(*, connection: ProviderConnection, actor: Actor, key: str) -> PartnerChanged:
    """End a connection. Its keys are wiped at once, or by the worker when nothing is under way any more.

    Links that were to go through it go through the default. Where one other account is left, it becomes the default. Raises InvalidTransition.
    """
    held = _hold(connection)
    _expect(held, ConnectionState.ACTIVE, ConnectionState.PAUSED)
    was_default = held.is_default
    changed = _changed(
        held,
        "partner.disconnected",
        actor,
        state=ConnectionState.DISCONNECTED,
        is_default=False,
        disconnected_at=clock.now(),
    )
    release_links(held)
    left = usable_connections(held.practice)
    if was_default and len(left) == 1:
        _changed(left[0], "partner.preferred", actor, is_default=True)
    if not under_way(held):
        _wipe(held, actor)
    return changed


def change_partner_keys(
    *, connection: ProviderConnection, entered: Mapping[str, str], actor: Actor, key: str
) -> PartnerChanged:
    """Prove other keys of the same account, then use them. Call it outside any transaction.

    What is left empty stays as it is. Notices signed with the keys before are taken until
    `finish_key_change`. Raises BadInput beside the field, and PartnerUnavailable.
    """
    _expect(connection, ConnectionState.ACTIVE, ConnectionState.PAUSED)
    if not any(text.strip() for text in entered.values()):
        raise BadInput(_("Paste at least one new key."), code="nothing_new")
    read = provider_class(connection.kind).read_keys({**_known(connection), **_typed(entered)})
    if read.mode != connection.mode:
        raise BadInput(
            _("This key is of the other mode. Connect it as an account of its own."),
            code="mode",
            field="api_key",
        )
    expected = replace(read, account=connection.account, base_url=_base_url(connection))
    proved = prove_keys(connection.kind, expected, actor.practice)
    return use_keys(connection=connection, changed=proved.connection, actor=actor, key=key)


@command(PartnerChanged)
def use_keys(
    *, connection: ProviderConnection, changed: ConnectionSettings, actor: Actor, key: str
) -> PartnerChanged:
    """Use proved keys from now on."""
    held = _hold(connection)
    _expect(held, ConnectionState.ACTIVE, ConnectionState.PAUSED)
    change_keys(held, changed)
    held.checked_at, held.check_problem = clock.now(), ""
    held.save()
    note_partner("partner.keys_changed", held, actor=actor)
    return PartnerChanged(held.state)


@command(PartnerChanged)
def finish_key_change(*, connection: ProviderConnection, actor: Actor, key: str) -> PartnerChanged:
    """Take nothing signed with the keys before any more. Raises InvalidTransition where none are left."""
    held = _hold(connection)
    if held.keys_changed_at is None or not held.sealed_secrets:
        raise InvalidTransition(_("There are no former keys any more."))
    drop_former_keys(held)
    held.save(update_fields=["sealed_secrets", "keys_changed_at"])
    note_partner("partner.former_keys_dropped", held, actor=actor)
    return PartnerChanged(held.state)


def wipe_ended_keys() -> int:
    """For the worker: wipe the keys of ended connections of which nothing is under way any more; how many."""
    ended = ProviderConnection.unscoped.filter(state=ConnectionState.DISCONNECTED).exclude(sealed_secrets="")
    wiped = 0
    for each in ended.select_related("practice"):
        if not under_way(each):
            with practice_scope(each.practice):
                wipe_keys(connection=each, actor=SystemActor(each.practice), key=f"wipe:{new_code()}")
            wiped += 1
    return wiped


@command(PartnerChanged)
def wipe_keys(*, connection: ProviderConnection, actor: Actor, key: str) -> PartnerChanged:
    """Forget the keys of an ended connection, unless it has been connected again."""
    held = _hold(connection)
    if held.state == ConnectionState.DISCONNECTED and not under_way(held):
        _wipe(held, actor)
    return PartnerChanged(held.state)


def _wipe(held: ProviderConnection, actor: Actor) -> None:
    held.sealed_secrets, held.keys_changed_at = "", None
    held.save(update_fields=["sealed_secrets", "keys_changed_at"])
    note_partner("partner.keys_wiped", held, actor=actor)


def _hold(connection: ProviderConnection) -> ProviderConnection:
    """The connection as it is now, locked, in a practice whose connections nobody else changes meanwhile."""
    lock_connections(connection.practice)
    held: ProviderConnection = ProviderConnection.objects.select_for_update().get(pk=connection.pk)
    return held


def _expect(connection: ProviderConnection, *states: ConnectionState) -> None:
    if connection.state not in states:
        raise InvalidTransition(
            _("This account is “%(state)s” by now. Open the page again.")
            % {"state": ConnectionState(connection.state).label}
        )


def _changed(held: ProviderConnection, action: str, actor: Actor, **changes: object) -> PartnerChanged:
    for name, value in changes.items():
        setattr(held, name, value)
    held.save(update_fields=list(changes))
    note_partner(action, held, actor=actor)
    return PartnerChanged(held.state)


def _lacks_default(held: ProviderConnection) -> bool:
    """Whether no account takes payments as the default, so that this one may."""
    usable = usable_connections(held.practice)
    return held in usable and not any(each.is_default for each in usable)


def _try(connection: ProviderConnection, practice: Practice) -> tuple[str, str]:
    """What is wrong, and the currencies that the partner tells."""
    try:
        told = provider_of(connection).check_connection()
        refuse_other_account(open_keys(connection), told, practice)
    except CannotOpen:
        return "locked", ""
    except PartnerUnavailable:
        return "unavailable", ""
    except BadInput as error:
        return error.code, ""
    except PartnerRefused:
        return "refused", ""
    return "", " ".join(told.currencies)


def _known(connection: ProviderConnection) -> dict[str, str]:
    known = open_keys(connection)
    return {
        "account": known.account,
        "api_key": known.api_key,
        "webhook_secret": next(iter(known.webhook_secrets), ""),
    }


def _typed(entered: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in entered.items() if text.strip()}


def _base_url(connection: ProviderConnection) -> str:
    return open_keys(connection).base_url
