# SPDX-License-Identifier: Apache-2.0
"""Diagnosis codes as one types: the options of every field that asks for one."""

from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aftersession.catalog.code_search import CodeHit, search_codes
from aftersession.catalog.code_tables import code_table_for
from aftersession.desk.billing_form.code_options import option_of
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
