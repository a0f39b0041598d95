# SPDX-License-Identifier: Apache-2.0
"""The one way to change something: once for each key, in one durable transaction."""

import functools
import hashlib
import json
import random
import time
from collections.abc import Callable
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from enum import Enum
from typing import Any, ParamSpec, TypeVar, cast

from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.utils.translation import gettext as _

from aftersession.commands.models import CommandKey
from aftersession.lib import clock
from aftersession.lib.errors import BadInput, DomainError, KeyReused
from aftersession.practices.actors import Actor
from aftersession.practices.tenancy import practice_scope

P = ParamSpec("P")
R = TypeVar("R")

TRIES = 5
MAX_KEY = 64
RETRIED_STATES = frozenset({"40001", "40P01"})  # serialization failure, deadlock


def command(
    result: type[R], *, stands: Callable[[R], bool] | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function a command: `@command(Completed)` on `def complete(*, actor, key, …) -> Completed`.

    The call runs in one durable transaction inside the actor's practice. `key` claims it in that
    transaction: a repetition returns the first result, the same key with other arguments raises
    KeyReused, no key at all BadInput, and after a crash there is neither key nor effect. `result` is a frozen dataclass of
    JSON values (codes, numbers, texts). Deadlocks and a busy database are tried again, whole.
    `stands` says whether a first result still holds: a page from before something was taken back must
    not be told that it is done. Such a repetition raises DomainError ("taken_back").
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        name = f"{function.__module__.rpartition('.')[2]}.{function.__name__}"

        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            if args:
                raise TypeError(f"{name} takes keyword arguments only")
            actor = cast(Actor, kwargs["actor"])
            key = cast(str, kwargs["key"])
            if not 1 <= len(key) <= MAX_KEY or not key.isprintable():
                raise BadInput(_("This page is incomplete. Nothing was changed. Open it again."))
            rest = {name: value for name, value in kwargs.items() if name not in ("actor", "key")}
            claim = CommandKey(
                practice=actor.practice,
                scope=actor.scope,
                key=key,
                command=name,
                fingerprint=fingerprint(rest),
                created_at=clock.now(),
            )
            with practice_scope(actor.practice):
                outcome, is_first = _with_retries(
                    lambda: _run_once(claim, result, lambda: function(**kwargs))  # type: ignore[call-arg]
                )
                if not is_first and stands is not None and not stands(outcome):
                    raise _taken_back()
                return outcome

        return cast(Callable[P, R], run)

    return decorate


def fingerprint(arguments: dict[str, Any]) -> str:
    """What a request asks for, as a digest: equal for a repetition, different for another request."""
    text = json.dumps(_plain(arguments), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _run_once(claim: CommandKey, result: type[R], effect: Callable[[], R]) -> tuple[R, bool]:
    """The result, and whether it is this call's own or that of the first one with this key."""
    claim.pk = None
    claim._state.adding = True
    try:
        with transaction.atomic(durable=True):
            _claim(claim)
            outcome = effect()
            CommandKey.objects.filter(pk=claim.pk).update(result=asdict(cast(Any, outcome)))
            return outcome, True
    except _Claimed:
        return _first_result(claim, result), False


class _Claimed(Exception):
    """The key is taken: somebody has done this before, or is just done."""


def _claim(claim: CommandKey) -> None:
    try:
        claim.save(force_insert=True)
    except IntegrityError as error:
        raise _Claimed from error  # ends the transaction: on PostgreSQL it could not go on anyway


def _first_result(claim: CommandKey, result: type[R]) -> R:
    first = CommandKey.objects.get(scope=claim.scope, key=claim.key)
    if (first.command, first.fingerprint) != (claim.command, claim.fingerprint):
        raise KeyReused(
            _("This form was sent before with other contents. Nothing was changed. Open the page again.")
        )
    return result(**(first.result or {}))


def _taken_back() -> DomainError:
    return DomainError(
        _("This was done before, and has been taken back since. Open the page again, then press once more."),
        code="taken_back",
    )


def _with_retries(call: Callable[[], tuple[R, bool]]) -> tuple[R, bool]:
    for attempt in range(1, TRIES + 1):
        try:
            return call()
        except OperationalError as error:
            if attempt == TRIES or not _is_worth_retrying(error):
                raise
            if not connection.is_usable():
                connection.close()
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    raise AssertionError("unreachable")


def _is_worth_retrying(error: OperationalError) -> bool:
    state = getattr(error.__cause__, "sqlstate", None)
    lost = connection.vendor == "postgresql" and (state is None or state.startswith(("08", "57P")))
    return state in RETRIED_STATES or lost or "database is locked" in str(error)


def _plain(value: Any) -> Any:
    if isinstance(value, models.Model):
        return f"{value._meta.label}:{value.pk}"
    if is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    if value is None or isinstance(value, str | int | bool):
        return value
    raise TypeError(f"{type(value).__name__} cannot be part of a command's fingerprint")
