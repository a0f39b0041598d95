# SPDX-License-Identifier: Apache-2.0
"""Diagnoses are found, put in order and kept, with a script and without one."""

from collections.abc import Sequence
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftersession.audit.models import AuditEvent
from aftersession.catalog.code_tables import CodeEntry, replace_codes
from aftersession.patients.models import PatientDiagnosis
from tests.cast import Cast, cast, other_cast, signed_in

__all__ = ["cast", "other_cast"]

ENTRIES = [
    CodeEntry("F32.1", "Moderate depressive episode"),
    CodeEntry("F41.1", "Generalized anxiety disorder"),
    CodeEntry("F51.0", "Nonorganic insomnia"),
]


@pytest.fixture
def browser(cast: Cast) -> Client:
    replace_codes(ENTRIES, system=cast.practice.profile.diagnosis_rules.system, title="Some codes")
    return signed_in(cast.practitioner)


def send(browser: Client, cast: Cast, codes: Sequence[str], **fields: Any) -> Any:
    form = {"key": "k1", "diagnosis": list(codes), **fields}
    return browser.post(reverse("desk:patient_diagnoses", args=[cast.adult.code]), form)


def kept(cast: Cast) -> list[tuple[int, str]]:
    rows = PatientDiagnosis.objects.for_practice(cast.practice).filter(patient=cast.adult)
    return list(rows.order_by("position").values_list("position", "diagnosis_code"))


def chosen(response: Any) -> list[str]:
    return [each.code for each in response.context["draft"].chosen]


def test_they_are_kept_in_their_order(browser: Client, cast: Cast) -> None:
    assert send(browser, cast, ["F41.1", "F32.1"], save="1").status_code == 302
    assert kept(cast) == [(1, "F41.1"), (2, "F32.1")]


def test_without_a_script_one_looks_up_adds_moves_and_removes(browser: Client, cast: Cast) -> None:
    found = send(browser, cast, ["F41.1"], diagnosis_find="1", diagnosis_text="depressive")
    assert b"Moderate depressive episode" in found.content
    assert chosen(send(browser, cast, ["F41.1"], diagnosis_add="F32.1")) == ["F41.1", "F32.1"]
    assert chosen(send(browser, cast, ["F41.1", "F32.1"], diagnosis_up="F32.1")) == ["F32.1", "F41.1"]
    assert chosen(send(browser, cast, ["F41.1", "F32.1"], diagnosis_remove="F41.1")) == ["F32.1"]
    assert kept(cast) == []


def test_text_that_was_not_chosen_is_not_lost_on_saving(browser: Client, cast: Cast) -> None:
    response = send(browser, cast, ["F41.1"], save="1", diagnosis_text="insomnia")
    assert response.status_code == 422
    assert b"Nonorganic insomnia" in response.content
    assert kept(cast) == []


@pytest.mark.parametrize("code", ["Z99.9", "<b>", "F41.1' OR 1=1", "\x00", "x" * 5000])
def test_a_code_the_table_does_not_know_is_refused(browser: Client, cast: Cast, code: str) -> None:
    assert send(browser, cast, ["F41.1", code], save="1").status_code == 422
    assert kept(cast) == []


def test_a_code_counts_once(browser: Client, cast: Cast) -> None:
    send(browser, cast, ["F41.1", "F41.1"], save="1")
    assert kept(cast) == [(1, "F41.1")]


def test_more_than_a_profile_holds_are_refused(cast: Cast) -> None:
    many = [CodeEntry(f"F{number}.0", f"Disorder {number}") for number in range(10, 30)]
    replace_codes(many, system=cast.practice.profile.diagnosis_rules.system, title="Many")
    response = send(signed_in(cast.owner), cast, [each.code for each in many], save="1")
    assert response.status_code == 422
    assert kept(cast) == []


def test_the_log_tells_that_they_changed_and_not_which(browser: Client, cast: Cast) -> None:
    send(browser, cast, ["F41.1"], save="1")
    event = AuditEvent.objects.for_practice(cast.practice).get(action="patient.diagnoses_changed")
    assert (event.data, event.reason) == ({}, "")


def test_without_a_table_the_page_says_so(cast: Cast) -> None:
    response = send(signed_in(cast.owner), cast, [], diagnosis_find="1", diagnosis_text="anxiety")
    assert b"No code table is loaded yet" in response.content
