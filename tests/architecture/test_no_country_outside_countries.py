# SPDX-License-Identifier: Apache-2.0
"""What one country says, asks or counts in stands in `aftersession/countries` and nowhere else."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from aftersession.countries.registry import country_codes, profile

ROOT = Path(__file__).resolve().parents[2]
KINDS = {".py", ".html", ".txt", ".js", ".css", ".typ", ".svg", ".toml"}

# Made-up people need a country to live in, and tests a case to try.
ALLOWED = re.compile(r"/tests/|/demo|demo\.py$|/seed|style_page/samples\.py$|^aftersession/countries/")

# A payment partner takes what it takes: its own folder names its currencies.
PARTNER = re.compile(r"^aftersession/integrations/[a-z]+/")

# Words of trade and law that belong to one country, as they are printed or written in code.
WORDS = (
    r"medical[ _]aid",
    r"medical[ _]scheme",
    r"\b[Tt]ariff",
    r"\bVAT\b",
    r"\b[vV]at_",
    r"\bHPCSA\b",
    r"\bBHF\b",
    r"\bPOPIA\b",
    r"\bSARS\b",
    r"South[ _]?Africa",
    r"\+27\b",
    r"\bR[  ]\d",
    r"""["']R ["']""",
)


def test_the_words_of_a_country_stand_in_its_profile_only() -> None:
    pattern = re.compile("|".join(WORDS))
    assert list(found(pattern)) == []


@pytest.mark.parametrize("code", [code for code in country_codes() if code != "zz"])
def test_nothing_else_knows_which_countries_there_are(code: str) -> None:
    country = profile(code)
    currency = found(re.compile(country.currency))
    assert [line for line in currency if not PARTNER.match(line)] == []
    facts = (
        country.locale,
        country.time_zone,
        f"[\"']{code}[\"']",
        f"[\"']{code.upper()}[\"']",
    )
    assert list(found(re.compile("|".join(facts)))) == []


def test_nothing_else_imports_a_country() -> None:
    codes = "|".join(country_codes())
    assert list(found(re.compile(rf"countries\.({codes})\b|countries import ({codes})\b"))) == []


def test_the_search_would_see_a_country() -> None:
    pattern = re.compile("|".join(WORDS))
    for text in ("Send to medical aid", "VAT number", "R 950.00", "Tariff 86205", "+27 82"):
        assert pattern.search(text)


def found(pattern: re.Pattern[str]) -> Iterator[str]:
    """Lines of our sources outside the countries that match, as file:line: text."""
    for path in sorted((ROOT / "aftersession").rglob("*")) + sorted((ROOT / "config").rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix not in KINDS or ALLOWED.search(name):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if pattern.search(line):
                yield f"{name}:{number}: {line.strip()[:100]}"
