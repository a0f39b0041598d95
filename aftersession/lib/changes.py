# SPDX-License-Identifier: Apache-2.0
"""What differs between a row and what somebody wants it to say."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any


def changed_names(row: object, values: Mapping[str, Any]) -> list[str]:
    """The names of the fields that these values would change, in their order."""
    return [name for name, value in values.items() if getattr(row, name) != value]


def digest_of(row: object, names: Sequence[str]) -> str:
    """The row's fields as they are now, in 16 characters: a form carries it to tell that nobody else wrote."""
    said = "\x1f".join(f"{name}\x1e{getattr(row, name)}" for name in names)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]
