# SPDX-License-Identifier: Apache-2.0
"""Search a code table as one types: by code, by words in any order, with slips of the finger."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from aftersession.catalog import code_index
from aftersession.catalog.code_tables import children_of
from aftersession.catalog.code_text import MAX_WORD, code_key, words_of
from aftersession.catalog.models.codes import CodeTable, DiagnosisCode
from aftersession.lib.text import fold

MAX_QUERY: Final = 100
MAX_WORDS: Final = 6
MAX_LIMIT: Final = 50
CANDIDATES: Final = 40
"""How many hits are looked at and ranked. They come in the order of the table, best first."""

# What colleagues write to each other and few tables print. The first that a table knows is taken.
SPELT_OUT: Final[Mapping[str, tuple[str, ...]]] = {
    "adhd": ("attention deficit hyperactivity", "hyperkinetic disorder"),
    "asd": ("autism", "autistic disorder"),
    "bpd": ("borderline personality", "emotionally unstable personality"),
    "gad": ("generalized anxiety",),
    "mdd": ("major depressive", "depressive episode"),
    "ocd": ("obsessive compulsive",),
    "ptsd": ("post traumatic stress",),
}

_CODE: Final = re.compile(r"[A-Za-z]\d[0-9A-Za-z]?(\.?[0-9A-Za-z]{0,4})[*\u2020+]?")
# One letter alone is the beginning of a code: as that of a word it would mean half the table.
_SPACED_CODE: Final = re.compile(r"[A-Za-z]( ?\d[ .0-9A-Za-z]{0,6}[*\u2020+]?)?")
_ENDING: Final = 3
_STEM: Final = 5

Alternatives = list[list[str]]


@dataclass(frozen=True, slots=True)
class CodeHit:
    """One found code. Marks are (start, end) positions to highlight, in `title` and in `code`.

    `is_specific` is false for a code that must not be billed: `children` then names what to take.
    """

    code: str
    title: str
    marks: tuple[tuple[int, int], ...] = ()
    code_marks: tuple[tuple[int, int], ...] = ()
    is_specific: bool = True
    is_current: bool = True
    children: tuple[str, ...] = ()
    used: int = 0


def search_codes(
    table: CodeTable,
    query: str,
    limit: int = 12,
    *,
    on: date | None = None,
    used: Mapping[str, int] | None = None,
) -> list[CodeHit]:
    """The codes a person may mean, best first. Any text is a query; an empty one finds nothing.

    `on`: the date of service; codes not in force then come last. `used`: how often the practice used
    a code; those come first.
    """
    text = " ".join(query[:MAX_QUERY].split())
    limit = max(0, min(limit, MAX_LIMIT))
    if _SPACED_CODE.fullmatch(text) and (rows := _by_code(table, code_key(text), limit)):
        return _hits(table, rows, [code_key(text).lower()], on, used or {})
    wanted = _wanted_words(text)
    if not wanted or not limit:
        return []
    rows, asked = _by_abbreviation(table, text) or _by_words(table, wanted, limit)
    texts = [alternative for words in asked for alternative in words]
    ranked = sorted(rows, key=lambda row: _rank(row, wanted, texts, on, used or {}))
    return _hits(table, ranked[:limit], texts, on, used or {})


def _by_code(table: CodeTable, key: str, limit: int) -> list[DiagnosisCode]:
    """Codes that begin like this; where none does, those that share the longest beginning."""
    for end in range(len(key), min(len(key), 3) - 1, -1):
        if found := list(code_index.codes_that_begin(table, key[:end])[:limit]):
            return found
    return []


def _wanted_words(text: str) -> list[str]:
    words: list[str] = []
    for chunk in text.split():
        words += [code_key(chunk).lower()] if _CODE.fullmatch(chunk) else words_of(chunk)
    # One letter alone says nothing beside other words; one digit does ("type 1").
    telling = [word for word in words if len(word) > 1 or word.isdigit()]
    return list(dict.fromkeys(telling or words[:1]))[:MAX_WORDS]


def _by_abbreviation(table: CodeTable, text: str) -> tuple[list[DiagnosisCode], Alternatives] | None:
    for phrase in SPELT_OUT.get(text.lower(), ()):
        asked = [[word] for word in words_of(phrase)]
        if rows := _rows(table, asked):
            return rows, asked
    return None


def _by_words(table: CodeTable, wanted: list[str], limit: int) -> tuple[list[DiagnosisCode], Alternatives]:
    """Rows with all words; if too few, with words that begin alike; if none, with words spelt alike."""
    asked: Alternatives = [[word] for word in wanted]
    rows = _rows(table, asked)
    if len(rows) >= limit:
        return rows, asked
    stems = [[word[: max(_STEM, len(word) - _ENDING)]] for word in wanted]
    if stems != asked:
        known = {row.pk for row in rows}
        rows += [row for row in _rows(table, stems) if row.pk not in known]
        asked = [[*one, *other] for one, other in zip(asked, stems, strict=True)]
    if rows:
        return rows, asked
    corrected = [
        _spelt_alike(table, word) if not code_index.has_word(table, word) else [word] for word in wanted
    ]
    if all(corrected) and corrected != [[word] for word in wanted]:
        return _rows(table, corrected), corrected
    return [], asked


def _rows(table: CodeTable, asked: Sequence[Sequence[str]]) -> list[DiagnosisCode]:
    return code_index.rows_with_words(table, asked, CANDIDATES)


def _spelt_alike(table: CodeTable, word: str, most: int = 4) -> list[str]:
    """The table's words nearest to a misspelt one: at most one slip in five letters, two in more."""
    if len(word) < code_index.MIN_MISSPELT:
        return []
    allowed = 1 if len(word) <= _STEM else 2
    near = [
        (slips, place, other)
        for place, other in enumerate(code_index.index_of(table).words_like(word, 25))
        if (slips := _least_slips(word, other)) <= allowed
    ]
    fewest = min(near, default=(0, 0, ""))[0]
    return [other for slips, _, other in sorted(near) if slips == fewest][:most]


