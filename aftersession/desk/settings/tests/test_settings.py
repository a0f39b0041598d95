# SPDX-License-Identifier: Apache-2.0
"""Owners set what papers say and what things cost; nobody else does, and nothing already made changes."""

from typing import Any

import pytest
from django.urls import reverse

from aftersession.catalog.actions import ServiceDetails
from aftersession.catalog.models import Service
from aftersession.catalog.queries import active_services, suggest
from aftersession.coverage.actions import PayerDetails
from aftersession.coverage.models import Payer
from aftersession.lib.changes import digest_of
from aftersession.practices.actions import PracticeDetails, PractitionerDetails
from aftersession.practices.models import Practice, Practitioner
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment
from tests.cast import Cast, cast, coming_appointment, other_cast, signed_in

__all__ = ["cast", "other_cast"]

OWNERS_ONLY = [
    ("practice_settings", ""),
    ("practitioner_list", ""),
    ("practitioner_edit", "provider"),
    ("service_list", ""),
    ("service_new", ""),
    ("service_edit", "service"),
    ("payer_list", ""),
    ("payer_new", ""),
    ("payer_edit", "payer"),
]


def address(route: str, cast: Cast, name: str) -> str:
    return reverse(f"desk:{route}", args=[getattr(cast, name).code] if name else [])


def practice_form(practice: Practice, **fields: Any) -> dict[str, Any]:
    said = {name: getattr(practice, name) or "" for name in PracticeDetails.names()}
    seen = digest_of(practice, PracticeDetails.names())
    return {**said, "prints_diagnosis": "", "key": "k1", "seen": seen, **fields}


def service_form(**fields: Any) -> dict[str, Any]:
    return {
        "key": "k1", "kind": "session", "name": "Assessment", "minutes": "90", "price": "1 800.00",
        "tax_treatment": "standard", "procedure_code": "86208", **fields,
    }  # fmt: skip


def price_change(service: Service, **fields: Any) -> dict[str, Any]:
    seen = digest_of(service, ServiceDetails.names())
    return service_form(name=service.name, minutes="50", seen=seen, **fields)


@pytest.mark.parametrize(("route", "name"), OWNERS_ONLY)
def test_the_practices_settings_are_for_its_owners(cast: Cast, route: str, name: str) -> None:
    assert signed_in(cast.owner).get(address(route, cast, name)).status_code == 200
    for member in (cast.practitioner, cast.front_desk, cast.biller):
        assert signed_in(member).get(address(route, cast, name)).status_code == 403


@pytest.mark.parametrize(("route", "name"), [each for each in OWNERS_ONLY if each[1]])
def test_another_practices_are_unknown(cast: Cast, other_cast: Cast, route: str, name: str) -> None:
    assert signed_in(cast.owner).get(address(route, other_cast, name)).status_code == 404
    assert signed_in(cast.owner).post(address(route, other_cast, name), service_form()).status_code == 404


def test_settings_lead_each_to_their_own(cast: Cast) -> None:
    assert signed_in(cast.owner).get(reverse("desk:settings")).headers["Location"].endswith("/practice/")
    assert signed_in(cast.biller).get(reverse("desk:settings")).headers["Location"].endswith("/you/")


def test_a_practice_says_something_else_from_now_on(cast: Cast) -> None:
    form = practice_form(
        cast.practice, support_email="ask@parker.example", phone="021 447 1111", undo_seconds="30"
    )
    assert signed_in(cast.owner).post(reverse("desk:practice_settings"), form).status_code == 302
    kept = Practice.objects.get(pk=cast.practice.pk)
    assert (kept.support_email, kept.phone, kept.undo_seconds) == ("ask@parker.example", "+27214471111", 30)


