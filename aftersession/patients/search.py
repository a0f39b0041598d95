# SPDX-License-Identifier: Apache-2.0
"""Finding a patient as one types: every word is the beginning of a name, an address or a number.

Words are folded (no capitals, no accents) and keep letters and digits only, on both sides alike, so
that no sign a person types means anything to the database.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Exists, Lookup, OuterRef, QuerySet

from aftersession.countries.port import CountryProfile
from aftersession.lib.text import fold
from aftersession.patients.models import Patient, SearchWord

MAX_QUERY = 100
MAX_TYPED = 4
MAX_WORD = 80
MAX_KEPT = 40
FEW = 400
"""Up to so many matches are gathered and sorted; more are met soon enough in the order of the list."""

_NUMBER = re.compile(r"[+\d][\d\s().\-/]*")


@CharField.register_lookup
class Begins(Lookup):
    """`word__begins="nal"`: a range of the index on either engine, where LIKE would not use it."""

    lookup_name = "begins"

    def get_prep_lookup(self) -> str:
        return str(self.rhs)

    def as_sql(self, compiler: Any, connection: BaseDatabaseWrapper) -> tuple[str, tuple[str | int, ...]]:
        column, params = self.process_lhs(compiler, connection)
        # The operators that compare characters, whatever the language of the database.
        least, below = ("~>=~", "~<~") if connection.vendor == "postgresql" else (">=", "<")
        sql = f"({column} {least} %s AND {column} {below} %s)"
        return sql, (*params, str(self.rhs), *params, after_all(str(self.rhs)))


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


def find_patients(patients: "QuerySet[Patient]", text: str) -> "QuerySet[Patient]":
    """Those of these patients who have a word for each word typed. Nothing typed: all of them.

    Text without a letter or digit finds nobody. One extra query tells how to ask: rare words by
    their matches, a common one by walking the list in its order.
    """
    if not text.strip():
        return patients
    words = sorted(typed_words(text), key=len, reverse=True)
    if not words:
        return patients.none()
    rare = SearchWord.objects.filter(word__begins=words[0])
    if len(words) == 1 and rare.order_by().values("pk")[:FEW].count() == FEW:
        return patients.filter(*named(text, patient="pk"))
    for word in words:
        patients = patients.filter(pk__in=SearchWord.objects.filter(word__begins=word).values("patient"))
    return patients


def named(text: str, *, patient: str) -> Iterator[Exists]:
    """Conditions on rows that refer to a patient: there is a word for each word typed."""
    for word in typed_words(text):
        yield Exists(SearchWord.objects.filter(word__begins=word, patient=OuterRef(patient)))
