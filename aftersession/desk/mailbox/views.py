# SPDX-License-Identifier: Apache-2.0
"""The demo's mailbox: what clients and insurers got. Its routes exist in the demo mode only."""

from urllib.parse import quote

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from aftersession.desk.mailbox.letters import list_mails, mail_named


@require_GET
def mailbox(request: HttpRequest) -> HttpResponse:
    """All mails, newest first, whoever they are to."""
    _only_in_the_demo()
    mails, after = list_mails(request.GET.get("after", ""))
    context = {"mails": mails, "after": after, "is_first": "after" not in request.GET}
    return render(request, "desk/mailbox/list.html", context)


@require_GET
def mailbox_mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail, as plain text."""
    _only_in_the_demo()
    return render(request, "desk/mailbox/mail.html", {"mail": mail_named(name)})


@require_GET
def mailbox_paper(request: HttpRequest, name: str, place: int) -> HttpResponse:
    """An attachment, as a file to keep: a browser must not run what a mail brings."""
    _only_in_the_demo()
    papers = [paper for paper in mail_named(name).papers if paper.place == place]
    if not papers:
        raise Http404
    paper = papers[0]
    is_pdf = paper.content_type == "application/pdf"
    response = HttpResponse(
        paper.content, content_type="application/pdf" if is_pdf else "application/octet-stream"
    )
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(paper.filename, safe='')}"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _only_in_the_demo() -> None:
    if not settings.DEMO:
        raise Http404