def test_what_books_stand_on_cannot_be_posted(cast: Cast, other_cast: Cast) -> None:
    form = practice_form(
        cast.practice, tagline="New", country="zz", currency="USD", locale="en", time_zone="UTC", code="mine",
        reference_key="XX", prices_include_tax="", default_template="other", id=str(other_cast.practice.pk),
    )  # fmt: skip
    signed_in(cast.owner).post(reverse("desk:practice_settings"), form)
    kept, before = Practice.objects.get(pk=cast.practice.pk), cast.practice
    assert kept.tagline == "New"
    for name in ("country", "currency", "locale", "time_zone", "code", "reference_key", "prices_include_tax"):
        assert getattr(kept, name) == getattr(before, name)
    assert Practice.objects.get(pk=other_cast.practice.pk).tagline == other_cast.practice.tagline


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "A\u202eB"),
        ("accent_colour", "red;} body{display:none"),
        ("accent_colour", "#12345g"),
        ("payment_days", "-1"),
        ("payment_days", "99999999999999999999"),
        ("undo_seconds", "301"),
        ("tax_number", "12"),
        ("tax_vendor_to", "2026-01-01"),
        ("tax_vendor_from", "2026-01-01"),
        ("practice_number", "12"),
        ("bank_account_number", "abc"),
        ("bank_branch", "12"),
        ("email", "a@example.com\r\nBcc: b@example.com"),
        ("seen", "outdated"),
    ],
)
def test_a_setting_that_cannot_be_right_is_refused(cast: Cast, field: str, value: str) -> None:
    form = practice_form(cast.practice, tagline="Typed before", **{field: value})
    response = signed_in(cast.owner).post(reverse("desk:practice_settings"), form)
    assert response.status_code == 422
    assert b"Typed before" in response.content
    assert Practice.objects.get(pk=cast.practice.pk).tagline == cast.practice.tagline


def test_markup_in_the_practices_name_is_shown_and_never_run(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    form = practice_form(cast.practice, name="<script>alert(1)</script>", tagline='"><svg onload=alert(1)>')
    assert browser.post(reverse("desk:practice_settings"), form).status_code == 302
    page = browser.get(reverse("desk:practice_settings")).content
    assert b"<script>alert" not in page
    assert b"<svg onload" not in page


def test_a_practitioner_gets_the_number_that_accounts_need(cast: Cast) -> None:
    said = {name: getattr(cast.provider, name) for name in PractitionerDetails.names()}
    seen = digest_of(cast.provider, PractitionerDetails.names())
    form = {**said, "registration_number": "PS 7654321", "key": "k1", "seen": seen, "is_active": ""}
    signed_in(cast.owner).post(address("practitioner_edit", cast, "provider"), form)
    kept = Practitioner.objects.for_practice(cast.practice).get(pk=cast.provider.pk)
    assert (kept.registration_number, kept.is_active) == ("PS 7654321", True)


def test_a_service_is_offered_from_now_on(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    for _ in range(2):
        assert browser.post(reverse("desk:service_new"), service_form()).status_code == 302
    service = Service.objects.for_practice(cast.practice).get(name="Assessment")
    assert (service.price_minor, service.currency, service.minutes) == (1_800_00, "ZAR", 90)


def test_a_new_price_does_not_reach_what_is_booked(cast: Cast) -> None:
    booked = coming_appointment(cast)
    form = price_change(cast.service, price="1 100")
    assert signed_in(cast.owner).post(address("service_edit", cast, "service"), form).status_code == 302
    assert Service.objects.for_practice(cast.practice).get(pk=cast.service.pk).price_minor == 1_100_00
    assert Appointment.objects.for_practice(cast.practice).get(pk=booked.pk).price_minor == 950_00


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("price", "-1"), ("price", "1e3"), ("price", "950.005"), ("price", "١٢٣"), ("price", "NaN"),
        ("price", "9" * 30), ("price", ""), ("name", ""), ("name", "individual THERAPY"), ("minutes", ""),
        ("minutes", "0"), ("kind", "gift"), ("tax_treatment", "none"),
    ],
)  # fmt: skip
def test_a_service_that_cannot_be_right_is_refused(cast: Cast, field: str, value: str) -> None:
    response = signed_in(cast.owner).post(reverse("desk:service_new"), service_form(**{field: value}))
    assert response.status_code == 422
    assert Service.objects.for_practice(cast.practice).count() == 2


def test_nobody_can_set_the_currency_or_owner_of_a_service(cast: Cast, other_cast: Cast) -> None:
    form = service_form(
        currency="USD", practice=str(other_cast.practice.pk), price_minor="1", code="mine", is_active=""
    )
    signed_in(cast.owner).post(reverse("desk:service_new"), form)
    service = Service.objects.for_practice(cast.practice).get(name="Assessment")
    assert (service.currency, service.price_minor, service.is_active) == ("ZAR", 1_800_00, True)
    assert service.code != "mine"


