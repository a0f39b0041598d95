# SPDX-License-Identifier: Apache-2.0
"""Every string marked for translation, out of Python and templates, without gettext's programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from django.utils.translation.template import templatize

FOLDERS = ("aftersession", "config")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "_lazy": None,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
ODD_BLANK = re.compile(r"[^\S\n]")
# Line number, function, messages (an empty one where the argument is no plain text), comments.
Found = tuple[int, str, Any, list[str]]


def sources(root: Path) -> list[Path]:
    """The files that may hold marked strings; tests speak to nobody."""
    found = [
        path
        for folder in FOLDERS
        for pattern in ("**/*.py", "**/templates/**/*.html", "**/templates/**/*.txt")
        for path in (root / folder).glob(pattern)
    ]
    return sorted(path for path in found if not {"tests", "migrations"} & set(path.parts))


def extract_messages(root: Path) -> Catalog:
    """A catalogue of all marked strings with the files they stand in."""
    catalog = Catalog(project="Aftersession", charset="utf-8", fuzzy=False)
    for path in sources(root):
        # Without line numbers: a file of translations must not change with every edit of the code.
        place = [(path.relative_to(root).as_posix(), None)]
        for _line, function, messages, comments in _found(path):
            context, ids = _parted(function, messages)
            if ids and ids[0]:
                catalog.add(
                    ids if len(ids) > 1 else ids[0],
                    locations=place,  # type: ignore[arg-type]  # Babel writes a place without a line too
                    auto_comments=comments,
                    context=context,
                )
    return catalog


def _found(path: Path) -> Iterator[Found]:
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        # Django writes a template as calls among fillers. Inside brackets indentation means nothing to
        # Python's tokenizer, and blanks other than spaces it would refuse.
        calls = ODD_BLANK.sub(" ", templatize(text, origin=str(path)))
        text = f"(\n{calls}\n)"
    return iter(extract_python(BytesIO(text.encode()), list(KEYWORDS), ["Translators"], {}))  # type: ignore[arg-type]


def _parted(function: str, messages: Any) -> tuple[str | None, tuple[str, ...]]:
    """The context of a call, if it has one, and its one message or two."""
    given = messages if isinstance(messages, tuple) else (messages,)
    context = None
    if "pgettext" in function:
        context, given = given[0], given[1:]
    is_plural = "ngettext" in function or "npgettext" in function
    ids = given[: 2 if is_plural else 1]
    return context, tuple(ids) if all(isinstance(each, str) for each in ids) else ()
