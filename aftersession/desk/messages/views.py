# SPDX-License-Identifier: Apache-2.0
"""Did it reach them? The outbox, one message, and what can still be done with it."""

from django.contrib import messages as notices
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aftersession.desk.messages.pages import address_choice, detail_page, list_page
from aftersession.desk.messages.queries import Choice, attachment_for, message_for
from aftersession.desk.requests import DeskRequest
from aftersession.documents.actions import open_file
from aftersession.documents.models import DocumentState
from aftersession.messaging.changes import release_message
from aftersession.messaging.models import Message
from aftersession.workflows.cancel_message import cancel_message
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.resend_message import resend_message


@require_GET
def message_list(request: DeskRequest) -> HttpResponse:
    """One tab of the outbox, newest first."""
    return render(
        request, "desk/messages/list.html", list_page(request.member, Choice.read(request.GET.dict()))
    )


@require_GET
def message_detail(request: DeskRequest, code: str) -> HttpResponse:
    """A message as it was sent, and its history."""
    message = message_for(request.member, code)
    return render(request, "desk/messages/detail.html", detail_page(request.member, message))


@require_GET
def message_attachment(request: DeskRequest, code: str, document_code: str) -> HttpResponse:
    """A paper as it was, or will be, attached."""
    document = attachment_for(request.member, code, document_code)
    if document.state != DocumentState.READY:
        produce_now(request.member.practice, [document.code])
        document.refresh_from_db()
    if document.state != DocumentState.READY:
        raise Http404
    response = HttpResponse(open_file(document), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{document.filename}"'
    return response


@require_http_methods(["GET", "POST"])
def message_cancel(request: DeskRequest, code: str) -> HttpResponse:
    """Stop a message that has not left."""
    message = message_for(request.member, code)
    if request.method == "GET":
        return render(request, "desk/messages/cancel.html", {"message": message})
    cancel_message(message=message, actor=request.member, key=request.POST.get("key", ""))
    notices.success(request, _("Cancelled. The message to %(name)s stays here.") % {"name": message.to_name})
    return redirect("desk:message_detail", code)


@require_http_methods(["GET", "POST"])
def message_release(request: DeskRequest, code: str) -> HttpResponse:
    """Send a held message: to the new address, or to the one it was written to."""
    message = message_for(request.member, code)
    if request.method == "GET":
        return _ask(request, message, is_release=True)
    if request.POST.get("send_to") != message.to_address:
        return _send_again(request, message)
    release_message(message=message, actor=request.member, key=request.POST.get("key", ""))
    return redirect("desk:message_detail", code)


@require_http_methods(["GET", "POST"])
def message_again(request: DeskRequest, code: str) -> HttpResponse:
    """Send once more what did not arrive."""
    message = message_for(request.member, code)
    if request.method == "GET":
        return _ask(request, message, is_release=False)
    return _send_again(request, message)


def _ask(request: DeskRequest, message: Message, *, is_release: bool) -> HttpResponse:
    context = {"message": message, "is_release": is_release, **address_choice(message)}
    return render(request, "desk/messages/again.html", context)


def _send_again(request: DeskRequest, message: Message) -> HttpResponse:
    sent = resend_message(
        message=message,
        send_to=request.POST.get("send_to", ""),
        actor=request.member,
        key=request.POST.get("key", ""),
    )
    return redirect("desk:message_detail", sent.message_code)
