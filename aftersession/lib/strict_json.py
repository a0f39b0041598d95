# SPDX-License-Identifier: Apache-2.0
"""JSON from outside, read without mercy.

Two readers may disagree on a repeated key, and a fraction cannot hold money: both are refused
instead of guessed at, as is anything deeper or longer than the caller expects. A partner that puts
fractions beside its money is read with `fractions`: they come as `Decimal`, never as a float.
"""

import json
from decimal import Decimal, DecimalException
from typing import Any, Never

MAX_DEPTH = 16


class NotStrictJson(ValueError):
    """The bytes are not one JSON object of the strict kind. The text never quotes them."""


def read_object(raw: bytes, *, max_bytes: int, fractions: bool = False) -> dict[str, Any]:
    """The one object these UTF-8 bytes hold. Raises `NotStrictJson`."""
    if len(raw) > max_bytes:
        raise NotStrictJson("too long")
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_without_repeated_keys,
            parse_float=_fraction if fractions else _refuse_number,
            parse_constant=_refuse_number,
        )
    except RecursionError:
        raise NotStrictJson("too deep") from None
    except ValueError as error:
        # Also bytes that are not UTF-8, and integers of thousands of digits.
        raise NotStrictJson("not readable") from error
    if not isinstance(value, dict):
        raise NotStrictJson("not an object")
    if _is_deeper_than(value, MAX_DEPTH):
        raise NotStrictJson("too deep")
    return value


def _without_repeated_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotStrictJson("repeated key")
    return found


def _fraction(text: str) -> Decimal:
    try:
        return Decimal(text)
    except DecimalException as error:
        # An exponent that no number has. It is no ValueError by itself.
        raise NotStrictJson("not a number") from error


def _refuse_number(text: str) -> Never:
    raise NotStrictJson("not a whole number")


def _is_deeper_than(value: object, limit: int) -> bool:
    level: list[object] = [value]
    for _ in range(limit):
        level = [inner for outer in level for inner in _children(outer)]
        if not level:
            return False
    return True


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
