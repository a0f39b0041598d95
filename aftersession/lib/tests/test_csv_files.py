# SPDX-License-Identifier: Apache-2.0
"""What is exported opens as a table and runs nothing."""

import csv
import io
from datetime import date

import pytest

from aftersession.lib.csv_files import Cell, write_csv
from aftersession.lib.money import Money


def written(*cells: Cell) -> str:
    return write_csv(["A"], [cells]).decode("utf-8-sig").split("\r\n")[1]


@pytest.mark.parametrize(
    "text",
    [
        "=1+1", "+27 82", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\x00=1", "＝1+1", "＋1", "－1", "＠A1",
        "  =1", "'=1", '"=1', "\u200b=1", "\tplain",
    ],
)  # fmt: skip
def test_a_formula_is_text(text: str) -> None:
    assert written(text).startswith("\"'")


@pytest.mark.parametrize("text", ["Naledi", "O'Brien", "R 950.00", "a=b", "3 - 2", ""])
def test_an_ordinary_text_stays_as_it_is(text: str) -> None:
    assert written(text) == f'"{text}"'


def test_a_separator_or_a_quote_opens_no_new_cell() -> None:
    rows = list(csv.reader(io.StringIO(written('a",=1+1', "b;=2", "c\r\n=3"))))
    assert rows == [['a",=1+1', "b;=2", "c  =3"]]


def test_amounts_are_numbers_also_below_nothing() -> None:
    assert written(Money(-450_00, "ZAR"), Money(5, "ZAR"), Money(-7, "JPY"), -3) == "-450.00,0.05,-7,-3"
    assert written(Money(123_456_789_01, "ZAR"), Money(10**13, "KWD")) == "123456789.01,10000000000.000"


def test_days_are_iso_days_and_nothing_is_empty() -> None:
    assert written(date(2026, 3, 1), None) == '"2026-03-01",""'


def test_the_file_says_that_it_is_utf_8() -> None:
    assert write_csv(["Größe"], []) == '\ufeff"Größe"\r\n'.encode()
