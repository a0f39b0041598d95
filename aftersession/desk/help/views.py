# SPDX-License-Identifier: Apache-2.0
"""The steps of each page in plain words, and whom to ask."""

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from aftersession.desk.help.topics import BY_SLUG, OF_PAGE, TOPICS
from aftersession.desk.requests import DeskRequest


@require_GET
def help_index(request: DeskRequest) -> HttpResponse:
    """All topics; straight to the one of the page somebody came from (`?page=` its name)."""
    topic = OF_PAGE.get(request.GET.get("page", ""))
    if topic is not None:
        return redirect("desk:help_topic", topic.slug)
    return render(request, "desk/help/index.html", {"topics": TOPICS, "place": "help"})


@require_GET
def help_topic(request: DeskRequest, topic: str) -> HttpResponse:
    """One topic."""
    found = BY_SLUG.get(topic)
    if found is None:
        raise Http404
    context = {
        "topic": found,
        "topics": TOPICS,
        "words": request.member.practice.profile.words,
        "place": "help",
    }
    return render(request, found.template, context)
