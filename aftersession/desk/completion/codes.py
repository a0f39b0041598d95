# SPDX-License-Identifier: Apache-2.0
"""Diagnosis codes as one types: the options of every field that asks for one."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from aftersession.catalog.code_search import CodeHit, search_codes
from aftersession.catalog.code_tables import code_table_for
from aftersession.desk.requests import DeskRequest
from aftersession.encounters.queries import codes_used_lately
from aftersession.lib import clock

FOUND = 8


@require_GET
def code_search(request: DeskRequest) -> HttpResponse:
    """The codes that a word or the beginning of a code may mean, those the practice uses first."""
    practice = request.member.practice
    table = code_table_for(practice, practice.profile.diagnosis_rules.system)
    hits: Sequence[CodeHit] = ()
    if table is not None:
        today, used = clock.today(practice.time_zone), codes_used_lately(practice)
        hits = search_codes(table, request.GET.get("q", ""), FOUND, on=today, used=used)
    return render(request, "ui/parts/options.html", {"options": [option_of(hit) for hit in hits]})


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
