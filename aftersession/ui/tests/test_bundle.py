# SPDX-License-Identifier: Apache-2.0
import gzip
import re

import pytest
from django.contrib.staticfiles import finders

from aftersession.ui import bundle

CSS = bundle.STATIC / "css"
JS = bundle.STATIC / "js"


def weight(text: str) -> int:
    return len(gzip.compress(text.encode()))


def test_every_part_is_in_a_bundle() -> None:
    named = {part for parts in bundle.LAYERS.values() for part in parts} | {*bundle.PAY_PARTS, "font"}
    assert named == {path.stem for path in CSS.glob("*.css")}
    assert set(bundle.SCRIPTS) == {path.stem for path in JS.glob("*.js")}


@pytest.mark.parametrize("path", sorted(CSS.glob("*.css")), ids=lambda path: path.stem)
def test_a_stylesheet_closes_what_it_opens(path) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text()
    assert text.count("{") == text.count("}")
    assert path.stem == "tokens" or "light-dark(" not in text


def test_the_finder_offers_the_bundles_and_nothing_else() -> None:
    finder = bundle.BundleFinder()
    assert finder.find("ui/app.css").endswith("ui/app.css")
    assert finder.find("ui/icons.svg") == []
    assert [name for name, _ in finder.list([])] == list(bundle.BUNDLES)


def test_a_bundle_opens_as_the_file_it_is_found_at() -> None:
    found = finders.find("ui/pay.css")
    assert found is not None
    with bundle.BundleStorage().open("ui/pay.css") as file, open(found, "rb") as on_disk:
        assert file.read() == on_disk.read()


def test_squeezing_keeps_the_rules() -> None:
    css = "/* why */\n.a > .b , .c {\n  margin: 0 auto;\n  width: calc(1px + 2px);\n}\n"
    assert bundle.squeeze(css) == ".a > .b,.c{margin:0 auto;width:calc(1px + 2px);}".replace(
        "margin:0", "margin: 0"
    ).replace("width:calc", "width: calc")


def test_a_first_visit_stays_under_its_weight() -> None:
    htmx = finders.find("django_htmx/htmx-2.min.js")
    assert htmx is not None
    with open(htmx) as file:
        shared = weight(bundle.app_css()) + weight(bundle.app_js()) + weight(file.read())
    # 60 kB for a first visit leaves 20 kB for the page itself.
    assert shared < 40_000
    assert weight(bundle.pay_css()) < 8_000


def test_the_pay_page_has_the_same_colours_in_plain_words() -> None:
    pairs = re.findall(r"--([\w-]+): light-dark\(([^,]+), ([^)]+)\);", (CSS / "tokens.css").read_text())
    light, dark = (CSS / "paytokens.css").read_text().split("@media (prefers-color-scheme: dark)")
    for name, day, night in pairs:
        assert f"--{name}: {day};" in light
        assert f"--{name}: {night};" in dark
    pay = bundle.pay_css()
    assert "light-dark(" not in pay
    assert "@layer" not in pay
    assert "url(" not in pay


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="(\w+)"', (bundle.STATIC / "icons.svg").read_text()))
    house = bundle.STATIC.parents[2]
    for path in house.rglob("templates/**/*.html"):
        named = set(re.findall(r'\{% icon "(\w+)"', path.read_text()))
        assert named <= drawn, path
