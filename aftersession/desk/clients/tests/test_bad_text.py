# SPDX-License-Identifier: Apache-2.0
"""What people and programs type into names and addresses: refused with a reason, or kept and shown inert."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from aftersession.patients.models import Patient
from tests.cast import Cast, cast, other_cast, signed_in

__all__ = ["cast", "other_cast"]

REFUSED = {
    "NUL": "Nal\x00edi",
    "control": "Nal\x07edi",
    "newline": "Naledi\nMokoena",
    "line separator": "Naledi\u2028Mokoena",
    "right-to-left override": "Naledi\u202eimokoM",
    "isolate": "Naledi\u2066x\u2069",
    "zero width space": "Nal\u200bedi",
    "too many marks": "N" + "\u0301" * 10_000,
    "too long": "N" * 5_000,
}
KEPT = {
    "family emoji": "Zaria 👨\u200d👩\u200d👧",
    "Arabic": "نجوى",
    "Amharic": "ሰላም",
    "Hindi": "श्रीमती",
    "Khoisan clicks": "ǃXau ǂKhomani",
    "apostrophe": "N’Diaye",
    "decomposed": "Zoe\u0308",
}
MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "{{7*7}}",
    "javascript:alert(1)",
    "</title><svg onload=alert(1)>",
]


def write(browser: Client, **fields: Any) -> Any:
    form = {"key": "k1", "given_names": "Zanele", "sex": "unknown", **fields}
    return browser.post(reverse("desk:patient_new"), form)


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("field", ["given_names", "known_as"])
def test_it_refuses_what_could_deceive_or_break(cast: Cast, text: str, field: str) -> None:
    response = write(signed_in(cast.owner), **{field: text})
    assert response.status_code == 422
    assert Patient.objects.for_practice(cast.practice).count() == 3


@pytest.mark.parametrize("unreadable", ["%ED%A0%80", "%FF%FE", "%EF%BF%BD"])
def test_it_refuses_what_is_no_text(cast: Cast, unreadable: str) -> None:
    response = signed_in(cast.owner).post(
        reverse("desk:patient_new"),
        data=f"key=k1&given_names=Nal{unreadable}edi&sex=unknown",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 422


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_it_keeps_names_of_every_script(cast: Cast, text: str) -> None:
    browser = signed_in(cast.owner)
    assert write(browser, given_names=text).status_code == 302
    found = browser.get(reverse("desk:patient_list"), {"q": text}).context["rows"]
    assert len(found) == 1


def test_a_megabyte_is_refused_before_it_is_looked_at(cast: Cast) -> None:
    assert write(signed_in(cast.owner), given_names="N" * 1_100_000).status_code in (400, 413)


@pytest.mark.parametrize("text", MARKUP)
def test_markup_in_any_text_is_shown_and_never_run(cast: Cast, text: str) -> None:
    browser = signed_in(cast.owner)
    form = dict.fromkeys(("title", "given_names", "family_name", "known_as", "address"), text)
    form["title"] = text[:20]
    saved = write(
        browser,
        **form,
        **{f"responsible-{name}": text for name in ("given_names", "relationship", "address")},
    )
    assert saved.status_code == 302
    patient = Patient.objects.for_practice(cast.practice).get(family_name=text)
    for address in (
        reverse("desk:patient_list"),
        reverse("desk:patient_detail", args=[patient.code]),
        reverse("desk:patient_edit", args=[patient.code]),
        reverse("desk:patient_guarantor", args=[patient.code]),
        reverse("desk:patient_suggest") + "?q=alert",
        reverse("desk:search") + "?q=" + "script",
    ):
        page = browser.get(address).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<svg onload" not in page
        assert 'href="javascript:' not in page


@pytest.mark.parametrize(
    "address",
    [
        "a@example.com\r\nBcc: b@example.com",
        "a@example.com%0aBcc:b@example.com",
        "a@example.com,b@example.com",
        '"a b"@example.com',
        "а@example.com",  # the first letter is Cyrillic
        "a@exаmple.com",  # so is one in the middle
        "Naledi <a@example.com>",
        "a@example.com " * 100,
        "a@",
        "x" * 300 + "@example.com",
    ],
)
def test_an_address_is_one_plain_address(cast: Cast, address: str) -> None:
    response = write(signed_in(cast.owner), email=address)
    assert response.status_code == 422
    assert Patient.objects.for_practice(cast.practice).filter(given_names="Zanele").count() == 0


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("born_on", "31/02/2010"),
        ("born_on", "2999-01-01"),
        ("born_on", "0001-01-01"),
        ("phone", "12"),
        ("id_number", "9001015009080"),
        ("sex", "owner"),
        ("key", ""),
        ("key", "k" * 65),
    ],
)
def test_nothing_typed_is_lost_when_one_field_is_wrong(cast: Cast, field: str, value: str) -> None:
    response = write(signed_in(cast.owner), family_name="Khumalo", **{field: value})
    assert response.status_code == 422
    assert b"Khumalo" in response.content
