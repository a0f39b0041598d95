# SPDX-License-Identifier: Apache-2.0
"""Which code table a practice works with, and putting one in place."""

from __future__ import annotations

import string
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django.db import connection, transaction

from aftersession.catalog.code_text import code_key, words_of, written_code
from aftersession.catalog.models.codes import CodeTable, DiagnosisCode
from aftersession.lib import clock
from aftersession.lib.codes import new_code

if TYPE_CHECKING:
    from aftersession.practices.models import Practice

BATCH: Final = 2000
DIGITS_AND_LETTERS: Final = string.digits + string.ascii_uppercase


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """One code to load; None where its source does not say."""

    code: str
    title: str
    valid_primary: bool | None = None
    complete: bool | None = None
    asterisk: bool | None = None
    dagger: bool | None = None
    sex: str = ""
    age_from: int | None = None
    age_to: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None


def code_table_for(practice: Practice, system: str) -> CodeTable | None:
    """The practice's own table of a system, else the installation's, else None."""
    tables = CodeTable.objects.filter(system=system)
    return tables.filter(practice=practice).first() or tables.filter(practice=None).first()


def find_codes(table: CodeTable, codes: Iterable[str]) -> dict[str, DiagnosisCode]:
    """The table's rows for codes in any writing, by their printed form; those it has not are absent."""
    keys = {code_key(code) for code in codes}
    return {row.code: row for row in DiagnosisCode.objects.filter(table=table, code_key__in=keys)}


def children_of(table: CodeTable, rows: Sequence[DiagnosisCode]) -> dict[str, tuple[str, ...]]:
    """The codes one step below each of these, by the printed form of the code above; one query."""
    if not rows:
        return {}
    steps = [row.code_key + step for row in rows for step in DIGITS_AND_LETTERS]
    found = DiagnosisCode.objects.filter(table=table, code_key__in=steps)
    children: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for code in found.order_by("code_key").values_list("code", flat=True):
        children[written_code(code_key(code)[:-1])] += (code,)
    return dict(children)


@transaction.atomic
def replace_codes(
    entries: Sequence[CodeEntry],
    *,
    system: str,
    title: str,
    version: str = "",
    flags: Sequence[str] = (),
    practice: Practice | None = None,
) -> CodeTable:
    """Put these codes in the place of the table's present ones, all or none. Safe to repeat.

    The codes must be unique. Readers see the old table until the new one is whole.
    """
    described = {
        "title": title,
        "version": version,
        "has_flags": list(flags),
        "entry_count": len(entries),
        "loaded_at": clock.now(),
        "edition": new_code(),
    }
    table, _ = CodeTable.objects.update_or_create(practice=practice, system=system, defaults=described)
    table.codes.all().delete()
    DiagnosisCode.objects.bulk_create(_rows(table, entries), batch_size=BATCH)
    if connection.vendor == "postgresql":
        # Until it has counted the new rows it reads all of them where the index would do.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE catalog_diagnosiscode")
    return table


def _rows(table: CodeTable, entries: Sequence[CodeEntry]) -> list[DiagnosisCode]:
    keys = sorted(code_key(entry.code) for entry in entries)
    parents = {one for one, next_one in pairwise(keys) if next_one.startswith(one)}
    rows = [_row(table, entry, is_leaf=code_key(entry.code) not in parents) for entry in entries]
    rows.sort(key=lambda row: (not row.is_specific, len(row.title), row.code_key))
    for rank, row in enumerate(rows):
        row.rank = rank
    return rows


def _row(table: CodeTable, entry: CodeEntry, *, is_leaf: bool) -> DiagnosisCode:
    key = code_key(entry.code)
    return DiagnosisCode(
        table=table,
        code=written_code(key),
        code_key=key,
        title=entry.title,
        words=" ".join(words_of(entry.title)),
        is_leaf=is_leaf,
        valid_primary=entry.valid_primary,
        complete=entry.complete,
        asterisk=entry.asterisk,
        dagger=entry.dagger,
        sex=entry.sex,
        age_from=entry.age_from,
        age_to=entry.age_to,
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
    )
