# SPDX-License-Identifier: Apache-2.0
"""What still needs me?"""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aftersession.desk.requests import DeskRequest
from aftersession.desk.today.pages import today_page


@require_GET
def today(request: DeskRequest) -> HttpResponse:
    """The day: what is open, what comes next, what arrived and what is stuck."""
    return render(request, "desk/today/page.html", today_page(request.member))
