# SPDX-License-Identifier: Apache-2.0
"""The arithmetic against an oracle of fractions: no cent is made or lost, whatever is billed."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersession.billing.pricing import (
    NO_TAX,
    Discount,
    DiscountKind,
    LineInput,
    Priced,
    TaxTerms,
    price_invoice,
)
from aftersession.catalog.models import TaxTreatment
from aftersession.lib.errors import BadInput
from aftersession.lib.money import MAX_MINOR

INCLUDED = TaxTerms(15_00, "vat", is_included=True)
ADDED = TaxTerms(15_00, "vat", is_included=False)

percent = st.builds(Discount, st.just(DiscountKind.PERCENT), st.integers(0, 100_00))
lines = st.lists(
    st.builds(
        LineInput,
        st.just("Session"),
        st.integers(0, 10**7),
        st.integers(1, 40),
        st.sampled_from(TaxTreatment.values),
        discount=st.none() | percent,
    ),
    min_size=1,
    max_size=12,
)
terms = st.builds(TaxTerms, st.integers(0, 30_00), st.sampled_from(["", "vat"]), st.booleans())


def rounded(value: Fraction) -> int:
    """Half up, as paper and pencil do it."""
    return int(value + Fraction(1, 2))


def own_amounts(priced: Priced) -> list[int]:
    return [line.after_own_discount_minor for line in priced.lines]


@settings(max_examples=400)
@given(lines, st.none() | percent, terms)
def test_tax_is_rounded_once_a_rate_and_shared_out_exactly(
    given_lines: list[LineInput], discount: Discount | None, tax: TaxTerms
) -> None:
    priced = price_invoice(given_lines, discount, tax)
    for total in priced.taxes:
        at_rate = [line for line in priced.lines if line.tax_rate_bp == total.rate_bp]
        billed = sum(line.after_own_discount_minor - line.invoice_discount_minor for line in at_rate)
        rate = Fraction(total.rate_bp, 10_000)
        expected = Fraction(billed) * rate / (1 + rate) if tax.is_included else Fraction(billed) * rate
        assert total.tax_minor == rounded(expected) == sum(line.tax_minor for line in at_rate)
        # Within a cent of its exact part, each line.
        for line in at_rate:
            amount = line.after_own_discount_minor - line.invoice_discount_minor
            exact = expected * amount / billed if billed else Fraction(0)
            assert abs(line.tax_minor - exact) < 2


@settings(max_examples=400)
@given(lines, st.none() | percent, terms)
def test_discounts_and_tax_partition_the_total(
    given_lines: list[LineInput], discount: Discount | None, tax: TaxTerms
) -> None:
    priced = price_invoice(given_lines, discount, tax)
    assert sum(line.invoice_discount_minor for line in priced.lines) == priced.discount_minor
    billed = sum(own_amounts(priced)) - priced.discount_minor
    assert priced.total_minor == billed + (0 if tax.is_included else priced.tax_minor)
    assert sum(each.net_minor + each.tax_minor for each in priced.taxes) == priced.total_minor
    assert all(line.net_minor >= 0 and line.tax_minor >= 0 for line in priced.lines)


@settings(max_examples=200)
@given(lines, st.integers(0, 100_00))
def test_percentages_are_half_up_of_what_they_are_taken_from(
    given_lines: list[LineInput], hundredths: int
) -> None:
    priced = price_invoice(given_lines, Discount(DiscountKind.PERCENT, hundredths), NO_TAX)
    assert priced.discount_minor == rounded(Fraction(sum(own_amounts(priced)) * hundredths, 10_000))
    for line in priced.lines:
        if line.given.discount:
            exact = Fraction(line.full_minor * line.given.discount.value, 10_000)
            assert line.discount_minor == rounded(exact)


@settings(max_examples=200)
@given(lines, st.integers(0, 10**9))
def test_a_fixed_discount_comes_off_whole_or_is_refused(given_lines: list[LineInput], value: int) -> None:
    discount = Discount(DiscountKind.FIXED, value)
    whole = sum(own_amounts(price_invoice(given_lines, None, NO_TAX)))
    if value > whole:
        with pytest.raises(BadInput) as refused:
            price_invoice(given_lines, discount, NO_TAX)
        assert refused.value.field == "discount_value"
    else:
        assert price_invoice(given_lines, discount, NO_TAX).total_minor == whole - value


@pytest.mark.parametrize(
    ("tax", "net", "tax_minor", "total"),
    [
        (NO_TAX, 950_00, 0, 950_00),
        (INCLUDED, 826_09, 123_91, 950_00),
        (ADDED, 950_00, 142_50, 1_092_50),
    ],
)
def test_one_session_with_and_without_tax(tax: TaxTerms, net: int, tax_minor: int, total: int) -> None:
    priced = price_invoice([LineInput("Session", 950_00)], None, tax)
    assert (priced.net_minor, priced.tax_minor, priced.total_minor) == (net, tax_minor, total)


def test_ties_go_to_the_earlier_line() -> None:
    priced = price_invoice(
        [LineInput("A", 100), LineInput("B", 100)], Discount(DiscountKind.FIXED, 1), NO_TAX
    )
    assert [line.invoice_discount_minor for line in priced.lines] == [1, 0]


def test_a_line_is_not_discounted_past_nothing() -> None:
    line = LineInput("Session", 950_00, discount=Discount(DiscountKind.FIXED, 950_01))
    with pytest.raises(BadInput) as refused:
        price_invoice([LineInput("Other", 1), line], None, NO_TAX)
    assert refused.value.field == "lines-1-discount_value"


@pytest.mark.parametrize("given_lines", [[], [LineInput("Session", MAX_MINOR, 2)]])
def test_nothing_and_too_much_are_refused(given_lines: list[LineInput]) -> None:
    with pytest.raises(BadInput):
        price_invoice(given_lines, None, NO_TAX)