def test_a_retired_service_leaves_the_lists_and_can_come_back(cast: Cast) -> None:
    browser, place = signed_in(cast.owner), address("service_edit", cast, "service")
    browser.post(place, {"retire": "1", "key": "k1"})
    assert [each.name for each in active_services(cast.practice)] == ["Workbook"]
    assert b"No longer offered" in browser.get(reverse("desk:service_list")).content
    browser.post(place, {"offer": "1", "key": "k2"})
    assert len(active_services(cast.practice)) == 2


def test_the_catalogue_is_searched_by_name_and_code(cast: Cast) -> None:
    assert [each.name for each in suggest(cast.practice, "THÉRAPY indiv")] == ["Individual therapy"]
    assert [each.name for each in suggest(cast.practice, "862")] == ["Individual therapy"]
    assert suggest(cast.practice, "%") == []
    assert len(suggest(cast.practice, "")) == 2


def test_an_insurer_is_named_once_and_reached_at_its_address(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    form = {
        "key": "k1",
        "name": "Kestrel Health",
        "claims_email": "claims@kestrel.example",
        "is_active": "on",
    }
    assert browser.post(reverse("desk:payer_new"), form).status_code == 302
    assert browser.post(reverse("desk:payer_new"), {**form, "key": "k2"}).status_code == 422
    assert Payer.objects.for_practice(cast.practice).filter(name="Kestrel Health").count() == 1


def test_an_insurer_no_longer_in_use_is_no_choice_for_new_policies(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    seen = digest_of(cast.payer, PayerDetails.names())
    form = {"key": "k1", "seen": seen, "name": cast.payer.name, "claims_email": cast.payer.claims_email}
    assert browser.post(address("payer_edit", cast, "payer"), form).status_code == 302
    page = browser.get(reverse("desk:coverage_new", args=[cast.adult.code])).content
    assert cast.payer.code.encode() not in page
    page = browser.get(reverse("desk:coverage_edit", args=[cast.coverage.code])).content
    assert cast.payer.code.encode() in page


def test_everybody_chooses_colours_and_keys_for_themselves_alone(cast: Cast) -> None:
    browser = signed_in(cast.biller)
    form = {"theme": "dark", "email": "taken@example.com", "is_active": "", "role": "owner"}
    assert browser.post(reverse("desk:own_settings"), form).status_code == 302
    user = type(cast.biller.user).objects.get(pk=cast.biller.user.pk)
    assert (user.theme, user.has_shortcuts, user.is_active) == ("dark", False, True)
    assert user.email == cast.biller.user.email
    assert type(user).objects.get(pk=cast.owner.user.pk).has_shortcuts
    assert b'data-single-keys="off"' in browser.get(reverse("desk:own_settings")).content


@pytest.mark.parametrize("theme", ["", "neon", '" onload="x'])
def test_an_unknown_theme_is_refused(cast: Cast, theme: str) -> None:
    assert signed_in(cast.owner).post(reverse("desk:own_settings"), {"theme": theme}).status_code == 422


def test_practices_do_not_share_names_of_services(cast: Cast, other_cast: Cast) -> None:
    with practice_scope(other_cast.practice):
        assert suggest(other_cast.practice, "individual")[0].pk != cast.service.pk


@pytest.mark.parametrize(("typed", "kept"), [("500", 500_00), ("0", 0), ("", None), ("1 250.50", 1250_50)])
def test_owners_say_how_much_each_role_may_give_back(cast: Cast, typed: str, kept: int | None) -> None:
    form = practice_form(cast.practice, biller_refund_limit_minor=typed)
    assert signed_in(cast.owner).post("/settings/practice/", form).status_code == 302
    cast.practice.refresh_from_db()
    assert cast.practice.biller_refund_limit_minor == kept
    assert cast.practice.practitioner_refund_limit_minor is None


@pytest.mark.parametrize("typed", ["-1", "1e3", "NaN", "９", "0.005", "9" * 40])
def test_a_limit_that_is_no_amount_is_refused(cast: Cast, typed: str) -> None:
    form = practice_form(cast.practice, biller_refund_limit_minor=typed)
    answer = signed_in(cast.owner).post("/settings/practice/", form)
    assert answer.status_code == 422 and Practice.objects.get().biller_refund_limit_minor is None
