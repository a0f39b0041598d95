# SPDX-License-Identifier: Apache-2.0
"""Make the triggers that models declare, on SQLite and PostgreSQL alike.

Beside the declared ones every tenant table gets one that refuses a row which refers to another
practice, or moves to one. They are made anew after every `migrate`, so they never lag behind the models.
"""

import functools
import re
from collections.abc import Iterator

from django.apps import apps
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from aftersession.lib.guards import AppendOnly, Frozen, FrozenWithParent, Graph, NoDelete, Statements
from aftersession.practices.tenancy import TenantModel

# A rule: (when, condition under which the statement is refused, message).
Rule = tuple[str, str, str]


def install_guards(connection: BaseDatabaseWrapper) -> None:
    """Drop and create all guards of the tables that exist. Safe to repeat."""
    drop_guards(connection)
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for model in apps.get_models():
            if model._meta.db_table not in tables or not model._meta.managed:
                continue
            for statement in _statements(model, connection.vendor):
                cursor.execute(statement)


def missing_guards(connection: BaseDatabaseWrapper) -> list[str]:
    """Triggers that the models declare and the database does not have."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'")
        present = {name for (name,) in cursor.fetchall()}
    declared = [
        found[1]
        for model in apps.get_models()
        for statement in _statements(model, connection.vendor)
        if (found := re.match(r'CREATE TRIGGER "(\w+)"', statement))
    ]
    return [name for name in declared if name not in present]


def stray_references(connection: BaseDatabaseWrapper, practice_id: int) -> list[tuple[str, str, int]]:
    """Rows of a practice that refer to another one's: table, column and id of each. One statement for all."""
    statement, columns = _strays_statement()
    with connection.cursor() as cursor:
        cursor.execute(statement, [practice_id] * columns)
        return [(table, column, pk) for table, column, pk in cursor.fetchall()]


@functools.cache
def _strays_statement() -> tuple[str, int]:
    selects = [
        f"SELECT '{model._meta.db_table}', '{column}', own.\"id\" FROM \"{model._meta.db_table}\" own "
        f'JOIN "{table}" other ON other."id" = own."{column}" '
        'WHERE own."practice_id" = %s AND other."practice_id" <> own."practice_id"'
        for model in apps.get_models()
        if issubclass(model, TenantModel)
        for column, table in _tenant_references(model)
    ]
    return " UNION ALL ".join(selects), len(selects)


