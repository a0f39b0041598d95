# SPDX-License-Identifier: Apache-2.0
"""Finding a patient as one types: every word is the beginning of a name, an address or a number.

Words are folded (no capitals, no accents) and keep letters and digits only, on both sides alike, so
that no sign a person types means anything to the database.
"""

import re
import unicodedata
from collections.abc import Iterator

from django.db.models import Exists, OuterRef, Q, QuerySet

from aftersession.countries.port import CountryProfile
from aftersession.lib.text import fold
from aftersession.patients.models import Patient, SearchWord

MAX_QUERY = 100
MAX_TYPED = 4
MAX_WORD = 80
MAX_KEPT = 40
COUNTED = 2000
"""How far the matches of a word are counted, to begin with the rarest."""

_NUMBER = re.compile(r"[+\d][\d\s().\-/]*")


def begins(word: str) -> Q:
    """A condition on a search word, as a range of its index: no text is a pattern in it."""
    return Q(word__gte=word, word__lt=after_all(word))


def after_all(prefix: str) -> str:
    """The least text behind everything that begins like this."""
    for end in range(len(prefix) - 1, -1, -1):
        point = ord(prefix[end]) + 1
        if point <= 0x10FFFF:
            # No text holds a surrogate.
            return prefix[:end] + chr(0xE000 if 0xD800 <= point <= 0xDFFF else point)
    return "\U0010ffff" * MAX_WORD


def words_of(patient: Patient, profile: CountryProfile) -> set[str]:
    """The words a patient is found by: each name whole and in parts, address, phone as written here and abroad."""
    names = " ".join((patient.given_names, patient.family_name, patient.known_as))
    words = {bare(word) for word in fold(names).split()}
    words |= {bare(part) for part in re.split(r"[\s\-'\u2019]+", fold(names))}
    words |= {bare(fold(patient.email)), bare(fold(patient.id_number))}
    words |= {bare(patient.phone), bare(profile.format_phone(patient.phone))}
    return {word[:MAX_WORD] for word in sorted(words - {""})[:MAX_KEPT]}


def typed_words(text: str) -> list[str]:
    """What somebody typed, as words to look for; a number in groups is one word."""
    text = text[:MAX_QUERY].strip()
    parts = [text] if _NUMBER.fullmatch(text) else fold(text).split()
    return list(dict.fromkeys(word for part in parts if (word := bare(part)[:MAX_WORD])))[:MAX_TYPED]


def bare(text: str) -> str:
    """Letters, digits and the marks that belong to letters; nothing else."""
    return "".join(char for char in text if unicodedata.category(char)[0] in "LNM")


def sort_name_of(patient: Patient) -> str:
    """What lists are ordered by: family name first, capitals and accents alike."""
    return fold(f"{patient.family_name} {patient.given_names}")[:250]


def matches_of(text: str) -> "QuerySet[SearchWord]":
    """The words by which patients are found, one each: of those who have a word for each word typed.

    Ordered by (word, patient), which is how the index lies: exact matches come first, and a page
    reads no further than it needs. It goes along the rarest of the words typed, so its cost is bounded
    by that word's matches, however common the others are.
    """
    words = typed_words(text)
    found: QuerySet[SearchWord] = SearchWord.objects.order_by("word", "patient_id")
    if not words:
        return found.none()
    rarest = words[0] if len(words) == 1 else min(words, key=lambda word: (_count(word), -len(word)))
    earlier = SearchWord.objects.filter(
        begins(rarest), patient=OuterRef("patient"), word__lt=OuterRef("word")
    )
    others = [_has(word, patient="patient") for word in words if word != rarest]
    return found.filter(begins(rarest), *others, ~Exists(earlier))


def named(text: str, *, patient: str) -> Iterator[Exists]:
    """Conditions on rows that refer to a patient: there is a word for each word typed."""
    for word in typed_words(text):
        yield _has(word, patient=patient)


def _has(word: str, *, patient: str) -> Exists:
    return Exists(SearchWord.objects.filter(begins(word), patient=OuterRef(patient)))


def _count(word: str) -> int:
    """How many words begin like this, counted only as far as it matters."""
    return SearchWord.objects.filter(begins(word)).order_by().values("pk")[:COUNTED].count()
