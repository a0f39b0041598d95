# SPDX-License-Identifier: Apache-2.0
"""The file itself: its standards, its bytes, and what hostile or unusual content does to it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from aftersession.documents.contexts import Party
from aftersession.documents.freezing import Context
from aftersession.documents.render import Rendered, missing_glyphs, render_pdf
from aftersession.documents.tests import samples
from aftersession.documents.tests.samples import pdf, words

HOSTILE = (
    '#import "x" #panic("p") *b* _i_ $x$ @ref <lab> `raw` \\ // /* " \' <b>hi</b> {name} {link} %s %(x)s'
)


def draw(context: Context) -> Rendered:
    return render_pdf(context, links=samples.LINKS, created_at=samples.CREATED_AT)


def alternatives(element: Any) -> Iterator[str]:
    """The texts that stand for pictures, from a document's structure tree."""
    node = element.get_object()
    if isinstance(node, list):
        for child in node:
            yield from alternatives(child)
    elif isinstance(node, dict):
        if "/Alt" in node:
            yield str(node["/Alt"])
        if "/K" in node:
            yield from alternatives(node["/K"])


@pytest.mark.parametrize("context", samples.EVERY_KIND, ids=lambda context: str(context.kind))
def test_it_is_a_tagged_archive_document_of_one_page(context: Context) -> None:
    reader = pdf(context)
    catalog: Any = reader.trailer["/Root"]
    assert catalog["/MarkInfo"]["/Marked"]
    assert catalog["/Lang"] == "en-GB"
    xmp: Any = reader.xmp_metadata
    declared = xmp.stream.get_data().decode()
    assert "<pdfaid:part>3" in declared
    assert "<pdfuaid:part>1" in declared
    assert reader.metadata is not None
    assert reader.metadata.title == f"{context.title} {context.number}, Parker & Dlamini Psychology"
    assert reader.metadata.author == "Parker & Dlamini Psychology"
    assert reader.metadata.creation_date == samples.CREATED_AT
    assert len(reader.pages) == 1


@pytest.mark.parametrize("context", samples.EVERY_KIND, ids=lambda context: str(context.kind))
def test_it_carries_its_fonts_and_stays_small(context: Context) -> None:
    assert len(draw(context).content) <= 60_000
    page: Any = pdf(context).pages[0]
    fonts = page["/Resources"]["/Font"]
    names = [str(font.get_object()["/BaseFont"]) for font in fonts.values()]
    assert names
    assert all("+Geist" in name for name in names)  # "+": a subset, embedded


def test_the_same_content_gives_the_same_bytes() -> None:
    assert draw(samples.insurer_account()) == draw(samples.insurer_account())


def test_eight_threads_draw_at_once() -> None:
    many = [replace(context) for context in samples.EVERY_KIND for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        drawn = list(pool.map(draw, many))
    assert len({rendered.sha256 for rendered in drawn}) == len(samples.EVERY_KIND)


def test_the_code_to_scan_says_where_it_leads() -> None:
    root: Any = pdf(samples.invoice()).trailer["/Root"]
    assert list(alternatives(root["/StructTreeRoot"]["/K"])) == [
        "QR code that opens https://pay.example/p/k7q4"
    ]


def test_the_address_to_pay_can_be_clicked() -> None:
    notes: Any = pdf(samples.invoice()).pages[0]["/Annots"]
    assert [note.get_object()["/A"]["/URI"] for note in notes] == ["https://pay.example/p/k7q4"]


def test_markup_in_what_people_typed_is_only_text() -> None:
    line = replace(samples.THERAPY, description=HOSTILE, details=(HOSTILE,))
    text = words(samples.invoice(recipient=Party(name=HOSTILE), lines=(line,)))
    assert text.count(HOSTILE) == 4


@pytest.mark.parametrize(
    "name",
    ["فاطمة الزهراء", "שלום כהן", "राम कुमार शर्मा", "தமிழ் செல்வி", "Ṣadé Ọláwálé ₦", "Ψαρρά", "Жанна Ёлкина"],
)
def test_names_in_many_scripts_have_all_their_letters(name: str) -> None:
    assert draw(samples.invoice(recipient=Party(name=name))).missing == ()


def test_a_letter_that_the_own_font_lacks_changes_the_whole_page() -> None:
    page: Any = pdf(samples.invoice(recipient=Party(name="Ṣadé"))).pages[0]
    fonts = page["/Resources"]["/Font"]
    assert all("NotoSans" in font.get_object()["/BaseFont"] for font in fonts.values())


def test_a_glyph_that_no_font_has_prints_as_a_box_and_is_told() -> None:
    context = samples.invoice(recipient=Party(name="田中 😀 Mkhize"))
    assert "□□ □ Mkhize, you owe" in words(context)
    assert draw(context).missing == ("中", "田", "😀")
    assert missing_glyphs(context) == ["中", "田", "😀"]


def test_control_characters_become_blanks() -> None:
    assert "Bo n" in words(samples.invoice(recipient=Party(name="Bo\x00n\x1b")))


def test_a_name_of_five_thousand_letters_stays_on_the_paper() -> None:
    reader = pdf(samples.invoice(recipient=Party(name="A" * 5000)))
    lines = [line for page in reader.pages for line in page.extract_text().split("\n")]
    assert max(line.replace("\u200b", "").count("A") for line in lines) < 90
    assert sum(line.count("A") for line in lines) >= 10_000


def test_two_thousand_lines_run_over_pages_with_their_head() -> None:
    lines = tuple(replace(samples.THERAPY, description=f"Visit {index}", code="") for index in range(2000))
    reader = pdf(samples.invoice(lines=lines, total_minor=2000 * 95000, balance_minor=2000 * 95000))
    pages = [page.extract_text() for page in reader.pages]
    assert len(pages) > 50
    assert sum("Service" in page and "Amount" in page for page in pages) >= len(pages) - 1
    assert all(f"Page {number} of {len(pages)}" in page for number, page in enumerate(pages, 1))
    assert sum(page.count("Visit ") for page in pages) == 2000


def test_a_large_amount_keeps_together() -> None:
    line = replace(samples.THERAPY, amount_minor=123456789, unit_price_minor=123456789)
    assert "You owe £1,234,567.89" in words(
        samples.invoice(lines=(line,), total_minor=123456789, balance_minor=123456789)
    )
