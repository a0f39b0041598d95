# SPDX-License-Identifier: Apache-2.0
"""Frozen context to PDF: tagged PDF/A, the same bytes for the same content, nothing read but the templates and fonts."""

import dataclasses
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import local
from typing import Any, Final

import typst

from aftersession.documents.freezing import Context, link_codes
from aftersession.documents.glyphs import FONT_DIR, boxed, families, missing
from aftersession.documents.papers.present import present
from aftersession.documents.papers.shape import Paper

TEMPLATE_VERSION: Final = 1
"""Raise it with every change of the templates that can be seen."""

TEMPLATE_DIR = Path(__file__).parent / "templates" / "documents"

# A word longer than its place would run off the paper, so it may break, invisibly, every few letters. What people
# copy (addresses, links) stands in wide places and is left whole while it fits.
LONG_WORD = re.compile(r"\S{25,}")
LONGER_WORD = re.compile(r"\S{49,}")
LETTERS = re.compile(r"\S{1,6}")
BREAK = "\u200b"
WIDE = frozenset({"practice", "practice_lines", "url_shown", "sentence", "paragraphs", "footer"})
# Not drawn as text: settings, addresses, and what only programs and screen readers see.
VERBATIM = frozenset(
    {"url", "qr_svg", "qr_alt", "accent", "language", "region", "size", "layout", "document_name", "author"}
)

_threads = local()


@dataclass(frozen=True, slots=True)
class Rendered:
    """A finished file. `missing`: the characters that print as a box because no font has them."""

    content: bytes
    sha256: str
    missing: tuple[str, ...]


def render_pdf(context: Context, *, links: Mapping[str, str], created_at: datetime) -> Rendered:
    """Draw the document. The same arguments give the same bytes, in any thread.

    Raises BadContext for a payment link that `links` does not know, and typst.TypstError if the drawing fails.
    """
    return draw(present(context, links), created_at=created_at)


def missing_glyphs(context: Context) -> list[str]:
    """The characters of a document that would print as a box, to be told before it is issued. Blocks nothing."""
    paper = present(context, dict.fromkeys(link_codes(context), ""))
    return missing(_texts(dataclasses.asdict(paper)))


def draw(paper: Paper, *, created_at: datetime) -> Rendered:
    texts = list(_texts(dataclasses.asdict(paper)))
    data = _drawable(dataclasses.asdict(paper)) | {"fonts": families(texts)}
    content = _compiler(paper.layout).compile(
        format="pdf",
        sys_inputs={"paper": json.dumps(data, ensure_ascii=False)},
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(created_at.timestamp()),
    )
    assert isinstance(content, bytes)  # one PDF, not a list of page pictures
    return Rendered(content, sha256(content).hexdigest(), tuple(missing(texts)))


def _compiler(layout: str) -> typst.Compiler:
    """This thread's compiler for a template: one must not be used by two threads."""
    compilers: dict[str, typst.Compiler] = _threads.__dict__.setdefault("compilers", {})
    if layout not in compilers:
        compilers[layout] = typst.Compiler(
            str(TEMPLATE_DIR / f"{layout}.typ"), root=str(TEMPLATE_DIR), font_paths=_fonts()
        )
    return compilers[layout]


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONT_DIR)])


def _texts(value: Any, key: str = "") -> Iterator[str]:
    """Every string that will be drawn."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _texts(item, name)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item, key)
    elif isinstance(value, str) and key not in VERBATIM:
        yield value


def _drawable(value: Any, key: str = "") -> Any:
    """The same data with boxes for missing characters and a way to break for overlong words."""
    if isinstance(value, dict):
        return {name: _drawable(item, name) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_drawable(item, key) for item in value]
    if isinstance(value, str) and key not in VERBATIM:
        too_long = LONGER_WORD if key in WIDE else LONG_WORD
        return too_long.sub(lambda word: BREAK.join(LETTERS.findall(word[0])), boxed(value))
    return value
