# SPDX-License-Identifier: Apache-2.0
"""Tables as CSV files that a spreadsheet opens without running anything that stands in them."""

import csv
import io
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from aftersession.lib.money import Money, minor_digits

Cell = str | int | date | Money | None

# What a spreadsheet may take for the beginning of a formula, in any width of letters.
FORMULA_SIGNS = "=+-@"
BYTE_ORDER_MARK = "\ufeff"


def write_csv(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """A table as UTF-8 with a byte order mark: every text quoted, numbers and amounts bare.

    A text that a spreadsheet would calculate gets an apostrophe before it; amounts are numbers with a point
    ("-450.00"), so that they can be added up, and days are ISO days.
    """
    file = io.StringIO(newline="")
    # Numbers are passed as numbers: whatever is text is quoted, so no separator in it opens a new cell.
    writer = csv.writer(file, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow([clean_cell(title) for title in header])
    for row in rows:
        writer.writerow([_cell(each) for each in row])
    return (BYTE_ORDER_MARK + file.getvalue()).encode("utf-8", "replace")


def clean_cell(text: str) -> str:
    """A text as a cell may hold it: on one line, and no formula."""
    flat = "".join(" " if _is_control(char) else char for char in text)
    # Fullwidth signs count like plain ones, and blanks or quotes before them hide nothing.
    seen = unicodedata.normalize("NFKC", flat).lstrip(" '\"\u200b\u200c\u200d\u2060\ufeff")
    starts = text[:1] in ("\t", "\r", "\n", "\0") or seen[:1] in tuple(FORMULA_SIGNS)
    return "'" + flat if starts else flat


def _cell(value: Cell) -> str | int | Decimal:
    if isinstance(value, Money):
        # Exact, with all its decimals, and a number to the writer.
        return Decimal(value.minor).scaleb(-minor_digits(value.currency))
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return value
    return clean_cell(value or "")


def _is_control(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Zl", "Zp")
