# SPDX-License-Identifier: Apache-2.0
"""Translations gathered and compiled in Python, so that no machine needs gettext.

`python -m tools.messages` compiles every language that changed. With `--gather` it first writes the
template of all marked strings, `aftersession/locale/django.pot`, and brings every language up to it;
`--language af` begins a new one.
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from tools.extract_messages import extract_messages, sources
from tools.pseudo_locale import LANGUAGE, pseudo_catalog

ROOT = Path(__file__).parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[-+ 0-9.]*[a-z]|\{\w*\}")


def gather_messages(root: Path = ROOT, language: str = "") -> None:
    """Write the template, and bring every language, and a new one if named, up to it."""
    template = extract_messages(root)
    folder = root / "aftersession" / "locale"
    folder.mkdir(exist_ok=True)
    _write_source(template, folder / "django.pot")
    if language:
        target = folder / language / "LC_MESSAGES" / "django.po"
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            _write_source(Catalog(locale=language, charset="utf-8", fuzzy=False), target)
    for path in sorted(folder.glob("*/LC_MESSAGES/django.po")):
        with path.open("rb") as stream:
            catalog = read_po(stream, locale=path.parent.parent.name)
        # A guess would pass for a translation: what is new stays empty until somebody writes it.
        catalog.update(template, no_fuzzy_matching=True)
        _write_source(catalog, path)


def compile_messages(root: Path = ROOT) -> list[str]:
    """Write the .mo file beside each changed .po file, and the pseudo-locale's; returns what is wrong."""
    troubles: list[str] = []
    for source in sorted(root.glob("aftersession/**/locale/*/LC_MESSAGES/*.po")):
        with source.open("rb") as stream:
            catalog = read_po(stream, locale=source.parent.parent.name, abort_invalid=True)
        troubles += [f"{source.relative_to(root)}: {trouble}" for trouble in faults(catalog)]
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            write_whole(catalog, target)
    _compile_pseudo_locale(root)
    return troubles


def _compile_pseudo_locale(root: Path) -> None:
    target = root / "aftersession" / "locale" / LANGUAGE / "LC_MESSAGES" / "django.mo"
    newest = max((path.stat().st_mtime for path in sources(root)), default=0.0)
    if not target.exists() or target.stat().st_mtime < newest:
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(pseudo_catalog(extract_messages(root)), target)


def _write_source(catalog: Catalog, target: Path) -> None:
    content = io.BytesIO()
    write_po(content, catalog, width=110, sort_output=True)
    target.write_bytes(content.getvalue())


def faults(catalog: Catalog) -> list[str]:
    """Messages whose placeholders differ from the original's, and guesses nobody has confirmed."""
    found: list[str] = []
    for message in catalog:
        if not message.id or message.fuzzy:
            found += [f"{message.id!r}: marked fuzzy"] if message.id else []
            continue
        originals = message.id if isinstance(message.id, list | tuple) else (message.id,)
        expected = set().union(*map(placeholders, originals))
        translations = message.string if isinstance(message.string, list | tuple) else (message.string,)
        # A singular may leave the number out: "one client".
        is_plural = len(originals) > 1
        for names in map(placeholders, filter(None, translations)):
            if names - expected or (expected - names and not is_plural):
                found.append(f"{message.id!r}: other placeholders than the original")
    return found


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def write_whole(catalog: Catalog, target: Path) -> None:
    """Rename into place: several test processes may do this at the same moment."""
    content = io.BytesIO()
    write_mo(content, catalog)
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    unfinished.write_bytes(content.getvalue())
    unfinished.replace(target)


def main() -> int:
    parser = argparse.ArgumentParser(description="Compile translations, and gather what to translate.")
    parser.add_argument("--gather", action="store_true", help="first bring template and languages up to date")
    parser.add_argument("--language", default="", help="begin this language, as in af or pt_BR")
    given = parser.parse_args()
    if given.gather or given.language:
        gather_messages(language=given.language)
    troubles = compile_messages()
    print("\n".join(troubles), file=sys.stderr, end="\n" if troubles else "")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
