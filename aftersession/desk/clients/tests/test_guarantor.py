# SPDX-License-Identifier: Apache-2.0
"""Who gets the bills: written down, changed for everybody they answer for, and taken away."""

from typing import Any

from django.urls import reverse

from aftersession.lib.changes import digest_of
from aftersession.messaging.actions import Letter, queue_letters
from aftersession.messaging.models import Message, MessageState
from aftersession.patients.actions import GuarantorDetails
from aftersession.patients.models import Guarantor, Patient
from aftersession.practices.tenancy import practice_scope
from tests.cast import Cast, cast, other_cast, signed_in

__all__ = ["cast", "other_cast"]


def person(guarantor: Guarantor | None = None, **fields: Any) -> dict[str, Any]:
    said = {name: getattr(guarantor, name) for name in GuarantorDetails.names()} if guarantor else {}
    seen = digest_of(guarantor, GuarantorDetails.names()) if guarantor else ""
    return {**said, "given_names": "Thandi", "key": "k1", "seen": seen, **fields}


def address(patient: Patient) -> str:
    return reverse("desk:patient_guarantor", args=[patient.code])


def letter_to(recipient: str, to: str) -> Letter:
    return Letter("invoice", "d1", "Somebody", to, recipient, "Invoice", "Text", "invoice", "x", "", "en")


def test_a_responsible_person_gets_the_bills_from_now_on(cast: Cast) -> None:
    response = signed_in(cast.front_desk).post(
        address(cast.adult), person(email="thandi@example.com"), follow=True
    )
    assert b"Thandi" in response.content
    kept = Patient.objects.for_practice(cast.practice).select_related("guarantor").get(pk=cast.adult.pk)
    assert kept.guarantor is not None
    assert kept.guarantor.email == "thandi@example.com"


def test_two_people_who_add_somebody_at_once_do_not_overwrite_each_other(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    assert browser.post(address(cast.adult), person()).status_code == 302
    assert browser.post(address(cast.adult), person(given_names="Vusi", key="k2")).status_code == 422
    assert Guarantor.objects.for_practice(cast.practice).filter(given_names="Vusi").count() == 0


def test_a_minors_responsible_person_cannot_be_taken_away(cast: Cast) -> None:
    response = signed_in(cast.owner).post(address(cast.minor), {"remove": "1", "key": "k1"})
    assert response.status_code == 422
    assert Patient.objects.for_practice(cast.practice).get(pk=cast.minor.pk).guarantor_id is not None


def test_a_grown_up_can_answer_alone_again(cast: Cast) -> None:
    browser = signed_in(cast.owner)
    browser.post(address(cast.adult), person())
    assert browser.post(address(cast.adult), {"remove": "1", "key": "k2"}).status_code == 302
    assert Patient.objects.for_practice(cast.practice).get(pk=cast.adult.pk).guarantor_id is None


def test_letters_wait_for_a_look_when_the_address_changes(cast: Cast) -> None:
    guarantor = cast.minor.guarantor
    assert guarantor is not None
    with practice_scope(cast.practice):
        queue_letters([letter_to(guarantor.ref, "thabo@example.com")], actor=cast.owner)
    form = person(guarantor, email="new@example.com")
    response = signed_in(cast.owner).post(address(cast.minor), form, follow=True)
    assert b"1 waiting message is held" in response.content
    assert Message.objects.for_practice(cast.practice).get().state == MessageState.HELD


def test_another_practices_letters_are_left_alone(cast: Cast, other_cast: Cast) -> None:
    with practice_scope(other_cast.practice):
        queue_letters([letter_to(cast.adult.ref, "naledi@example.com")], actor=other_cast.owner)
    signed_in(cast.owner).post(address(cast.adult), person())
    assert Message.objects.for_practice(other_cast.practice).get().state == MessageState.WAITING


def test_a_minor_without_one_is_told_of_on_the_profile(cast: Cast) -> None:
    with practice_scope(cast.practice):
        Patient.objects.filter(pk=cast.minor.pk).update(guarantor=None)
    response = signed_in(cast.owner).get(reverse("desk:patient_detail", args=[cast.minor.code]))
    assert b"nobody can be billed yet" in response.content
