# SPDX-License-Identifier: Apache-2.0
from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from tools.messages import compile_messages, gather_messages
from tools.pseudo_locale import pseudo

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


def write(root: Path, path: str, text: str) -> None:
    file = root / "aftersession" / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def gathered(root: Path) -> str:
    gather_messages(root)
    return (root / "aftersession" / "locale" / "django.pot").read_text(encoding="utf-8")


def test_it_gathers_what_python_and_templates_mark(tmp_path: Path) -> None:
    write(
        tmp_path, "billing/words.py", '_("Send it")\nngettext("%(n)s day", "%(n)s days", n)\n"Not marked"\n'
    )
    write(
        tmp_path,
        "desk/templates/page.html",
        "{% translate 'Send' %} {% blocktranslate count n=n trimmed %}\n one “client”{% plural %} {{ n }} clients\n"
        '{% endblocktranslate %} {{ word|default:_("none") }} Not marked either',
    )
    template = gathered(tmp_path)
    assert 'msgid "Send"' in template
    assert 'msgid "Send it"' in template
    assert 'msgid "%(n)s day"\nmsgid_plural "%(n)s days"' in template
    assert 'msgid "one “client”"\nmsgid_plural "%(n)s clients"' in template
    assert 'msgid "none"' in template
    assert "ot marked" not in template


def test_strings_of_tests_are_not_gathered(tmp_path: Path) -> None:
    write(tmp_path, "billing/tests/test_words.py", '_("Only a test")\n')
    assert "Only a test" not in gathered(tmp_path)


def test_a_language_keeps_its_translations_and_gets_what_is_new(source: Path, tmp_path: Path) -> None:
    source.write_text(HEADER + 'msgid "Send"\nmsgstr "Stuur"\n', encoding="utf-8")
    write(tmp_path, "billing/words.py", '_("Send")\n_("Send now")\n')
    gather_messages(tmp_path)
    kept = source.read_text(encoding="utf-8")
    assert 'msgid "Send"\nmsgstr "Stuur"' in kept
    assert 'msgid "Send now"\nmsgstr ""' in kept


def test_a_new_language_begins_empty(tmp_path: Path) -> None:
    write(tmp_path, "billing/words.py", '_("Send")\n')
    gather_messages(tmp_path, "fr")
    begun = (tmp_path / "aftersession/locale/fr/LC_MESSAGES/django.po").read_text(encoding="utf-8")
    assert 'msgid "Send"\nmsgstr ""' in begun
    assert compile_messages(tmp_path) == []


def test_the_pseudo_locale_leaves_what_the_program_reads() -> None:
    assert pseudo("Send %(n)s to <b>{name}</b>&nbsp;now") == "⟦Šéñð %(n)s ţö <b>{name}</b>&nbsp;ñöŵ⟧"


def test_the_pseudo_locale_is_compiled_again_when_a_string_changes(tmp_path: Path) -> None:
    write(tmp_path, "billing/words.py", '_("Send")\n')
    compile_messages(tmp_path)
    compiled = tmp_path / "aftersession/locale/en_XA/LC_MESSAGES/django.mo"
    with compiled.open("rb") as stream:
        assert gettext.GNUTranslations(stream).gettext("Send") == "⟦Šéñð⟧"
