# SPDX-License-Identifier: Apache-2.0
"""Which characters the documents' fonts can draw, read from the fonts themselves."""

import struct
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from unicodedata import category

FONT_DIR = Path(__file__).parent / "fonts"
OWN = "Geist"
STAND_IN = "Noto Sans"
SCRIPTS = ("Noto Sans Arabic", "Noto Sans Hebrew", "Noto Sans Devanagari", "Noto Sans Tamil")
BOX = "\u25a1"
BOX_FONT = "Noto Sans Symbols 2"

# Drawn by no font and needing none: joiners, which shape their neighbours, and variation selectors.
SHAPERS = frozenset("\u200c\u200d") | frozenset(map(chr, range(0xFE00, 0xFE10)))


def missing(texts: Iterable[str]) -> list[str]:
    """The characters that will print as a box, each once, in order. Blocks nothing: it is for telling people."""
    return sorted({char for text in texts for char in text if not _can_draw(char)})


def boxed(text: str) -> str:
    """The text with a box in place of each character that no font has; control characters become blanks."""
    return "".join(_drawn(char) for char in text)


def families(texts: Iterable[str]) -> list[str]:
    """The fonts for a document that says these texts, in order of preference.

    Where the product's own letter lacks one that its stand-in has, the stand-in draws everything, so that no name is
    set in two letters.
    """
    seen = frozenset(char for text in texts for char in text)
    latin = [STAND_IN] if (seen - coverage(OWN)) & coverage(STAND_IN) else [OWN, STAND_IN]
    return [*latin, *SCRIPTS, BOX_FONT]


@cache
def coverage(family: str) -> frozenset[str]:
    """All characters that a family's regular font has a glyph for."""
    style = "Box" if family == BOX_FONT else "Regular"
    font = (FONT_DIR / f"{family.replace(' ', '')}-{style}.ttf").read_bytes()
    return frozenset(map(chr, _mapped(_cmap(font))))


@cache
def _all_glyphs() -> frozenset[str]:
    return frozenset().union(*(coverage(family) for family in (OWN, STAND_IN, *SCRIPTS, BOX_FONT)))


def _can_draw(char: str) -> bool:
    return char in _all_glyphs() or char in SHAPERS or category(char) == "Cc"


def _drawn(char: str) -> str:
    if category(char) == "Cc":
        return " "
    return char if _can_draw(char) else BOX


def _cmap(font: bytes) -> bytes:
    """The `cmap` table of an OpenType font."""
    (tables,) = struct.unpack_from(">H", font, 4)
    for index in range(tables):
        tag, _, offset, length = struct.unpack_from(">4sIII", font, 12 + 16 * index)
        if tag == b"cmap":
            return font[offset : offset + length]
    raise ValueError("a font without a cmap table")


def _mapped(cmap: bytes) -> Iterator[int]:
    """Every code point that some Unicode subtable maps to a glyph. Formats 4 and 12 are all that our fonts use."""
    (subtables,) = struct.unpack_from(">H", cmap, 2)
    for index in range(subtables):
        (offset,) = struct.unpack_from(">I", cmap, 8 + 8 * index)
        (form,) = struct.unpack_from(">H", cmap, offset)
        yield from {4: _segments, 12: _groups}[form](cmap[offset:])


def _segments(table: bytes) -> Iterator[int]:
    (double_count,) = struct.unpack_from(">H", table, 6)
    count = double_count // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + double_count)
    deltas = struct.unpack_from(f">{count}H", table, 16 + 2 * double_count)
    ranges_at = 16 + 3 * double_count
    offsets = struct.unpack_from(f">{count}H", table, ranges_at)
    for segment, (start, end, delta, offset) in enumerate(zip(starts, ends, deltas, offsets, strict=True)):
        for code in range(start, end + 1):
            glyph = code + delta
            if offset:
                at = ranges_at + 2 * segment + offset + 2 * (code - start)
                (index,) = struct.unpack_from(">H", table, at)
                glyph = index + delta if index else 0
            if glyph & 0xFFFF and code != 0xFFFF:
                yield code


def _groups(table: bytes) -> Iterator[int]:
    (count,) = struct.unpack_from(">I", table, 12)
    for index in range(count):
        first, last, _ = struct.unpack_from(">III", table, 16 + 12 * index)
        yield from range(first, last + 1)
