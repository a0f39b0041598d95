# SPDX-License-Identifier: Apache-2.0
"""The word index of a code table, kept in the memory of each process that searches.

The tables change a few times a year and the full-text indexes of the databases rank all hits before
they give the first: with 98,000 codes a common word took PostgreSQL 20 to 80 ms, here it takes 3.
"""

from array import array
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Final

from django.db.models import QuerySet

from aftersession.catalog.code_text import grams_of
from aftersession.catalog.models.codes import CodeTable, DiagnosisCode

MAX_TABLES: Final = 8
"""Some 2 MB each for 12,000 codes; more practices with tables of their own read theirs anew."""
MIN_MISSPELT: Final = 4
"""Shorter words are not corrected: too many others are one letter away."""

LAST_CHARACTER: Final = chr(0x10FFFF)


class WordIndex:
    """The words of one table and, for each, the ranks of the codes that have it."""

    def __init__(self, rows: Sequence[tuple[int, str]]) -> None:
        ranks: defaultdict[str, array[int]] = defaultdict(lambda: array("I"))
        for rank, words in rows:
            for word in set(words.split()):
                ranks[word].append(rank)
        self._ranks = dict(ranks)
        self._words = sorted(ranks)

    def words_that_begin(self, text: str) -> list[str]:
        """The table's words that begin like this."""
        return self._words[bisect_left(self._words, text) : bisect_left(self._words, text + LAST_CHARACTER)]

    def ranks_with(self, texts: Sequence[str]) -> set[int]:
        """The codes with a word that begins with one of these texts."""
        ranks: set[int] = set()
        for text in texts:
            ranks.update(*(self._ranks[word] for word in self.words_that_begin(text)))
        return ranks

    def words_like(self, word: str, most: int) -> list[str]:
        """The words that share the most groups of three letters with this one, the nearest first."""
        shared: Counter[str] = Counter()
        for gram in grams_of(word):
            shared.update(self._words_with.get(gram, ()))
        return [other for other, _ in shared.most_common(most)]

    @cached_property
    def _words_with(self) -> dict[str, list[str]]:
        words_with: defaultdict[str, list[str]] = defaultdict(list)
        for word in self._words:
            if len(word) >= MIN_MISSPELT and not word.isdigit():
                for gram in grams_of(word):
                    words_with[gram].append(word)
        return dict(words_with)


def index_of(table: CodeTable) -> WordIndex:
    """The index of this edition of the table; the first search of a process reads it."""
    return _index(table.pk, table.edition)


def rows_with_words(table: CodeTable, asked: Sequence[Sequence[str]], limit: int) -> list[DiagnosisCode]:
    """The best codes that have, for each entry, a word or a code that begins with one of its texts."""
    found = sorted((_ranks(table, texts) for texts in asked), key=len)
    ranks = sorted(set.intersection(*found))[:limit] if found else []
    return list(DiagnosisCode.objects.filter(table=table, rank__in=ranks).order_by("rank"))


def has_word(table: CodeTable, text: str) -> bool:
    """Whether a word or a code of the table begins like this."""
    return bool(index_of(table).words_that_begin(text) or _ranks(table, [text]))


def codes_that_begin(table: CodeTable, key: str) -> QuerySet[DiagnosisCode]:
    """Codes that begin with these capitals and digits, in the order of codes."""
    # Not `startswith`: Django escapes its pattern on SQLite, which then does not use the index.
    rows = DiagnosisCode.objects.filter(table=table, code_key__gte=key, code_key__lte=key + "Z" * 8)
    return rows.order_by("code_key")


def _ranks(table: CodeTable, texts: Sequence[str]) -> set[int]:
    ranks = index_of(table).ranks_with(texts)
    for text in texts:
        if text[1:2].isdigit():
            ranks.update(codes_that_begin(table, text.upper()).values_list("rank", flat=True))
    return ranks


@lru_cache(maxsize=MAX_TABLES)
def _index(table_id: int, edition: str) -> WordIndex:
    rows = DiagnosisCode.objects.filter(table_id=table_id).order_by("rank")
    return WordIndex(list(rows.values_list("rank", "words")))
