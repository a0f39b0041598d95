# SPDX-License-Identifier: Apache-2.0
"""A found diagnosis code as a list of options draws it."""

from collections.abc import Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from aftersession.catalog.code_search import CodeHit


def option_of(hit: CodeHit) -> dict[str, Any]:
    """A code as the list draws it, what fits marked."""
    note = ""
    if not hit.is_specific:
        note = _("needs one more character")
    elif not hit.is_current:
        note = _("no longer in force")
    elif hit.used:
        note = ngettext("used %(count)d time", "used %(count)d times", hit.used) % {"count": hit.used}
    return {
        "value": hit.code,
        "code": hit.code,
        "label": hit.title,
        "shown": marked(hit.title, hit.marks),
        "note": note,
    }


def marked(text: str, marks: Sequence[tuple[int, int]]) -> SafeString:
    """The text with what fits in marks."""
    pieces, at = [], 0
    for start, end in marks:
        pieces.append((text[at:start], text[start:end]))
        at = end
    return format_html("{}{}", format_html_join("", "{}<mark>{}</mark>", pieces), text[at:])
