# SPDX-License-Identifier: Apache-2.0
"""Translations compiled in Python, so that no machine needs gettext: `python -m tools.messages`."""

from __future__ import annotations

import io
import os
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w*\}")


def compile_messages(root: Path = ROOT) -> list[str]:
    """Write the .mo file beside each changed .po file; returns what is wrong with the sources."""
    troubles: list[str] = []
    for source in sorted(root.glob("aftersession/**/locale/*/LC_MESSAGES/*.po")):
        with source.open("rb") as stream:
            catalog = read_po(stream, locale=source.parent.parent.name, abort_invalid=True)
        troubles += [f"{source.relative_to(root)}: {trouble}" for trouble in faults(catalog)]
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            write_whole(catalog, target)
    return troubles


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
    troubles = compile_messages()
    print("\n".join(troubles), file=sys.stderr, end="\n" if troubles else "")
    return 1 if troubles else 0


if __name__ == "__main__":
    sys.exit(main())
