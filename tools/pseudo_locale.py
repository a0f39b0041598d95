# SPDX-License-Identifier: Apache-2.0
"""A language nobody speaks: every marked string in accents and brackets, ⟦šêñð⟧.

What a page shows without brackets was never marked for translation, and what is cut off would be cut
off in a longer language too.
"""

from __future__ import annotations

import re
from pathlib import Path

import django
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

LANGUAGE = "en_XA"
OPENED, CLOSED = "⟦", "⟧"
ACCENTED = str.maketrans(
    "AaBbCcDdEeGgHhIiJjKkLlNnOoRrSsTtUuWwYyZz", "ÅåƁƀÇçÐðÉéĜĝĤĥÎîĴĵĶķĻļÑñÖöŔŕŠšŢţÛûŴŵÝýŽž"
)
# Placeholders, tags, entities and addresses mean something to the program: they stay.
KEPT = re.compile(r"%\(\w+\)[-+ 0-9.]*[a-z]|%[sd%]|\{\w*\}|</?\w[^>]*>|&\w+;|https?://\S+")


def pseudo(text: str) -> str:
    """`Send to {name}` as `⟦Šéñð ţö {name}⟧`."""
    plain = KEPT.split(text)
    kept = [*KEPT.findall(text), ""]
    worded = "".join(words.translate(ACCENTED) + mark for words, mark in zip(plain, kept, strict=True))
    return f"{OPENED}{worded}{CLOSED}"


def pseudo_catalog(template: Catalog) -> Catalog:
    """All our messages, and those of Django that reach a page, in the language nobody speaks."""
    catalog = Catalog(locale=LANGUAGE, charset="utf-8", fuzzy=False)
    for message in [*_of_django(), *template]:
        if not message.id:
            continue
        ids = message.id if isinstance(message.id, list | tuple) else (message.id,)
        texts = tuple(map(pseudo, ids))
        catalog.add(message.id, texts if len(texts) > 1 else texts[0], context=message.context)
    return catalog


def _of_django() -> Catalog:
    path = Path(django.__file__).parent / "conf" / "locale" / "en" / "LC_MESSAGES" / "django.po"
    with path.open("rb") as stream:
        return read_po(stream)
