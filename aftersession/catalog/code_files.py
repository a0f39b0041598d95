# SPDX-License-Identifier: Apache-2.0
"""Read a code table from a file in our open format: comma, semicolon or tab separated text with a heading.

Columns: code and title; and any of valid_primary, complete, asterisk, dagger (yes or no), sex
(female or male), age_from and age_to (whole years, both included), from and to (days, both included).
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from aftersession.catalog.code_tables import CodeEntry
from aftersession.catalog.code_text import code_key, written_code
from aftersession.lib.text import clean_name

MAX_BYTES: Final = 100_000_000
MAX_PROBLEMS: Final = 20

REQUIRED: Final = ("code", "title")
YES_OR_NO: Final = ("valid_primary", "complete", "asterisk", "dagger")
COLUMNS: Final = (*REQUIRED, *YES_OR_NO, "sex", "age_from", "age_to", "from", "to")
# A table that marks asterisk codes says by an empty cell that this one is none.
NO_WHEN_EMPTY: Final = ("asterisk", "dagger")

_ANSWERS: Final = {
    **dict.fromkeys(("y", "yes", "true", "t", "1", "x"), True),
    **dict.fromkeys(("n", "no", "false", "f", "0"), False),
}
_SEXES: Final = {"": "", "f": "female", "female": "female", "m": "male", "male": "male"}
_CODE: Final = re.compile(r"[A-Z][0-9][0-9A-Z]{1,6}")


class UnreadableFile(Exception):
    """A file that was refused whole; `problems` are sentences with row numbers."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class CodeFile:
    """What a good file holds; `flags` names the facts it gives for at least one code."""

    entries: list[CodeEntry]
    flags: list[str]


def read_codes(content: bytes) -> CodeFile:
    """All codes of a file, or UnreadableFile with every bad row up to twenty."""
    if len(content) > MAX_BYTES:
        raise UnreadableFile(["The file is too large for a code table."])
    text = _decoded(content).lstrip("\r\n")
    heading, _, _ = text.partition("\n")
    delimiter = max(",;\t", key=heading.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        columns = _columns(next(rows, []))
        entries = _entries(rows, columns)
    except csv.Error as error:
        raise UnreadableFile([f"Row {rows.line_num}: this is not separated text ({error})."]) from error
    return CodeFile(entries, _flags(entries, columns))


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    else:
        # Excel saves in the old Western code page unless told otherwise.
        encodings = ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableFile(["The file's characters cannot be read. Save it as UTF-8 text."])


def _columns(heading: list[str]) -> list[str]:
    columns = [name.strip().lower().replace(" ", "_") for name in heading]
    problems = [f"Row 1: the column {name} is missing." for name in REQUIRED if name not in columns]
    problems += [f"Row 1: the column {name} is not known." for name in columns if name not in COLUMNS]
    problems += [f"Row 1: the column {name} stands twice." for name in COLUMNS if columns.count(name) > 1]
    if problems:
        raise UnreadableFile([*problems, f"Known columns: {', '.join(COLUMNS)}."])
    return columns


def _entries(rows: Iterable[list[str]], columns: list[str]) -> list[CodeEntry]:
    entries: list[CodeEntry] = []
    problems: list[str] = []
    row_of: dict[str, int] = {}
    for number, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        try:
            entry = _entry(cells, columns)
            first = row_of.setdefault(entry.code, number)
            if first != number:
                raise ValueError(f"{entry.code} stands in row {first} already")
            entries.append(entry)
        except ValueError as error:
            problems.append(f"Row {number}: {error}.")
        if len(problems) == MAX_PROBLEMS:
            problems.append("There may be more; these were the first.")
            break
    if problems or not entries:
        raise UnreadableFile(problems or ["The file has no codes in it."])
    return entries


def _entry(cells: list[str], columns: list[str]) -> CodeEntry:
    if len(cells) > len(columns) and any(cell.strip() for cell in cells[len(columns) :]):
        raise ValueError(f"it has {len(cells)} cells, and the heading {len(columns)}")
    values = {name: cell.strip() for name, cell in zip(columns, cells, strict=False)}
    age_from, age_to = _age(values, "age_from"), _age(values, "age_to")
    valid_from, valid_to = _day(values, "from"), _day(values, "to")
    if age_from is not None and age_to is not None and age_to < age_from:
        raise ValueError("age_to is below age_from")
    if valid_from is not None and valid_to is not None and valid_to < valid_from:
        raise ValueError("to is before from")
    sex = values.get("sex", "").lower()
    if sex not in _SEXES:
        raise ValueError(f"sex must be female, male or empty, not {sex!r}")
    return CodeEntry(
        code=_code(values["code"]),
        title=_title(values.get("title", "")),
        sex=_SEXES[sex],
        age_from=age_from,
        age_to=age_to,
        valid_from=valid_from,
        valid_to=valid_to,
        **{name: _answer(values, name) for name in YES_OR_NO},
    )


def _code(text: str) -> str:
    key = code_key(text)
    if not _CODE.fullmatch(key) or key != text.upper().replace(".", "").strip("*+†"):
        raise ValueError(f"{text!r} is not a code")
    return written_code(key)


def _title(text: str) -> str:
    title = clean_name(text, 400)
    if not title:
        raise ValueError("the title is missing")
    return title


def _answer(values: Mapping[str, str], name: str) -> bool | None:
    text = values.get(name, "").lower()
    if not text:
        return False if name in values and name in NO_WHEN_EMPTY else None
    if text not in _ANSWERS:
        raise ValueError(f"{name} must be yes, no or empty, not {text!r}")
    return _ANSWERS[text]


def _age(values: Mapping[str, str], name: str) -> int | None:
    text = values.get(name, "")
    if not text:
        return None
    if not re.fullmatch(r"\d{1,3}", text, re.ASCII) or int(text) > 150:
        raise ValueError(f"{name} must be whole years, not {text!r}")
    return int(text)


def _day(values: Mapping[str, str], name: str) -> date | None:
    text = values.get(name, "").replace("/", "-")
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{name} must be a day like 2026-03-10, not {text!r}") from None


def _flags(entries: list[CodeEntry], columns: list[str]) -> list[str]:
    flags = [name for name in YES_OR_NO if any(getattr(entry, name) is not None for entry in entries)]
    if any(entry.sex for entry in entries):
        flags.append("sex")
    if any(entry.age_from is not None or entry.age_to is not None for entry in entries):
        flags.append("age")
    if any(entry.valid_from or entry.valid_to for entry in entries):
        flags.append("dates")
    return flags
