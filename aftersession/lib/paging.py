# SPDX-License-Identifier: Apache-2.0
"""What the lists that are read page by page share: reading an address, writing one, cutting a page.

Whatever comes from an address is held against what is known; the rest falls back.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

PAGE_SIZE = 25
CODE_LENGTH = 16
SEARCH_LENGTH = 80


class Coded(Protocol):
    """A row that an address can name."""

    @property
    def code(self) -> str: ...


Row = TypeVar("Row")
CodedRow = TypeVar("CodedRow", bound=Coded)


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list, and the code that the next one begins after."""

    rows: Sequence[Row]
    after: str


def plain(value: str, limit: int) -> str:
    """A value of an address, shortened. PostgreSQL refuses NUL in any text, even to look for it."""
    return value.replace("\x00", "").strip()[:limit]


def code_in(query: Mapping[str, str], name: str) -> str:
    """What a parameter of an address says where a public code belongs; not checked to be one."""
    return plain(query.get(name, ""), CODE_LENGTH)


def search_in(query: Mapping[str, str]) -> str:
    """The words somebody looks for."""
    return plain(query.get("q", ""), SEARCH_LENGTH)


def known_in(query: Mapping[str, str], name: str, values: Iterable[str], usual: str = "") -> str:
    """A parameter of an address if it is one of these values, else the usual one."""
    value = query.get(name, "")
    return value if value in set(values) else usual


def parameters_of(chosen: Mapping[str, str], usual: Mapping[str, str] | None = None) -> dict[str, str]:
    """The parameters that an address needs: neither empty ones nor those that say the usual."""
    fallback = usual or {}
    return {name: value for name, value in chosen.items() if value and value != fallback.get(name)}


def cut(found: Sequence[CodedRow], size: int) -> Page[CodedRow]:
    """A page of what was found when one row more than its size was asked for."""
    return Page(found[:size], found[size - 1].code if len(found) > size else "")
