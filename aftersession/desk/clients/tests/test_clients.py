# SPDX-License-Identifier: Apache-2.0
"""Clients are written down, found and changed, by those who may, and by nobody twice."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftersession.audit.models import AuditEvent
from aftersession.lib.changes import digest_of
from aftersession.patients.actions import PatientDetails
from aftersession.patients.models import Patient
from aftersession.practices.tenancy import practice_scope
from aftersession.workflows.finalise import Step
from tests.billing import complete
from tests.cast import Cast, cast, coming_appointment, make_patient, other_cast, signed_in
from tests.fixtures.database import QueryCount

__all__ = ["cast", "other_cast"]


def new_client(**fields: Any) -> dict[str, Any]:
    return {"key": "k1", "given_names": "Zanele", "family_name": "Khumalo", "sex": "unknown", **fields}


def as_shown(patient: Patient, **fields: Any) -> dict[str, Any]:
    """The form of a client as the page shows it, with some fields changed."""
    said = {name: getattr(patient, name) or "" for name in PatientDetails.names()}
    usual = patient.usual_practitioner
    return {
        **said,
        "usual_practitioner": usual.code if usual else "",
        "prints_diagnosis": "",
        "key": "k1",
        "seen": digest_of(patient, PatientDetails.names()),
        **fields,
    }


def found(client: Client, text: str) -> list[str]:
    response = client.get(reverse("desk:patient_list"), {"q": text})
    assert response.status_code == 200
    return [each.given_names for each, _phone in response.context["rows"]]


def test_a_new_client_needs_only_a_name(cast: Cast) -> None:
    response = signed_in(cast.front_desk).post(reverse("desk:patient_new"), new_client(), follow=True)
    assert b"Zanele Khumalo is on file." in response.content
    assert b"owes nothing" in response.content


def test_a_clients_page_asks_as_much_for_a_long_history_as_for_a_short_one(
    cast: Cast, query_count: QueryCount
) -> None:
    browser, page, counts = signed_in(cast.owner), reverse("desk:patient_detail", args=[cast.adult.code]), []
    for sessions in (2, 5):
        with practice_scope(cast.practice):
            for _ in range(sessions):
                complete(cast, Step.SEND)
        browser.get(page)
        with query_count() as queries:
            browser.get(page)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 30


def test_a_new_client_sent_twice_is_one_client(cast: Cast) -> None:
    browser = signed_in(cast.front_desk)
    for _ in range(2):
        assert browser.post(reverse("desk:patient_new"), new_client()).status_code == 302
    assert Patient.objects.for_practice(cast.practice).filter(given_names="Zanele").count() == 1


def test_a_minor_is_taken_in_and_the_responsible_person_asked_for(cast: Cast) -> None:
    response = signed_in(cast.owner).post(
        reverse("desk:patient_new"), new_client(born_on="2015-01-31"), follow=True
    )
    assert response.redirect_chain[-1][0].endswith("/responsible-person/")
    assert b"Under 18" in response.content


def test_a_responsible_person_is_written_down_with_the_client(cast: Cast) -> None:
    person = {"responsible-given_names": "Thandi", "responsible-email": "thandi@example.com"}
    signed_in(cast.owner).post(reverse("desk:patient_new"), new_client(born_on="2015-01-31", **person))
    patient = Patient.objects.for_practice(cast.practice).get(given_names="Zanele")
    assert patient.guarantor is not None
    assert patient.guarantor.email == "thandi@example.com"


def test_half_a_responsible_person_is_refused_and_everything_typed_is_kept(cast: Cast) -> None:
    response = signed_in(cast.owner).post(
        reverse("desk:patient_new"), new_client(**{"responsible-email": "thandi@example.com"})
    )
    assert response.status_code == 422
    assert b"Zanele" in response.content
    assert b"thandi@example.com" in response.content


def test_a_practitioner_keeps_sight_of_the_client_they_write_down(cast: Cast) -> None:
    browser = signed_in(cast.practitioner)
    browser.post(reverse("desk:patient_new"), new_client(usual_practitioner=""))
    assert found(browser, "khumalo") == ["Zanele"]


@pytest.mark.parametrize(
    "typed", ["naledi", "MOKO", "mokoena nal", "Nálèdi", "naledi@exa", "082 123 4567", "+27 82 123", "0821"]
)
def test_a_client_is_found_by_what_any_word_begins_with(cast: Cast, typed: str) -> None:
    assert found(signed_in(cast.front_desk), typed) == ["Naledi"]


@pytest.mark.parametrize(
    "typed", ["%", "_", "*", '"', "';--", "\\", "NEAR(", "o'c%", "a\x00b", "ledi", "x" * 10_000]
)
def test_nothing_typed_is_a_pattern(cast: Cast, typed: str) -> None:
    assert found(signed_in(cast.front_desk), typed) == []


@pytest.mark.parametrize("typed", ["O'Connor", "oconnor", "o’con", "connor", "Cele", "cele-b", "botha"])
def test_names_in_parts_are_found_by_each_part(cast: Cast, typed: str) -> None:
    make_patient(cast.practice, "Kirsten", "O'Connor Cele-Botha")
    assert found(signed_in(cast.front_desk), typed) == ["Kirsten"]


def test_a_changed_name_is_found_and_the_old_one_is_not(cast: Cast) -> None:
    browser = signed_in(cast.front_desk)
    form = as_shown(cast.adult, family_name="Naidoo")
    assert browser.post(reverse("desk:patient_edit", args=[cast.adult.code]), form).status_code == 302
    assert found(browser, "naidoo") == ["Naledi"]
    assert found(browser, "mokoena") == []


def test_the_list_goes_by_family_name_whatever_its_capitals(cast: Cast) -> None:
    make_patient(cast.practice, "Pieter", "van der Merwe")
    make_patient(cast.practice, "Žofia", "Ábel")
    names = found(signed_in(cast.owner), "")
    assert names == ["Žofia", "Fatima", "Naledi", "Karabo", "Pieter"]


def test_pages_follow_each_other_without_gap_or_repeat(cast: Cast) -> None:
    for number in range(60):
        make_patient(cast.practice, "Same", "Name" if number % 2 else f"Name{number}")
    browser, seen, query = signed_in(cast.owner), [], ""
    while True:
        response = browser.get(reverse("desk:patient_list") + query)
        seen += [each.code for each, _phone in response.context["rows"]]
        if not response.context["links"]["next"]:
            break
        query = "?" + response.context["links"]["next"].partition("?")[2]
    assert len(seen) == len(set(seen)) == 63
    back = browser.get(response.context["links"]["previous"])
    assert [each.code for each, _phone in back.context["rows"]] == seen[
        -len(response.context["rows"]) - 25 : -len(response.context["rows"])
    ]


@pytest.mark.parametrize(
    "query", ["after=none", "before=%00", "after=' OR 1=1", "page=-1&sort=user__password", "after=a&after=b"]
)
def test_an_unknown_page_is_the_first(cast: Cast, query: str) -> None:
    response = signed_in(cast.owner).get(reverse("desk:patient_list") + "?" + query)
    assert len(response.context["rows"]) == 3


def test_two_people_at_once_never_overwrite_each_other_unseen(cast: Cast) -> None:
    address = reverse("desk:patient_edit", args=[cast.adult.code])
    first, second = as_shown(cast.adult, phone="0839876543"), as_shown(cast.adult, known_as="Ledi", key="k2")
    assert signed_in(cast.owner).post(address, first).status_code == 302
    refused = signed_in(cast.front_desk).post(address, second)
    assert refused.status_code == 422
    assert b"Somebody else has changed this" in refused.content
    assert b"Ledi" in refused.content
    kept = Patient.objects.for_practice(cast.practice).get(pk=cast.adult.pk)
    assert (kept.phone, kept.known_as) == ("+27839876543", "")


def test_the_log_names_the_fields_and_none_of_their_contents(cast: Cast) -> None:
    form = as_shown(cast.adult, email="new@example.com", id_number="")
    signed_in(cast.owner).post(reverse("desk:patient_edit", args=[cast.adult.code]), form)
    event = AuditEvent.objects.for_practice(cast.practice).get(action="patient.changed")
    assert event.data == {"fields": ["email"]}


def test_what_is_posted_beside_the_form_changes_nothing(cast: Cast, other_cast: Cast) -> None:
    foreign = {
        "practice": str(other_cast.practice.pk), "practice_id": str(other_cast.practice.pk), "code": "mine",
        "id": "1", "pk": "1", "guarantor": str(cast.minor.guarantor_id), "payment_type": "insurance",
        "sort_name": "zzz", "created_at": "2001-01-01", "role": "owner",
    }  # fmt: skip
    form = as_shown(cast.adult, phone="0839876543", **foreign)
    signed_in(cast.owner).post(reverse("desk:patient_edit", args=[cast.adult.code]), form)
    with practice_scope(cast.practice):
        kept = Patient.objects.get(pk=cast.adult.pk)
    assert kept.phone == "+27839876543"
    assert (kept.practice_id, kept.code, kept.guarantor_id) == (cast.practice.pk, cast.adult.code, None)
    assert (kept.payment_type, kept.sort_name) == (cast.adult.payment_type, "mokoena naledi")


def test_a_practitioner_of_another_practice_is_no_choice(cast: Cast, other_cast: Cast) -> None:
    form = as_shown(cast.adult, usual_practitioner=other_cast.provider.code)
    response = signed_in(cast.owner).post(reverse("desk:patient_edit", args=[cast.adult.code]), form)
    assert response.status_code == 422


@pytest.mark.parametrize(
    "route", ["patient_detail", "patient_edit", "patient_guarantor", "patient_diagnoses", "coverage_new"]
)
@pytest.mark.parametrize("code", ["", "none", "-1", str(2**63)])
def test_another_practices_client_is_as_unknown_as_nobody(
    cast: Cast, other_cast: Cast, route: str, code: str
) -> None:
    address = reverse(f"desk:{route}", args=[code or other_cast.adult.code])
    browser = signed_in(cast.owner)
    assert browser.get(address).status_code == 404
    assert browser.post(address, new_client()).status_code == (405 if route == "patient_detail" else 404)


def test_a_colleagues_client_is_not_to_be_seen_until_they_come(cast: Cast) -> None:
    stranger = make_patient(cast.practice, "Sizwe", "Dube", usual_practitioner=cast.owner_provider)
    browser = signed_in(cast.practitioner)
    assert browser.get(reverse("desk:patient_detail", args=[stranger.code])).status_code == 404
    assert found(browser, "dube") == []


def test_a_practitioner_sees_whoever_has_an_appointment_with_them(cast: Cast) -> None:
    guest = make_patient(cast.practice, "Sizwe", "Dube", usual_practitioner=cast.owner_provider)
    coming_appointment(cast, patient=guest)
    coming_appointment(cast, patient=guest)
    browser = signed_in(cast.practitioner)
    assert browser.get(reverse("desk:patient_detail", args=[guest.code])).status_code == 200
    assert found(browser, "dube") == ["Sizwe"]


def test_the_combobox_offers_own_clients_only(cast: Cast, other_cast: Cast) -> None:
    response = signed_in(cast.owner).get(reverse("desk:patient_suggest"), {"q": "moko"})
    assert cast.adult.code.encode() in response.content
    assert other_cast.adult.code.encode() not in response.content


def test_the_empty_list_says_how_to_begin(cast: Cast) -> None:
    response = signed_in(cast.owner).get(reverse("desk:patient_list"), {"q": "nobody at all"})
    assert b"Nobody fits" in response.content


@pytest.mark.parametrize(
    ("who", "sentence"),
    [
        ("adult", "<b>Naledi Mokoena</b> owes nothing."),
        ("minor", "Nothing is owed for <b>Karabo Sithole</b>."),
    ],
)
def test_the_page_opens_with_what_is_owed(cast: Cast, who: str, sentence: str) -> None:
    page = signed_in(cast.owner).get(reverse("desk:patient_detail", args=[getattr(cast, who).code]))
    assert sentence in page.content.decode()
