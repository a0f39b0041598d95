# SPDX-License-Identifier: Apache-2.0
from collections.abc import Callable

import pytest

from aftersession.countries.registry import profile
from aftersession.lib import money

ZA = profile("za")


@pytest.mark.parametrize(
    "typed",
    [
        "082 123 4567",
        "+27 82 123 4567",
        "+27 (0)82 123-4567",
        "0027821234567",
        "+270821234567",
        "(082) 123.4567",
    ],
)
def test_a_phone_number_is_kept_in_one_form(typed: str) -> None:
    assert ZA.clean_phone(typed) == "+27821234567"


def test_a_phone_number_is_shown_as_people_dial_it() -> None:
    assert ZA.format_phone("+27821234567") == "082 123 4567"
    assert ZA.format_phone("+442079460000") == "+442079460000"


def test_a_foreign_phone_number_is_taken_with_its_country_code() -> None:
    assert ZA.clean_phone("+44 20 7946 0000") == "+442079460000"


@pytest.mark.parametrize("typed", ["8001015009087", "800101 5009 087"])
def test_an_id_number_is_checked(typed: str) -> None:
    assert ZA.clean_national_id(typed) == "8001015009087"


def test_an_id_number_of_a_leap_day_passes() -> None:
    assert ZA.clean_national_id("0002295009084") == "0002295009084"


def test_a_passport_number_is_taken() -> None:
    assert ZA.clean_national_id("m 00123456") == "M00123456"


@pytest.mark.parametrize("typed", ["086 000 0451", "0860000451"])
def test_a_practice_number_keeps_its_leading_zero(typed: str) -> None:
    assert ZA.clean_practice_number(typed) == "0860000451"
    assert ZA.format_practice_number("0860000451") == "086 000 0451"


def test_dependant_zero_and_no_dependant_code_are_different_things() -> None:
    assert (ZA.clean_dependant_code("0"), ZA.clean_dependant_code("00"), ZA.clean_dependant_code(" ")) == (
        "00",
        "00",
        "",
    )


@pytest.mark.parametrize(
    ("clean", "typed"),
    [
        (ZA.clean_phone, "12345"),
        (ZA.clean_phone, "082 123 45678"),
        (ZA.clean_phone, "०८२१२३४५६७"),
        (ZA.clean_national_id, "8001015009088"),
        (ZA.clean_national_id, "8013015009087"),
        (ZA.clean_national_id, "80010150090"),
        (ZA.clean_practice_number, "86000"),
        (ZA.clean_tax_number, "5123456789"),
        (ZA.clean_dependant_code, "123"),
        (ZA.clean_branch_code, "12345"),
        (ZA.clean_account_number, "12-34"),
        (ZA.clean_postal_code, "80011"),
        (ZA.clean_member_number, "12'34"),
    ],
)
def test_what_cannot_be_right_is_refused_with_a_sentence(clean: Callable[[str], str], typed: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        clean(typed)


@pytest.mark.parametrize(
    "clean",
    [
        ZA.clean_phone,
        ZA.clean_national_id,
        ZA.clean_practice_number,
        ZA.clean_tax_number,
        ZA.clean_branch_code,
    ],
)
def test_nothing_typed_stays_nothing(clean: Callable[[str], str]) -> None:
    assert clean("  ") == ""


def test_amounts_are_written_with_a_blank_and_a_point() -> None:
    assert money.format_money(money.Money(1_250_000_50, "ZAR"), ZA.locale) == "R\u00a01\u00a0250\u00a0000.50"


def test_an_address_leaves_out_what_is_empty() -> None:
    parts = {
        "line1": "12 Molteno Road",
        "line2": "",
        "suburb": "Oranjezicht",
        "city": "Cape Town",
        "postal_code": "8001",
    }
    assert ZA.address_lines(parts) == ["12 Molteno Road", "Oranjezicht", "Cape Town", "8001"]
