# SPDX-License-Identifier: Apache-2.0
"""Rules that a table keeps by itself, declared on its model as `guards = (...)`.

They are the last wall behind the code: triggers, made alike on SQLite and PostgreSQL by
`practices.guards`, refuse what no path of the product may do.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class AppendOnly:
    """Rows are written once: no update, no delete."""


@dataclass(frozen=True)
class NoDelete:
    """Rows stay for ever."""


@dataclass(frozen=True)
class Graph:
    """A state column moves only along these edges."""

    column: str
    edges: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Frozen:
    """Once `column` has left `while_in`, the named columns keep their values."""

    column: str
    while_in: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True)
class FrozenWithParent:
    """Rows are written and changed only while the parent row is in one of these states."""

    parent_column: str
    parent_table: str
    state_column: str
    while_in: tuple[str, ...]


@dataclass(frozen=True)
class Statements:
    """Plain SQL for what the others cannot say; each text creates one trigger named `guard_…`."""

    sqlite: tuple[str, ...] = ()
    postgresql: tuple[str, ...] = field(default=())


Guard = AppendOnly | NoDelete | Graph | Frozen | FrozenWithParent | Statements
