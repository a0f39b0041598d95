# SPDX-License-Identifier: Apache-2.0
"""How codes and their titles are written, compared and cut into words for searching."""

import re
from typing import Final

from aftersession.lib.text import fold

MAX_WORD: Final = 40

_APOSTROPHES: Final = re.compile(r"['\u2019]")
_WORD: Final = re.compile(r"[^\W_]+")


def code_key(text: str) -> str:
    """A code as it is compared: capitals, no point, no dagger or asterisk. "f32.1 " is F321."""
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def written_code(text: str) -> str:
    """A code as it is printed: F321 and f32.1 are F32.1."""
    key = code_key(text)
    return f"{key[:3]}.{key[3:]}" if len(key) > 3 else key


def words_of(text: str) -> list[str]:
    """The words of a title or a query: lower case, no accents, apostrophes dropped."""
    return [word[:MAX_WORD] for word in _WORD.findall(fold(_APOSTROPHES.sub("", text)))]


def grams_of(word: str) -> set[str]:
    """The groups of three letters in a word, its ends included."""
    padded = f"_{word}_"
    return {padded[start : start + 3] for start in range(len(padded) - 2)}
