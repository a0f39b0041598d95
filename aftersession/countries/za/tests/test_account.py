# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from aftersession.countries.facts import AccountFacts, AccountLine
from aftersession.countries.registry import profile

ZA = profile("za")
LINE = AccountLine(
    description="Individual therapy, 50 minutes",
    procedure_code="86205",
    service_on=date(2026, 3, 10),
    amount_minor=950_00,
    diagnoses=("F41.1",),
)
COMPLETE = AccountFacts(
    principal_surname="Dlamini",
    principal_initials="N",
    patient_surname="Dlamini",
    patient_first_names="Thabo",
    payer_name="Umhlaba Health",
    member_number="014882317",
    dependant_code="00",
    practice_number="0860000451",
    is_group_practice=True,
    practitioner_name="Dr Ayesha Parker",
    practitioner_registration_number="PS0123456",
    lines=(LINE,),
)


def without(name: str) -> AccountFacts:
    changes: dict[str, Any] = {name: ""}
    return replace(COMPLETE, **changes)


def test_a_complete_account_misses_nothing() -> None:
    assert ZA.account_requirements(COMPLETE) == []


@pytest.mark.parametrize(
    ("absent", "field"),
    [
        ("principal_surname", "coverage.principal_surname"),
        ("principal_initials", "coverage.principal_initials"),
        ("patient_surname", "patient.surname"),
        ("patient_first_names", "patient.first_names"),
        ("payer_name", "coverage.payer_name"),
        ("member_number", "coverage.member_number"),
        ("practitioner_name", "practitioner.name"),
        ("practitioner_registration_number", "practitioner.registration_number"),
    ],
)
def test_each_item_of_the_regulation_is_named_when_it_is_missing(absent: str, field: str) -> None:
    [missing] = ZA.account_requirements(without(absent))
    assert (missing.field, missing.is_blocking) == (field, True)
    assert missing.sentence
    assert missing.fix


@pytest.mark.parametrize("absent", ["practice_number", "dependant_code"])
def test_what_only_makes_refusal_likely_is_a_warning(absent: str) -> None:
    [missing] = ZA.account_requirements(without(absent))
    assert not missing.is_blocking


@pytest.mark.parametrize(
    ("absent", "field"),
    [
        ({"service_on": None}, "line.service_on"),
        ({"description": ""}, "line.description"),
        ({"procedure_code": " "}, "line.procedure_code"),
        ({"amount_minor": None}, "line.amount"),
        ({"diagnoses": ()}, "line.diagnoses"),
    ],
)
def test_each_line_is_checked_and_named_by_its_number(absent: dict[str, Any], field: str) -> None:
    [missing] = ZA.account_requirements(replace(COMPLETE, lines=(LINE, replace(LINE, **absent))))
    assert (missing.field, missing.line, missing.owner) == (field, 2, "line")


def test_an_account_without_a_service_is_no_account() -> None:
    [missing] = ZA.account_requirements(replace(COMPLETE, lines=()))
    assert missing.is_blocking


def test_a_free_line_has_an_amount_too() -> None:
    assert ZA.account_requirements(replace(COMPLETE, lines=(replace(LINE, amount_minor=0),))) == []


def test_a_solo_practice_need_not_name_the_practitioner_apart() -> None:
    assert ZA.account_requirements(replace(COMPLETE, is_group_practice=False, practitioner_name="")) == []


def test_an_empty_account_says_everything_at_once() -> None:
    assert len(ZA.account_requirements(AccountFacts())) == 10