def _least_slips(word: str, other: str) -> int:
    """Slips against the whole word; against its beginning too, which is all of it one may have typed yet."""
    whole = _slips(word, other) if abs(len(word) - len(other)) <= 2 else len(word)
    # The beginning of a short word is too much like anything.
    begun = _slips(word, other[: len(word)]) if _STEM < len(word) < len(other) else len(word)
    return min(whole, begun)


def _slips(one: str, other: str) -> int:
    """Letters wrong, missing, too many or swapped with their neighbour between two words."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        row = [i]
        for j, b in enumerate(other, start=1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before, last = last, row
    return last[-1]


def _rank(
    row: DiagnosisCode, wanted: list[str], texts: list[str], on: date | None, used: Mapping[str, int]
) -> tuple[object, ...]:
    words = [row.code_key.lower(), *row.words.split()]
    whole = sum(word in words for word in wanted)
    begun = sum(any(have.startswith(word) for have in words) for word in wanted)
    leads = len(words) > 1 and any(words[1].startswith(text) for text in texts)
    return (
        not row.is_in_force(on),
        -used.get(row.code, 0),
        not row.is_specific,
        -begun,
        -whole,
        not leads,
        row.rank,
    )


def _hits(
    table: CodeTable,
    rows: Sequence[DiagnosisCode],
    texts: list[str],
    on: date | None,
    used: Mapping[str, int],
) -> list[CodeHit]:
    below = children_of(table, [row for row in rows if not row.is_specific])
    return [
        CodeHit(
            code=row.code,
            title=row.title,
            marks=_marks(row.title, texts),
            code_marks=_code_marks(row.code, texts),
            is_specific=row.is_specific,
            is_current=row.is_in_force(on),
            children=below.get(row.code, ()),
            used=used.get(row.code, 0),
        )
        for row in rows
    ]


def _marks(title: str, texts: list[str]) -> tuple[tuple[int, int], ...]:
    marks: list[tuple[int, int]] = []
    for match in re.finditer(r"[^\W_]+(?:['\u2019][^\W_]+)*", title):
        folded = re.sub(r"['\u2019]", "", fold(match[0]))[:MAX_WORD]
        begun = max((len(text) for text in texts if folded.startswith(text)), default=0)
        if begun:
            # Folding can change the length of a word; then the whole of it is marked.
            end = match.start() + begun if len(folded) == len(match[0]) else match.end()
            marks.append((match.start(), end))
    return tuple(marks)


def _code_marks(code: str, texts: list[str]) -> tuple[tuple[int, int], ...]:
    key = code_key(code).lower()
    begun = max((len(text) for text in texts if key.startswith(text)), default=0)
    return ((0, begun + (begun > 3)),) if begun else ()