def drop_guards(connection: BaseDatabaseWrapper) -> None:
    """Take all guards away; only a test's clean-up has reason to."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'guard\\_%' ESCAPE '\\'"
            )
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        else:
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
                "WHERE t.tgname LIKE 'guard\\_%' AND c.relnamespace = current_schema()::regnamespace"
            )
            for name, table in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}" ON "{table}"')


def _statements(model: type[models.Model], vendor: str) -> Iterator[str]:
    table = model._meta.db_table
    rules = list(_rules(model, vendor))
    make = _sqlite_trigger if vendor == "sqlite" else _postgresql_trigger
    for event in ("INSERT", "UPDATE", "DELETE"):
        chosen = [(condition, message) for when, condition, message in rules if when == event]
        if chosen:
            yield from make(table, event, chosen)
    for guard in getattr(model, "guards", ()):
        if isinstance(guard, Statements):
            yield from guard.sqlite if vendor == "sqlite" else guard.postgresql
        if isinstance(guard, AppendOnly | NoDelete) and vendor == "postgresql":
            yield from _postgresql_truncate(table)


def _rules(model: type[models.Model], vendor: str) -> Iterator[Rule]:
    differs = "{0} IS NOT {1}" if vendor == "sqlite" else "{0} IS DISTINCT FROM {1}"
    if issubclass(model, TenantModel):
        yield from _same_practice(model, differs)
    for guard in getattr(model, "guards", ()):
        if isinstance(guard, AppendOnly):
            yield "UPDATE", "TRUE", "append-only"
        if isinstance(guard, AppendOnly | NoDelete):
            yield "DELETE", "TRUE", "never deleted"
        if isinstance(guard, Graph):
            yield "UPDATE", _off_the_graph(guard, differs), "state graph"
        if isinstance(guard, Frozen):
            changed = " OR ".join(differs.format(f'NEW."{name}"', f'OLD."{name}"') for name in guard.columns)
            closed = f'OLD."{guard.column}" NOT IN ({_texts(guard.while_in)}) AND ' if guard.while_in else ""
            yield "UPDATE", f"{closed}({changed})", "frozen"
        if isinstance(guard, FrozenWithParent):
            for event, row in (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD")):
                yield event, _parent_closed(guard, row), "frozen with its parent"


def _same_practice(model: type[models.Model], differs: str) -> Iterator[Rule]:
    yield "UPDATE", differs.format('NEW."practice_id"', 'OLD."practice_id"'), "stays in its practice"
    for column, table in _tenant_references(model):
        foreign = (
            f'NEW."{column}" IS NOT NULL AND NOT EXISTS (SELECT 1 FROM "{table}" other '
            f'WHERE other."id" = NEW."{column}" AND other."practice_id" = NEW."practice_id")'
        )
        yield "INSERT", foreign, f"{column} of another practice"
        yield (
            "UPDATE",
            differs.format(f'NEW."{column}"', f'OLD."{column}"') + f" AND {foreign}",
            f"{column} of another practice",
        )


def _tenant_references(model: type[models.Model]) -> Iterator[tuple[str, str]]:
    """The columns that refer to rows of a practice, with the table of each."""
    for field in model._meta.concrete_fields:
        target = field.related_model
        if isinstance(target, type) and issubclass(target, TenantModel):
            yield str(field.column), target._meta.db_table


def _off_the_graph(guard: Graph, differs: str) -> str:
    column = guard.column
    edges = [
        f'(OLD."{column}" = \'{start}\' AND NEW."{column}" IN ({_texts(ends)}))'
        for start, ends in guard.edges.items()
        if ends
    ]
    moved = differs.format(f'NEW."{column}"', f'OLD."{column}"')
    return f"{moved} AND NOT ({' OR '.join(edges) or 'FALSE'})"


def _parent_closed(guard: FrozenWithParent, row: str) -> str:
    return (
        f'NOT EXISTS (SELECT 1 FROM "{guard.parent_table}" parent WHERE parent."id" = '
        f'{row}."{guard.parent_column}" AND parent."{guard.state_column}" IN ({_texts(guard.while_in)}))'
    )


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def _sqlite_trigger(table: str, event: str, rules: list[tuple[str, str]]) -> Iterator[str]:
    checks = "".join(
        f" SELECT RAISE(ABORT, 'guard: {table}: {message}') WHERE {condition};"
        for condition, message in rules
    )
    yield f'CREATE TRIGGER "guard_{table}_{event.lower()}" BEFORE {event} ON "{table}" BEGIN{checks} END'


def _postgresql_trigger(table: str, event: str, rules: list[tuple[str, str]]) -> Iterator[str]:
    name = f"guard_{table}_{event.lower()}"
    checks = "".join(
        f" IF {condition} THEN RAISE EXCEPTION 'guard: {table}: {message}'"
        " USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        for condition, message in rules
    )
    row = "OLD" if event == "DELETE" else "NEW"
    yield (
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS '
        f"$guard$ BEGIN{checks} RETURN {row}; END $guard$"
    )
    yield f'CREATE TRIGGER "{name}" BEFORE {event} ON "{table}" FOR EACH ROW EXECUTE FUNCTION "{name}"()'


def _postgresql_truncate(table: str) -> Iterator[str]:
    name = f"guard_{table}_truncate"
    yield (
        f'CREATE OR REPLACE FUNCTION "{name}"() RETURNS trigger LANGUAGE plpgsql AS $guard$ BEGIN '
        f"RAISE EXCEPTION 'guard: {table}: never emptied' USING ERRCODE = 'integrity_constraint_violation'; "
        "END $guard$"
    )
    yield f'CREATE TRIGGER "{name}" BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT EXECUTE FUNCTION "{name}"()'
