# SPDX-License-Identifier: Apache-2.0
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersession.lib.references import (
    ALPHABET,
    MAX_LENGTH,
    MAX_NUMBER,
    find_references,
    new_prefix,
    new_reference,
    normalise,
)

seeds = st.text(min_size=1, max_size=20)
numbers = st.integers(min_value=1, max_value=MAX_NUMBER)


def test_a_reference_is_short_and_plain() -> None:
    assert re.fullmatch(r"[A-Z]\d[A-Z]\d-0123[A-Z0-9]", new_reference("practice-1", 123))


def test_a_practice_keeps_the_prefix_it_was_given() -> None:
    assert new_reference("K7Q3", 123).startswith("K7Q3-0123")


@given(seeds)
def test_a_prefix_made_from_a_seed_is_taken_as_it_is(seed: str) -> None:
    assert new_reference(new_prefix(seed), 7) == new_reference(seed, 7)


@given(seeds, numbers)
def test_it_fits_every_bank_and_is_always_the_same(seed: str, number: int) -> None:
    reference = new_reference(seed, number)
    assert len(reference) <= MAX_LENGTH
    assert reference == new_reference(seed, number)
    assert not set(reference) & set("ILOSU")


@given(seeds, numbers, numbers)
def test_two_invoices_never_share_one(seed: str, one: int, other: int) -> None:
    assert (new_reference(seed, one) == new_reference(seed, other)) == (one == other)


@given(seeds, numbers, st.integers(0, 11), st.sampled_from(ALPHABET))
def test_a_single_wrong_character_is_noticed(seed: str, number: int, place: int, char: str) -> None:
    bare = new_reference(seed, number).replace("-", "")
    place %= len(bare)
    wrong = bare[:place] + char + bare[place + 1 :]
    assert wrong == bare or normalise(wrong) is None


@given(seeds, numbers, st.integers(0, 10))
def test_two_characters_that_changed_places_are_noticed(seed: str, number: int, place: int) -> None:
    bare = new_reference(seed, number).replace("-", "")
    place %= len(bare) - 1
    wrong = bare[:place] + bare[place + 1] + bare[place] + bare[place + 2 :]
    assert wrong == bare or normalise(wrong) is None


@given(seeds, numbers)
def test_it_is_read_however_it_is_written(seed: str, number: int) -> None:
    reference = new_reference(seed, number)
    looks_like = str.maketrans("015", "oLs")
    for written in (
        reference.lower(),
        reference.replace("-", ""),
        " ".join(reference),
        reference.translate(looks_like),
    ):
        assert normalise(written) == reference


@given(
    seeds,
    numbers,
    st.sampled_from(["IBANK PAYMENT FROM {}", "ACB CREDIT {} NALEDI", "{}MAGTAPE", "PAYSHAP/{}/2026-03-10"]),
)
def test_it_is_found_anywhere_in_a_bank_line(seed: str, number: int, line: str) -> None:
    reference = new_reference(seed, number)
    assert reference in find_references(line.format(reference))
    assert reference in find_references(line.format(reference.replace("-", " ").lower()))


def test_two_references_in_one_line_are_both_found() -> None:
    one, other = new_reference("a", 12), new_reference("a", 13)
    assert find_references(f"{one} and {other}") == [one, other]


@pytest.mark.parametrize(
    "text", ["", "   ", "CASH DEPOSIT", "0123456789012", "é" * 10_000, "NALEDI DLAMINI 10 MARCH 2026"]
)
def test_text_without_a_reference_has_none(text: str) -> None:
    assert find_references(text) == []
    assert normalise(text) is None


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    for reference in find_references(text):
        assert normalise(reference) == reference


@pytest.mark.parametrize("number", [0, -1, MAX_NUMBER + 1])
def test_a_number_that_does_not_fit_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="cannot be put"):
        new_reference("a", number)
