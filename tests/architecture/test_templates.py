# SPDX-License-Identifier: Apache-2.0
"""What every template keeps to: nothing inline, and no form that can be forged or sent twice."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.house import name_of, sources, tree_of

# Letters are read by mail programs, which know no stylesheet of ours; papers are drawn, not shown.
TEMPLATES = list(sources(suffix=".html"))
FORM = re.compile(r"<form\b(?P<head>[^>]*)>(?P<body>.*?)</form>", re.DOTALL | re.IGNORECASE)
IS_POST = re.compile(r"""method\s*=\s*["']?post""", re.IGNORECASE)
INLINE = re.compile(
    r"""<style\b|\sstyle\s*=|\son[a-z]+\s*=\s*["']|javascript:|hx-on|hx-vals\s*=\s*["']js:|<script(?![^>]*\bsrc=)""",
    re.IGNORECASE,
)
COMMENT = re.compile(r"{#.*?#}|{% comment.*?%}.*?{% endcomment %}|<!--.*?-->", re.DOTALL)

# The one form that goes to somebody else: our token is none of their business.
TO_A_PARTNER = "aftersession/portal/templates/portal/hand_over.html"
# Signing in and out, and the choice of a practice, change no row that a second sending would repeat.
WITHOUT_KEY = re.compile(
    r"^aftersession/(accounts/templates/|desk/templates/desk/(demo_sign_in|practice_choice)\.html)"
)
SIGN_OUT = re.compile(r"account_logout|out_url")


def text_of(path: Path) -> str:
    return COMMENT.sub("", path.read_text(encoding="utf-8"))


def test_nothing_in_a_template_is_script_or_style() -> None:
    found = [
        f"{name_of(path)}: {match.group(0).strip()}"
        for path in TEMPLATES
        for match in INLINE.finditer(re.sub(r"<svg\b.*?</svg>", "", text_of(path), flags=re.DOTALL))
    ]
    assert found == []


def test_nothing_from_people_is_shown_as_markup() -> None:
    unsafe = re.compile(r"\|\s*safe\b|{%\s*autoescape off|mark_safe")
    assert [name_of(path) for path in TEMPLATES if unsafe.search(text_of(path))] == []


def test_only_sentences_of_our_own_are_taken_for_markup() -> None:
    """`mark_safe` of anything but a literal sentence would show what somebody typed as markup."""
    drawn = {"aftersession/documents/html.py": "pay.qr_svg"}
    found = [
        f"{name_of(path)}: {ast.unparse(node)}"
        for path in sources()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "mark_safe"
        if not is_literal(node.args[0]) and drawn.get(name_of(path)) != ast.unparse(node.args[0])
    ]
    assert found == []


def is_literal(node: ast.expr) -> bool:
    """A text in the source, translated or not."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "gettext"):
        return is_literal(node.args[0])
    return isinstance(node, ast.Constant)


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_form_that_changes_something_is_ours_and_safe_to_send_twice(path: Path) -> None:
    for form in FORM.finditer(text_of(path)):
        if not IS_POST.search(form["head"]):
            continue
        if name_of(path) == TO_A_PARTNER:
            assert "csrf_token" not in form["body"]
            continue
        assert "{% csrf_token %}" in form["body"], form["head"]
        if not (WITHOUT_KEY.search(name_of(path)) or SIGN_OUT.search(form["head"])):
            assert "command_key" in form["body"] or 'name="key"' in form["body"], form["head"]


def test_the_rules_would_see_a_breach() -> None:
    for bad in (' style="x"', "<script>", '<b onclick="x">', "<style>", '<a href="javascript:x">'):
        assert INLINE.search(bad)
    assert not INLINE.search('<script src="x.js" defer></script>')


def test_pages_load_nothing_from_elsewhere() -> None:
    loads = re.compile(r"""<(?:script|img|link|iframe|source)[^>]*(?:src|href)\s*=\s*["'](?:https?:)?//""")
    assert [name_of(path) for path in TEMPLATES if loads.search(text_of(path))] == []
