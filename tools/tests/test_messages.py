# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from tools.messages import compile_messages

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "aftersession" / "locale" / "af" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    return folder / "django.po"


def test_it_compiles_a_language(source: Path, tmp_path: Path) -> None:
    source.write_text(HEADER + 'msgid "Send"\nmsgstr "Stuur"\n', encoding="utf-8")
    assert compile_messages(tmp_path) == []
    with source.with_suffix(".mo").open("rb") as compiled:
        assert gettext.GNUTranslations(compiled).gettext("Send") == "Stuur"


def test_it_refuses_a_lost_placeholder(source: Path, tmp_path: Path) -> None:
    source.write_text(HEADER + '#, python-format\nmsgid "%(name)s owes"\nmsgstr "skuld"\n', encoding="utf-8")
    (trouble,) = compile_messages(tmp_path)
    assert trouble.startswith("aftersession/locale/af/LC_MESSAGES/django.po: '%(name)s owes'")


def test_it_refuses_a_guess(source: Path, tmp_path: Path) -> None:
    source.write_text(HEADER + '#, fuzzy\nmsgid "Send"\nmsgstr "Stuur"\n', encoding="utf-8")
    assert compile_messages(tmp_path)[0].endswith("marked fuzzy")
