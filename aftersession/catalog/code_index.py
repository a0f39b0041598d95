# SPDX-License-Identifier: Apache-2.0
"""The word index over codes, in the language of each database. Migration 0002 makes it.

SQLite keeps a full-text table beside the codes, PostgreSQL an index over word arrays. Both are given
words already folded by `code_text`, so that the two find the same.
"""

from collections.abc import Sequence
from typing import Final

from django.db import connection

from aftersession.catalog.models.codes import DiagnosisCode

_FIELDS: Final = ", ".join(f'c."{field.column}"' for field in DiagnosisCode._meta.concrete_fields)

_SQLITE: Final = f"""
    SELECT {_FIELDS} FROM catalog_code_words w JOIN catalog_diagnosiscode c ON c.id = w.rowid
    WHERE catalog_code_words MATCH %s ORDER BY w.rowid LIMIT %s
"""  # noqa: S608  column names of our own model

_POSTGRESQL: Final = f"""
    SELECT {_FIELDS} FROM catalog_diagnosiscode c
    WHERE array_to_tsvector(string_to_array(c.search_text, ' ')) @@ %s::tsquery ORDER BY c.id LIMIT %s
"""  # noqa: S608  column names of our own model


def rows_with_words(scope: str, alternatives: Sequence[Sequence[str]], limit: int) -> list[DiagnosisCode]:
    """The first codes that hold the word `scope` and, for each entry, a word that begins with one of its texts.

    Only letters and digits may stand in them: what `words_of` returns.
    """
    if connection.vendor == "sqlite":
        groups = [" OR ".join(f'"{word}"*' for word in words) for words in alternatives]
        asked = " AND ".join([f'"{scope}"', *(f"({group})" for group in groups)])
        return list(DiagnosisCode.objects.raw(_SQLITE, [asked, limit]))
    groups = [" | ".join(f"'{word}':*" for word in words) for words in alternatives]
    asked = " & ".join([f"'{scope}'", *(f"({group})" for group in groups)])
    return list(DiagnosisCode.objects.raw(_POSTGRESQL, [asked, limit]))


def starts_with(key: str) -> dict[str, str]:
    """Conditions for codes that begin with these capitals and digits, in a form both databases take from an index."""
    # LIKE would not use the index: Django escapes it on SQLite, and PostgreSQL sorts by language.
    return {"code_key__gte": key, "code_key__lte": key + "Z" * 8}


def settle() -> None:
    """Tidy the index after a load, so that the first search is as fast as the next."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("INSERT INTO catalog_code_words(catalog_code_words) VALUES ('optimize')")
        else:
            cursor.execute("ANALYZE catalog_diagnosiscode")
