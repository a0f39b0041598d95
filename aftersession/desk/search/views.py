# SPDX-License-Identifier: Apache-2.0
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aftersession.desk.requests import DeskRequest
from aftersession.desk.search.results import search
from aftersession.lib.paging import plain

LONGEST = 100


@require_GET
def search_page(request: DeskRequest) -> HttpResponse:
    """Where is it? One field for clients, sessions and invoices."""
    text = plain(request.GET.get("q", ""), LONGEST)
    context = {"text": text, "results": search(request.member, text)}
    return render(request, "desk/search/page.html", context)
