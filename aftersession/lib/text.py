# SPDX-License-Identifier: Apache-2.0
"""Text from outside, made safe to keep: normalised, without controls, within its limit."""

import unicodedata

from django.utils.translation import gettext as _

# Marks that turn the reading direction: in a name they can make one person look like another.
BIDI_CONTROLS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
INVISIBLE = frozenset("\u200b\u2060\ufeff\u00ad")
UNREADABLE = "\ufffd"
MAX_COMBINING = 4


def clean_name(value: str, max_length: int = 120) -> str:
    """One line of a name or address, NFC, blanks folded. Raises ValueError with a sentence."""
    text = _clean(" ".join(value.split()) if _is_one_line(value) else value, max_length, keep_lines=False)
    if any(char in BIDI_CONTROLS or char in INVISIBLE for char in text):
        raise ValueError(_("This contains an invisible character. Please type it again."))
    return text


def clean_text(value: str, max_length: int = 2000) -> str:
    """Text of several lines, NFC. Raises ValueError with a sentence."""
    return _clean(value.replace("\r\n", "\n").replace("\r", "\n").strip(), max_length, keep_lines=True)


def fold(value: str) -> str:
    """For searching: lower case, without accents, blanks folded. Not for showing."""
    decomposed = unicodedata.normalize("NFKD", value.casefold())
    return " ".join("".join(char for char in decomposed if not unicodedata.combining(char)).split())


def _is_one_line(value: str) -> bool:
    return not any(char in value for char in "\n\r\x0b\x0c\x85\u2028\u2029")


def _clean(value: str, max_length: int, *, keep_lines: bool) -> str:
    if len(value) > max_length * 8:
        raise ValueError(_("This is too long: at most %(limit)d characters.") % {"limit": max_length})
    text = unicodedata.normalize("NFC", value)
    allowed = "\n\t\u2028\u2029" if keep_lines else ""
    combining = 0
    for char in text:
        category = unicodedata.category(char)
        is_break = category in ("Cc", "Zl", "Zp") and char not in allowed
        # What a decoder writes where it could not read is no letter of anybody's name.
        if category in ("Cs", "Co", "Cn") or is_break or char == UNREADABLE:
            raise ValueError(_("This contains a character that cannot be kept. Please type it again."))
        combining = combining + 1 if category == "Mn" else 0
        if combining > MAX_COMBINING:
            raise ValueError(_("This contains too many marks on one letter."))
    if len(text) > max_length:
        raise ValueError(_("This is too long: at most %(limit)d characters.") % {"limit": max_length})
    return text
