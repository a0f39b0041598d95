# SPDX-License-Identifier: Apache-2.0
"""Frozen dataclasses to plain JSON and back, so that a context read in a year is the context written today."""

import dataclasses
import types
import typing
from collections.abc import Hashable, Mapping
from datetime import date
from functools import cache
from typing import Any, TypeVar, cast

T = TypeVar("T")


class BadContext(ValueError):
    """A context that does not fit its dataclass, or whose figures disagree."""


def to_json(value: object) -> Any:
    """A dataclass, tuple, date or plain value as JSON types. Dates become ISO text."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def from_json(kind: type[T], data: Mapping[str, Any]) -> T:
    """Build the dataclass again. A field that did not exist when it was frozen takes its default.

    Raises BadContext for a name the dataclass does not know and for a value of another type.
    """
    named: Any = kind  # typing has no word for "a class, as a key"
    fields = _field_types(named)
    unknown = data.keys() - fields.keys()
    if unknown:
        raise BadContext(f"{kind.__name__} has no {', '.join(sorted(unknown))}")
    try:
        return kind(**{name: _read(fields[name], value) for name, value in data.items()})
    except TypeError as error:
        raise BadContext(f"{kind.__name__}: {error}") from error


@cache
def _field_types(kind: Hashable) -> dict[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(cast("type[Any]", kind))}


def _read(kind: Any, value: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin is types.UnionType:
        if value is None:
            return None
        (kind,) = (option for option in typing.get_args(kind) if option is not types.NoneType)
        return _read(kind, value)
    if origin is tuple and isinstance(value, list):
        return tuple(_read(typing.get_args(kind)[0], item) for item in value)
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    if dataclasses.is_dataclass(kind) and isinstance(value, dict):
        return from_json(cast("type[Any]", kind), value)
    if type(value) is not kind:
        raise BadContext(f"{value!r:.40} is not {kind}")
    return value
