# SPDX-License-Identifier: Apache-2.0
import pytest
from fontTools.ttLib import TTFont

from aftersession.documents import glyphs
from aftersession.documents.glyphs import BOX_FONT, FONT_DIR, OWN, SCRIPTS, STAND_IN

FAMILIES = (OWN, STAND_IN, *SCRIPTS)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("style", ["Regular", "SemiBold"])
def test_it_knows_exactly_what_each_font_can_draw(family: str, style: str) -> None:
    with TTFont(FONT_DIR / f"{family.replace(' ', '')}-{style}.ttf") as font:
        assert glyphs.coverage(family) == frozenset(map(chr, font.getBestCmap()))


def test_the_box_is_in_its_font() -> None:
    assert glyphs.coverage(BOX_FONT) == {glyphs.BOX}


@pytest.mark.parametrize("path", sorted(FONT_DIR.glob("*.ttf")), ids=lambda path: str(path.stem))
def test_every_font_has_its_licence_beside_it(path: object) -> None:
    family = str(path).rpartition("/")[2].partition("-")[0]
    assert "SIL OPEN FONT LICENSE" in (FONT_DIR / f"{family}-OFL.txt").read_text().upper()


def test_joiners_and_line_ends_are_not_missing() -> None:
    assert glyphs.missing(["क्\u200dष\n\t❤\ufe0f"]) == ["❤"]


def test_the_own_letter_comes_first_where_it_suffices() -> None:
    assert glyphs.families(["Zoë, R 950", "فاطمة"])[0] == OWN
    assert glyphs.families(["Ṣadé"])[0] == STAND_IN
