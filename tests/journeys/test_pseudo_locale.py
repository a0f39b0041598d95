# SPDX-License-Identifier: Apache-2.0
"""Walk the product in the language nobody speaks: what is not in brackets was never marked."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import models
from django.test import Client

from aftersession.accounts.models import User
from aftersession.lib import clock
from aftersession.patients.models import Patient
from aftersession.payments.links import address_of, open_link
from aftersession.payments.registry import provider_class, provider_kinds
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from tests.billing import cash, complete, share_of
from tests.cast import Cast, coming_appointment, ended_appointment, make_cast, signed_in
from tests.journeys.words import listen, walk
from tools.messages import compile_messages

pytestmark = pytest.mark.one_engine

LANGUAGE = "en-xa"
# Names of things rather than words: the product, codes of currencies, series and standards, formats.
NAMES = {
    "Aftersession",
    "ZAR",
    "INV",
    "RCT",
    "PDF",
    "QR",
    "WhatsApp",
    "ICD",
    "ID",
    "VAT",
    "EFT",
    "BHF",
    "HPCSA",
    "IBAN",
    "BIC",
}
GUIDES = [provider_class(kind).guide for kind in provider_kinds()]
NAMES |= {guide.title for guide in GUIDES}
# How a partner's keys begin.
PREFIXES = {prefix for guide in GUIDES for key in guide.keys for prefix in key.prefixes}
# For those who build pages: names of components and colours.
FOR_BUILDERS = {"desk:style", "desk:style_codes"}
# What no page links to by itself, besides where everybody begins.
STARTS = (
    "/",
    "/settings/",
    "/help/",
    "/search/?q=Naledi",
    "/appointments/?tab=upcoming",
    "/account/security/",
)

PAGES = 40
MAIN = {
    "desk:today",
    "desk:appointment_list",
    "desk:appointment_detail",
    "desk:appointment_book",
    "desk:completion",
    "desk:completion_result",
    "desk:invoice_list",
    "desk:invoice_detail",
    "desk:payment_detail",
    "desk:receipt_list",
    "desk:claim_list",
    "desk:patient_list",
    "desk:patient_detail",
    "desk:coverage_edit",
    "desk:message_list",
    "desk:message_detail",
    "desk:help_topic",
    "desk:practice_settings",
    "desk:search",
}


@pytest.fixture
def pseudo_cast(db: None) -> Cast:
    """A practice in full swing, whose people read the pseudo-locale. Its dates are Greek: no Latin letter."""
    compile_messages()
    cast = make_cast(locale="el", language=LANGUAGE)
    User.objects.update(language=LANGUAGE)
    for patient in (cast.adult, cast.minor, cast.insured):
        with practice_scope(cast.practice):
            Patient.objects.filter(pk=patient.pk).update(language=LANGUAGE)
        patient.language = LANGUAGE
    with practice_scope(cast.practice):
        for days in (0, 1, 9):
            coming_appointment(cast, starts_at=clock.now() + timedelta(days=days, hours=2))
        for patient, type_ in ((cast.minor, PaymentType.OTHER), (cast.insured, PaymentType.INSURANCE)):
            ended_appointment(cast, patient=patient, payment_type=type_)
        complete(cast, Step.SAVE)
        complete(cast, Step.SEND)
        complete(cast, Step.SEND_RECEIPT, payment=cash(400_00))
        complete(cast, Step.SEND_RECEIPT, payment=cash())
        complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
        complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    return cast


def stored_words() -> tuple[set[str], set[str]]:
    """What people have written: whole texts, and the single words of names, which are put together anew."""
    texts: set[str] = set()
    names: set[str] = set()
    for model in apps.get_models():
        if not model.__module__.startswith("aftersession."):
            continue
        written = [
            field.name
            for field in model._meta.concrete_fields
            if isinstance(field, models.CharField | models.TextField) and not field.choices
        ]
        rows = getattr(model, "unscoped", model._default_manager)
        for values in rows.values_list(*written) if written else []:
            for name, value in zip(written, values, strict=True):
                texts.update(" ".join(line.split()) for line in str(value or "").splitlines())
                if "name" in name or name in ("title", "discipline"):
                    names.update(re.findall(r"[^\W\d_]+", str(value)))
    return {text for text in texts if len(text) > 2}, names


def leftovers(html: str, texts: set[str], names: set[str]) -> list[str]:
    """Latin words on a page that nobody marked and nobody wrote."""
    found = []
    for said in listen(html).unmarked:
        rest = said
        for text in sorted((text for text in texts if text in said), key=len, reverse=True):
            rest = rest.replace(text, " ")
        rest = re.sub(r"\S+@\S+|https?://\S+", " ", rest)
        if rest.removesuffix("…") in PREFIXES:
            continue
        if set(re.findall(r"[A-Za-z]{2,}", rest)) - names - NAMES:
            found.append(said)
    return found


def test_every_word_of_the_desk_is_marked(pseudo_cast: Cast) -> None:
    client = signed_in(pseudo_cast.owner)
    texts, names = stored_words()
    seen, unmarked = set(), []
    for page in walk(client, *STARTS):
        if page.view_name in FOR_BUILDERS:
            continue
        seen.add(page.view_name)
        unmarked += [f"{page.path}: {words}" for words in leftovers(page.html, texts, names)]
    assert unmarked == [], "\n".join(unmarked)
    assert seen >= MAIN
    assert len(seen) >= PAGES, sorted(seen)


def test_every_word_of_the_pay_page_is_marked(pseudo_cast: Cast) -> None:
    with practice_scope(pseudo_cast.practice):
        share = share_of(pseudo_cast, complete(pseudo_cast, Step.SEND))
        link = open_link(share, actor=pseudo_cast.owner)
    path = "/" + address_of(link).split("/", 3)[3]
    html = Client().get(path).content.decode()
    assert "⟦" in html
    assert leftovers(html, *stored_words()) == []


def test_every_word_before_signing_in_is_marked(pseudo_cast: Cast) -> None:
    client = Client(headers={"Accept-Language": LANGUAGE})
    for path in ("/account/sign-in/", "/account/password/reset/", "/no-such-page/"):
        html = client.get(path).content.decode()
        assert "⟦" in html, path
        assert leftovers(html, set(), set()) == [], path


def test_a_refused_form_speaks_the_language_too(pseudo_cast: Cast) -> None:
    response = signed_in(pseudo_cast.owner).post("/clients/new/", {"key": "k" * 12})
    assert response.status_code == 422
    assert leftovers(response.content.decode(), *stored_words()) == []


def test_it_finds_a_word_that_nobody_marked() -> None:
    html = '<p title="⟦Šéñð⟧">⟦Šéñð <b>ţö</b>⟧ Naledi <span>Overdue</span></p><kbd>Esc</kbd>'
    assert leftovers(html, set(), {"Naledi"}) == ["Overdue"]
