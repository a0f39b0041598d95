# SPDX-License-Identifier: Apache-2.0
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from aftersession.catalog.code_search import CodeHit, search_codes
from aftersession.catalog.code_tables import CodeEntry, replace_codes
from aftersession.catalog.models import CodeTable


def codes(hits: list[CodeHit]) -> list[str]:
    return [hit.code for hit in hits]


def shown(hit: CodeHit) -> str:
    """The title with its marks as brackets."""
    title = hit.title
    for start, end in reversed(hit.marks):
        title = f"{title[:start]}[{title[start:end]}]{title[end:]}"
    return title


@pytest.mark.parametrize("query", ["F32.1", "f32.1", "F321", " f32.1* ", "F 32.1"])
def test_a_code_is_found_in_any_writing(table: CodeTable, query: str) -> None:
    assert codes(search_codes(table, query)) == ["F32.1"]


def test_the_beginning_of_a_code_lists_what_is_below_it(table: CodeTable) -> None:
    hits = search_codes(table, "f3")
    assert codes(hits) == ["F32", "F32.0", "F32.1"]
    assert hits[1].code_marks == ((0, 2),)


def test_an_incomplete_code_is_found_and_says_what_to_take(table: CodeTable) -> None:
    [hit] = [hit for hit in search_codes(table, "F32") if not hit.is_specific]
    assert (hit.code, hit.children) == ("F32", ("F32.0", "F32.1"))


def test_an_incomplete_code_comes_after_the_specific_ones(table: CodeTable) -> None:
    assert codes(search_codes(table, "depressive"))[-1] == "F32"


def test_a_longer_code_of_another_edition_leads_to_the_nearest(table: CodeTable) -> None:
    assert codes(search_codes(table, "F43.21")) == ["F43.2"]


@pytest.mark.parametrize("query", ["moderate depressive", "depr mod", "EPISODE moder", "f32 moderate"])
def test_words_are_found_in_any_order_by_their_beginnings(table: CodeTable, query: str) -> None:
    assert codes(search_codes(table, query)) == ["F32.1"]


@pytest.mark.parametrize(
    "query", ["anxeity", "anxity", "anxietty", "generalised anxiety", "anxiaty disordre"]
)
def test_a_slip_of_the_finger_finds_it_all_the_same(table: CodeTable, query: str) -> None:
    assert codes(search_codes(table, query)) == ["F41.1"]


def test_a_word_of_the_same_stem_is_found(table: CodeTable) -> None:
    assert "F32.0" in codes(search_codes(table, "depression"))


def test_an_abbreviation_is_spelt_out(table: CodeTable) -> None:
    assert codes(search_codes(table, "GAD")) == ["F41.1"]


@pytest.mark.parametrize(
    ("query", "marked"),
    [
        ("dep mod", "[Mod]erate [dep]ressive episode"),
        ("muller cafe", "Trouble with a partner: [Müller's] [café]"),
        ("müllers", "Trouble with a partner: [Müller's] café"),
    ],
)
def test_what_matched_is_marked_also_under_accents(table: CodeTable, query: str, marked: str) -> None:
    assert shown(search_codes(table, query)[0]) == marked


def test_codes_the_practice_uses_come_first(table: CodeTable) -> None:
    hits = search_codes(table, "depressive", used={"F32.1": 7})
    assert (hits[0].code, hits[0].used) == ("F32.1", 7)


def test_a_retired_code_is_found_and_said_to_be_retired(table: CodeTable) -> None:
    [hit] = search_codes(table, "retired mind", on=date(2026, 3, 10))
    assert not hit.is_current
    [hit] = search_codes(table, "retired mind", on=date(2019, 1, 1))
    assert hit.is_current


@pytest.mark.parametrize(
    "query",
    [
        "",
        "   ",
        "%",
        "_",
        '"',
        "*",
        '"*',
        "NEAR(",
        "a AND OR NOT",
        "^",
        "'; DROP TABLE x; --",
        "\x00",
        "(((((a+)+)+",
        ":*",
        "&|!",
    ],
)
def test_any_text_is_a_query(table: CodeTable, query: str) -> None:
    assert isinstance(search_codes(table, query), list)


@pytest.mark.parametrize("query", ["%", "_", '"*', "", "\x00"])
def test_signs_without_letters_find_nothing(table: CodeTable, query: str) -> None:
    assert search_codes(table, query) == []


@pytest.mark.parametrize(
    "query", ["a" * 10_000, "depressive " * 1_000, "a b c d e f g h i j k l", "日本語" * 3_000]
)
def test_a_long_query_costs_no_more_than_a_short_one(table: CodeTable, query: str) -> None:
    search_codes(table, "x")
    with CaptureQueriesContext(connection) as queries:
        search_codes(table, query)
    assert len(queries) <= 6


@pytest.mark.parametrize(("limit", "count"), [(0, 0), (-1, 0), (2, 2), (10**9, 3)])
def test_the_number_of_hits_is_limited(table: CodeTable, limit: int, count: int) -> None:
    assert len(search_codes(table, "depressive", limit)) == count


def test_a_search_stays_in_its_table(table: CodeTable) -> None:
    other = replace_codes([CodeEntry("X99.9", "Depressive ghost")], system="other", title="Other")
    assert "X99.9" not in codes(search_codes(table, "depressive"))
    assert codes(search_codes(other, "depressive")) == ["X99.9"]
    assert search_codes(other, "F32") == []


def test_a_table_loaded_again_is_searched_anew(table: CodeTable) -> None:
    search_codes(table, "depressive")
    table = replace_codes([CodeEntry("X99.9", "Depressive ghost")], system="icd-10", title="New")
    assert codes(search_codes(table, "depressive")) == ["X99.9"]
