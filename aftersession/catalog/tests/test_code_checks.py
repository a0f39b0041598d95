# SPDX-License-Identifier: Apache-2.0
from datetime import date
from typing import Any

import pytest

from aftersession.catalog.code_checks import RULES, Check, Level, check_codes, has_errors
from aftersession.catalog.models import CodeTable
from aftersession.countries.registry import profile

STRICT = profile("za").diagnosis_rules


def check(table: CodeTable | None, *codes: str, **changes: Any) -> list[Check]:
    known: dict[str, Any] = {
        "service_on": date(2026, 3, 10),
        "patient_birth_on": date(1990, 1, 1),
        "patient_sex": "female",
        "rules": STRICT,
    }
    return check_codes(codes, table, **known | changes)


def errors(checks: list[Check]) -> list[tuple[str, str]]:
    return [(found.rule, found.code) for found in checks if found.level is Level.ERROR]


@pytest.mark.parametrize(
    "codes", [["M54.5"], ["F41.1", "Z63.0"], ["f32.1"], ["F432"], ["Z00.0"], ["E10.4†", "G63.2*"]]
)
def test_good_codes_pass_every_rule(table: CodeTable, codes: list[str]) -> None:
    checks = check(table, *codes)
    assert {found.level for found in checks} == {Level.OK}
    assert [found.rule for found in checks] == list(RULES)


@pytest.mark.parametrize(
    ("codes", "rule", "code"),
    [
        (["F33.1"], "R101", "F33.1"),
        (["F43.21"], "R101", "F43.21"),
        (["R45.9"], "R101", "R45.9"),
        (["G63.2", "E10.4"], "R102", "G63.2"),
        (["W01.09"], "R102", "W01.09"),
        (["Z00"], "R103", "Z00"),
        ([], "R104", ""),
        ([" "], "R104", ""),
        (["F41.1", "F33.1"], "R105", "F33.1"),
        (["F41.1", "R45.9"], "R105", "R45.9"),
        (["F41.1", "F32"], "R106", "F32"),
        (["S72.0", "W01"], "R106", "W01"),
        (["F41.1", "G63.2"], "R107", "G63.2"),
        (["G63.2", "E10.4"], "R107", "G63.2"),
        (["F41.1", "F53.0"], "R108a", "F53.0"),
        (["N40"], "R108b", "N40"),
        (["F32.A"], "R110", "F32.A"),
        (["S72.001A"], "R110", "S72.001A"),
        (["anxiety"], "R110", "anxiety"),
        (["S72.0"], "R111", "S72.0"),
        (["S72.0", "F41.1"], "R111", "S72.0"),
    ],
)
def test_each_rule_finds_its_fault(table: CodeTable, codes: list[str], rule: str, code: str) -> None:
    checks = check(table, *codes, patient_birth_on=date(2020, 1, 1))
    assert (rule, code) in errors(checks)
    assert has_errors(checks)


def test_a_fault_says_what_is_wrong_and_what_to_do(table: CodeTable) -> None:
    [fault] = [found for found in check(table, "F32") if found.rule == "R103"]
    assert (fault.message, fault.fix) == ("F32 is not specific enough.", "Choose one of F32.0, F32.1.")


def test_an_injury_with_its_cause_passes(table: CodeTable) -> None:
    assert errors(check(table, "S72.0", "W01.09")) == []


def test_an_incomplete_cause_alone_is_told_both_faults(table: CodeTable) -> None:
    assert {rule for rule, _ in errors(check(table, "W01"))} == {"R102", "R103"}


def test_a_code_of_another_edition_gives_one_fault_only(table: CodeTable) -> None:
    assert errors(check(table, "F32.A")) == [("R110", "F32.A")]


def test_a_retired_code_was_right_in_its_time(table: CodeTable) -> None:
    assert errors(check(table, "R45.9", service_on=date(2019, 12, 31))) == []


def test_withholding_the_diagnosis_is_allowed_with_a_warning(table: CodeTable) -> None:
    checks = check(table, "U98.0")
    assert errors(checks) == []
    assert [found.code for found in checks if found.level is Level.WARNING] == ["U98.0"]


@pytest.mark.parametrize(
    ("born_on", "fits"),
    [
        (date(2014, 3, 10), True),
        (date(2014, 3, 11), False),
        (date(1970, 3, 11), True),
        (date(1970, 3, 10), False),
    ],
)
def test_age_counts_whole_years_on_the_day_of_service(table: CodeTable, born_on: date, fits: bool) -> None:
    assert (errors(check(table, "F53.0", patient_birth_on=born_on)) == []) is fits


@pytest.mark.parametrize(
    ("changes", "rule"), [({"patient_birth_on": None}, "R108a"), ({"patient_sex": ""}, "R108b")]
)
def test_what_is_not_known_of_the_client_is_not_checked(
    table: CodeTable, changes: dict[str, Any], rule: str
) -> None:
    [found] = [found for found in check(table, "F53.0", **changes) if found.rule == rule]
    assert found.level is Level.NOT_CHECKED


def test_a_table_without_facts_says_what_it_did_not_check(bare_table: CodeTable) -> None:
    levels = {found.rule: found.level for found in check(bare_table, "F41.1", "Z63.0")}
    made = {"R101", "R103", "R104", "R105", "R110"}
    assert {rule for rule, level in levels.items() if level is Level.OK} == made
    assert {level for rule, level in levels.items() if rule not in made} == {Level.NOT_CHECKED}


@pytest.mark.parametrize(
    ("codes", "rule"),
    [(["F33.1"], "R101"), (["F32"], "R103"), (["M54.5", "F33.1"], "R105"), (["F32.A"], "R110")],
)
def test_a_table_without_facts_still_finds_what_it_can(
    bare_table: CodeTable, codes: list[str], rule: str
) -> None:
    assert [found for found, _ in errors(check(bare_table, *codes))] == [rule]


def test_without_a_table_only_form_and_presence_are_checked() -> None:
    levels = {found.rule: found.level for found in check(None, "F41.1")}
    assert {rule for rule, level in levels.items() if level is Level.OK} == {"R104", "R110"}


def test_a_country_without_rules_does_not_ask_for_codes(table: CodeTable) -> None:
    assert errors(check(table, rules=profile("zz").diagnosis_rules)) == []
    assert errors(check(table, "S72.0", rules=profile("zz").diagnosis_rules)) == []


@pytest.mark.parametrize("code", ["'; DROP TABLE", "F" * 10_000, "%", "\x00", "F41.1\n", "Ｆ41.1"])
def test_any_text_can_be_checked(table: CodeTable, code: str) -> None:
    assert check(table, code)
