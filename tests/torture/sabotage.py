# SPDX-License-Identifier: Apache-2.0
"""Ways to take one guard away, inside a transaction that is rolled back afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from django.db import connection, models
from django.db.models.query import QuerySet

from aftersession.practices import guards

Removal = Callable[[], AbstractContextManager[None]]


def undeclared(model: type[models.Model], *kinds: type) -> Removal:
    """The model without its guards of these kinds, and the triggers made anew."""

    @contextmanager
    def remove() -> Iterator[None]:
        declared = getattr(model, "guards", ())
        kept = tuple(guard for guard in declared if not isinstance(guard, kinds))
        assert len(kept) < len(declared), f"{model.__name__} declares no such guard"
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(model, "guards", kept)
            _renew()
            yield

    return remove


def replaced(target: object, name: str, stand_in: object) -> Removal:
    """A function of the product with another one in its place."""

    @contextmanager
    def remove() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(target, name, stand_in)
            yield

    return remove


def without_same_practice() -> Removal:
    """Triggers that let rows refer to another practice."""

    @contextmanager
    def remove() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(guards, "_same_practice", lambda *_arguments: iter(()))
            _renew()
            yield

    return remove


def ignoring(model: type[models.Model], *names: str) -> Removal:
    """Queries on a model that forget these conditions: a compare-and-set that no longer compares."""

    @contextmanager
    def remove() -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for method in ("filter", "exclude"):
                patch.setattr(QuerySet, method, _forgetful(getattr(QuerySet, method), model, names))
            yield

    return remove


def unconstrained(model: type[models.Model], name: str) -> Removal:
    """The model's table without one of its constraints."""

    @contextmanager
    def remove() -> Iterator[None]:
        if connection.vendor == "postgresql":
            _drop_on_postgresql(model._meta.db_table, name)
        else:
            _drop_on_sqlite(model._meta.db_table, name)
        yield

    return remove


def _forgetful(method: Any, model: type[models.Model], names: tuple[str, ...]) -> Any:
    def ask(self: QuerySet[Any], *conditions: Any, **keywords: Any) -> QuerySet[Any]:
        if self.model is model:
            kept = {name: value for name, value in keywords.items() if name not in names}
            if keywords and not kept and not conditions:
                return self.all()
            keywords = kept
        found: QuerySet[Any] = method(self, *conditions, **keywords)
        return found

    return ask


def _renew() -> None:
    _settle()
    guards.install_guards(connection)


def _settle() -> None:
    """PostgreSQL changes no table that still has deferred checks to run."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def _drop_on_postgresql(table: str, name: str) -> None:
    _settle()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_constraint WHERE conname = %s", [name])
        statement = f'ALTER TABLE "{table}" DROP CONSTRAINT' if cursor.fetchone() else "DROP INDEX"
        cursor.execute(f'{statement} "{name}"')


def _drop_on_sqlite(table: str, name: str) -> None:
    """An index goes by itself; what stands in the table's own text needs the table made anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM sqlite_master WHERE type = 'index' AND name = %s", [name])
        if cursor.fetchone():
            cursor.execute(f'DROP INDEX "{name}"')
            return
        cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = %s", [table])
        (text,) = cursor.fetchone()
        found = re.search(rf',\s*CONSTRAINT "{name}" (UNIQUE|CHECK)\s*\(', text)
        assert found, f"{table} has no constraint {name}"
        end = _closing(text, found.end())
        cursor.execute("PRAGMA defer_foreign_keys = ON")
        cursor.execute(f'CREATE TEMPORARY TABLE kept AS SELECT * FROM "{table}"')
        cursor.execute(f'DROP TABLE "{table}"')
        cursor.execute(text[: found.start()] + text[end:])
        cursor.execute(f'INSERT INTO "{table}" SELECT * FROM kept')
        cursor.execute("DROP TABLE kept")
    guards.install_guards(connection)


def _closing(text: str, start: int) -> int:
    """Just behind the bracket that closes the one before `start`."""
    depth = 1
    for position in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position + 1
    raise AssertionError("a bracket is open")
