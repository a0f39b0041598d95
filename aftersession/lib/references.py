# SPDX-License-Identifier: Apache-2.0
"""Payment references: short enough for any bank, checked, and found again in what a bank makes of them.

A reference is four characters for the practice (letter, digit, letter, digit), the invoice's number
and a check character: `K7Q3-0123X`. Letters that look like digits are not used.
"""

import hashlib
import re
from typing import Final

DIGITS: Final = "0123456789"
LETTERS: Final = "ABCDEFGHJKMNPQRTVWXYZ"
# 31 characters, a prime: with different weights, none of them zero, the sum shows every single wrong
# character and every two that changed places.
ALPHABET: Final = DIGITS + LETTERS
MAX_LENGTH: Final = 12
MAX_NUMBER: Final = 9_999_999

_PRIMITIVE_ROOT: Final = 3
_LOOK_ALIKES: Final = str.maketrans("OILS", "0115")
_PREFIX: Final = re.compile(rf"(?:[{LETTERS}][0-9]){{2}}")
_DIGIT: Final = "[0-9OILS]"
_SHAPES: Final = tuple(
    re.compile(rf"(?=([{LETTERS}]{_DIGIT}[{LETTERS}]{_DIGIT}{_DIGIT}{{{digits}}}[A-Z0-9]))")
    for digits in (7, 6, 5, 4)
)


def new_prefix(seed: str) -> str:
    """Four characters for a practice, the same for the same seed; another may have them too."""
    digest = hashlib.sha256(seed.encode()).digest()
    kinds = (LETTERS, DIGITS, LETTERS, DIGITS)
    return "".join(kind[byte % len(kind)] for kind, byte in zip(kinds, digest, strict=False))


def new_reference(prefix_seed: str, number: int) -> str:
    """The reference of a practice's nth invoice: the same for the same two, at most 12 characters.

    `prefix_seed` is the practice's prefix, or any text that stays the same for it. Raises ValueError for a number below 1
    or above 9,999,999.
    """
    if not 1 <= number <= MAX_NUMBER:
        raise ValueError(f"{number} cannot be put into a payment reference")
    prefix = prefix_seed if _PREFIX.fullmatch(prefix_seed) else new_prefix(prefix_seed)
    body = prefix + f"{number:04d}"
    return _written(body + _check_character(body))


def normalise(text: str) -> str | None:
    """The reference somebody typed, as we write it; None when it is none or has a wrong character."""
    bare = _bare(text)
    return next((_written(found) for found in _valid(bare) if len(found) == len(bare)), None)


def find_references(text: str) -> list[str]:
    """Every reference that can be read in a line of bank text, in any writing, the likeliest first.

    One in some ten thousand strings of the right shape is a reference by chance: look each up.
    """
    return list(dict.fromkeys(_written(found) for found in _valid(_bare(text))))


def _bare(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def _valid(bare: str) -> list[str]:
    found = (_read(match[1]) for shape in _SHAPES for match in shape.finditer(bare))
    return [body for body in found if _check_character(body[:-1]) == body[-1]]


def _read(candidate: str) -> str:
    return candidate.translate(_LOOK_ALIKES)


def _written(bare: str) -> str:
    # The longest numbers leave no room for the hyphen.
    return f"{bare[:4]}-{bare[4:]}" if len(bare) < MAX_LENGTH else bare


def _check_character(body: str) -> str:
    total = 0
    for char in body:
        total = (total + ALPHABET.index(char)) * _PRIMITIVE_ROOT % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]
