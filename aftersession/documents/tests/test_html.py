# SPDX-License-Identifier: Apache-2.0
import html
import re
from dataclasses import replace

import pytest

from aftersession.documents.contexts import Party
from aftersession.documents.freezing import Context
from aftersession.documents.html import render_html
from aftersession.documents.tests import samples
from aftersession.documents.tests.samples import words


def text_of(markup: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", markup)).split())


@pytest.mark.parametrize("context", samples.EVERY_KIND, ids=lambda context: str(context.kind))
def test_it_says_the_same_figures_as_the_file(context: Context) -> None:
    figures = r"−?£[\d,.]*\d|\d+%|[A-Z]\d\d\.\d|\b\d{5}\b"
    shown = re.findall(figures, text_of(render_html(context, samples.LINKS)))
    assert sorted(shown) == sorted(re.findall(figures, words(context)))


def test_nothing_that_people_typed_becomes_markup() -> None:
    name = '<script>alert(1)</script>"><img src=x onerror=alert(1)> {{ paper }}'
    line = replace(samples.THERAPY, description=name, details=(name,))
    page = render_html(samples.invoice(recipient=Party(name=name), lines=(line,)), samples.LINKS)
    assert "<script" not in page
    assert "<img" not in page
    assert page.count("{{ paper }}") == 4


def test_an_address_that_is_no_link_stays_inert() -> None:
    page = render_html(samples.invoice(), {"k7q4": 'https://x.example/"onmouseover="alert(1)'})
    assert '"onmouseover' not in page


def test_it_obeys_the_content_policy() -> None:
    page = render_html(samples.invoice(), samples.LINKS)
    assert " style=" not in page
    assert "<style" not in page
    assert "<script" not in page


def test_it_shows_the_code_and_the_link() -> None:
    page = render_html(samples.invoice(), samples.LINKS)
    assert 'role="img" aria-label="QR code that opens https://pay.example/p/k7q4"' in page
    assert '<a href="https://pay.example/p/k7q4">pay.example/p/k7q4</a>' in page


def test_a_draft_has_no_number_and_no_link_yet() -> None:
    text = text_of(render_html(samples.invoice(number="", issued_on=None), {}))
    assert "Draft, no number yet" in text
    assert "The payment link and its QR code will stand here once the invoice is issued." in text
    assert "INV-" not in text


def test_a_page_in_arabic_reads_from_the_right() -> None:
    page = render_html(samples.invoice(locale="ar_EG", currency="EGP"), samples.LINKS)
    assert '<article class="paper" lang="ar-EG" dir="rtl"' in page
