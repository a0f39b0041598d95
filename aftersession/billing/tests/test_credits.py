# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of taking back: tax right, never more than was billed, and nothing lost on the way."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersession.billing.credits import (
    Credited,
    Left,
    credit_all,
    credit_amount,
    credit_lines,
    over_shares,
)
from aftersession.billing.models import Invoice, InvoiceLine, InvoiceShare
from aftersession.billing.pricing import LineInput, TaxTerms, price_invoice
from aftersession.lib.errors import AmountTooLarge, BadInput

LOCALE = "en_ZA"
VAT = TaxTerms(1500, "vat-15", True)


def left_of(*prices: int, tax: TaxTerms = VAT) -> list[Left]:
    """Lines at these prices, nothing credited yet."""
    priced = price_invoice([LineInput("Session", price) for price in prices], None, tax)
    invoice = Invoice(currency="ZAR", prices_include_tax=tax.is_included)
    return [
        Left(
            InvoiceLine(
                invoice=invoice,
                position=position,
                tax_rate_bp=line.tax_rate_bp,
                net_minor=line.net_minor,
                tax_minor=line.tax_minor,
                gross_minor=line.gross_minor,
            ),
            line.net_minor,
            line.tax_minor,
        )
        for position, line in enumerate(priced.lines, 1)
    ]


def less(left: Sequence[Left], credited: Sequence[Credited]) -> list[Left]:
    """What is left after a credit."""
    taken = {each.line.position: each for each in credited}
    return [
        Left(each.line, each.net_minor - taken[each.line.position].net_minor,
             each.tax_minor - taken[each.line.position].tax_minor)
        if each.line.position in taken
        else each
        for each in left
    ]  # fmt: skip


def test_a_reduction_of_170_in_1250_holds_22_17_of_tax() -> None:
    (credited,) = credit_amount(left_of(1250_00), 170_00, LOCALE)
    assert (credited.net_minor, credited.tax_minor) == (147_83, 22_17)


def test_all_of_it_is_exactly_what_was_billed() -> None:
    left = left_of(950_00, 120_00, 33_33)
    credited = credit_all(left)
    assert sum(each.gross_minor for each in credited) == 1103_33
    assert sum(each.tax_minor for each in credited) == 143_91


def test_a_line_takes_no_more_than_is_left_of_it() -> None:
    left = left_of(950_00, 120_00)
    with pytest.raises(AmountTooLarge) as refusal:
        credit_lines(left, {2: 120_01}, LOCALE)
    assert refusal.value.field == "line_2"
    left = less(left, credit_lines(left, {2: 100_00}, LOCALE))
    with pytest.raises(AmountTooLarge, match="20.00"):
        credit_lines(left, {2: 20_01}, LOCALE)


@pytest.mark.parametrize("amount", [0, -1])
def test_nothing_is_no_credit(amount: int) -> None:
    with pytest.raises(BadInput):
        credit_amount(left_of(950_00), amount, LOCALE)
    with pytest.raises(BadInput):
        credit_lines(left_of(950_00), {1: amount}, LOCALE)


def test_it_falls_on_the_debtors_by_what_each_was_to_pay() -> None:
    shares = [InvoiceShare(amount_minor=700_00), InvoiceShare(amount_minor=250_00, transferred_minor=50_00)]
    assert [minor for _share, minor in over_shares(shares, 100_00)] == [70_00, 30_00]


@given(
    prices=st.lists(st.integers(1, 2_000_00), min_size=1, max_size=4),
    steps=st.lists(st.integers(1, 1_000_00), max_size=6),
    is_included=st.booleans(),
)
def test_credits_in_any_steps_come_to_the_invoice_and_never_past_it(
    prices: list[int], steps: list[int], is_included: bool
) -> None:
    left = start = left_of(*prices, tax=TaxTerms(1500, "vat-15", is_included))
    parts: list[Credited] = []
    for step in steps:
        if step <= sum(each.gross_minor for each in left):
            credited = credit_amount(left, step, LOCALE)
            assert sum(each.gross_minor for each in credited) == step
            left, parts = less(left, credited), [*parts, *credited]
            assert all(each.net_minor >= 0 and each.tax_minor >= 0 for each in left)
    parts += credit_all(left)
    assert sum(each.tax_minor for each in parts) == sum(each.tax_minor for each in start)
    assert sum(each.net_minor for each in parts) == sum(each.net_minor for each in start)
