# SPDX-License-Identifier: Apache-2.0
"""Policies are written down as on the card, with a word about what an account would lack."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftersession.coverage.actions import CoverageDetails
from aftersession.coverage.models import Coverage, Payer
from aftersession.coverage.queries import valid_coverage
from aftersession.lib.changes import digest_of
from aftersession.practices.tenancy import practice_scope
from tests.cast import Cast, cast, make_cast, other_cast, signed_in

__all__ = ["cast", "other_cast"]


def card(cast: Cast, **fields: Any) -> dict[str, Any]:
    return {
        "key": "k1",
        "payer": cast.payer.code,
        "member_number": "00 1234 5678",
        "dependant_code": "1",
        "relationship": "self",
        **fields,
    }


def as_shown(coverage: Coverage, **fields: Any) -> dict[str, Any]:
    said = {name: getattr(coverage, name) or "" for name in CoverageDetails.names()}
    seen = digest_of(coverage, CoverageDetails.names())
    return {**said, "payer": coverage.payer.code, "key": "k1", "seen": seen, **fields}


def add(browser: Client, cast: Cast, **fields: Any) -> Any:
    return browser.post(reverse("desk:coverage_new", args=[cast.adult.code]), card(cast, **fields))


def kept(cast: Cast) -> list[Coverage]:
    return list(
        Coverage.objects.for_practice(cast.practice).filter(patient=cast.adult).select_related("payer")
    )


def test_it_is_kept_as_on_the_card_and_the_client_stands_for_the_main_member(cast: Cast) -> None:
    assert add(signed_in(cast.front_desk), cast).status_code == 302
    (coverage,) = kept(cast)
    assert (coverage.member_number, coverage.dependant_code) == ("0012345678", "01")
    assert (coverage.principal_family_name, coverage.principal_initials) == ("Mokoena", "N")


def test_sent_twice_it_is_one_policy(cast: Cast) -> None:
    browser = signed_in(cast.front_desk)
    add(browser, cast)
    add(browser, cast)
    assert len(kept(cast)) == 1


def test_what_an_account_will_lack_is_said_at_once(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    response = browser.post(
        reverse("desk:coverage_new", args=[cast.adult.code]),
        card(cast, relationship="child", dependant_code=""),
        follow=True,
    )
    assert b"main member&#x27;s surname is missing" in response.content
    page = browser.get(reverse("desk:coverage_edit", args=[kept(cast)[0].code])).content
    assert b"The dependant code is missing" in page


def test_a_new_insurer_comes_into_being_by_its_name_once(cast: Cast) -> None:
    browser = signed_in(cast.front_desk)
    add(browser, cast, payer="", new_payer="Kestrel Health")
    add(browser, cast, payer="", new_payer="KESTREL health", key="k2")
    assert Payer.objects.for_practice(cast.practice).filter(name__iexact="kestrel health").count() == 1
    assert [each.payer.name for each in kept(cast)] == ["Kestrel Health", "Kestrel Health"]


@pytest.mark.parametrize(
    "fields",
    [
        {"payer": ""},
        {"new_payer": "Another"},
        {"member_number": ""},
        {"member_number": "<b>1</b>"},
        {"dependant_code": "123"},
        {"relationship": "owner"},
        {"valid_from": "2026-02-01", "valid_to": "2026-01-01"},
        {"principal_id_number": "9001015009080"},
    ],
)
def test_a_card_that_cannot_be_right_is_refused_and_kept_on_the_page(
    cast: Cast, fields: dict[str, str]
) -> None:
    response = add(signed_in(cast.owner), cast, plan="Classic Saver", **fields)
    assert response.status_code == 422
    assert b"Classic Saver" in response.content
    assert kept(cast) == []


def test_another_practices_insurer_is_no_choice(cast: Cast, other_cast: Cast) -> None:
    assert add(signed_in(cast.owner), cast, payer=other_cast.payer.code).status_code == 422


def test_another_practices_policy_is_unknown(cast: Cast, other_cast: Cast) -> None:
    address = reverse("desk:coverage_edit", args=[other_cast.coverage.code])
    browser = signed_in(cast.owner)
    assert browser.get(address).status_code == 404
    assert browser.post(address, {"end": "1", "key": "k1"}).status_code == 404
    assert Coverage.objects.for_practice(other_cast.practice).get(pk=other_cast.coverage.pk).is_active


def test_a_policy_cannot_be_moved_to_somebody_else(cast: Cast, other_cast: Cast) -> None:
    address = reverse("desk:coverage_edit", args=[cast.coverage.code])
    form = as_shown(
        cast.coverage, plan="Executive", patient=str(cast.adult.pk), patient_id=str(cast.adult.pk),
        practice=str(other_cast.practice.pk), code="mine", is_active="", priority="0",
    )  # fmt: skip
    assert signed_in(cast.owner).post(address, form).status_code == 302
    coverage = Coverage.objects.for_practice(cast.practice).get(pk=cast.coverage.pk)
    assert (coverage.plan, coverage.patient_id, coverage.is_active) == ("Executive", cast.insured.pk, True)
    assert (coverage.code, coverage.priority) == (cast.coverage.code, 1)


def test_two_people_at_once_do_not_overwrite_each_other(cast: Cast) -> None:
    address, browser = reverse("desk:coverage_edit", args=[cast.coverage.code]), signed_in(cast.owner)
    first, second = as_shown(cast.coverage, plan="A"), as_shown(cast.coverage, plan="B", key="k2")
    assert browser.post(address, first).status_code == 302
    assert browser.post(address, second).status_code == 422


def test_an_ended_policy_is_billed_no_more(cast: Cast) -> None:
    browser = signed_in(cast.biller)
    browser.post(reverse("desk:coverage_edit", args=[cast.coverage.code]), {"end": "1", "key": "k1"})
    with practice_scope(cast.practice):
        assert valid_coverage(cast.insured, date(2026, 3, 11)) is None


@pytest.mark.parametrize(
    ("day", "is_valid"),
    [((2026, 1, 31), False), ((2026, 2, 1), True), ((2026, 3, 31), True), ((2026, 4, 1), False)],
)
def test_a_policy_is_billed_within_its_days(cast: Cast, day: tuple[int, int, int], is_valid: bool) -> None:
    with practice_scope(cast.practice):
        days = {"valid_from": date(2026, 2, 1), "valid_to": date(2026, 3, 31)}
        Coverage.objects.filter(pk=cast.coverage.pk).update(**days)
        assert (valid_coverage(cast.insured, date(*day)) is not None) is is_valid


@pytest.mark.parametrize("path", ["/appointments/abc/completion/", "/clients/?q=a"])
def test_one_goes_back_to_where_it_was_missing(cast: Cast, path: str) -> None:
    assert add(signed_in(cast.owner), cast, next=path).headers["Location"] == path


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "/a\r\nSet-Cookie: x=1",
        "evil",
    ],
)
def test_one_never_goes_to_another_place(cast: Cast, path: str) -> None:
    response = add(signed_in(cast.owner), cast, next=path)
    assert response.headers["Location"] == reverse("desk:patient_detail", args=[cast.adult.code])


def test_a_country_without_dependant_codes_asks_for_none(db: None) -> None:
    elsewhere = make_cast(country="zz", practice_number="", phone="")
    response = signed_in(elsewhere.owner).get(reverse("desk:coverage_new", args=[elsewhere.adult.code]))
    assert b"dependant_code" not in response.content
    assert b"Insurer" in response.content
