# SPDX-License-Identifier: Apache-2.0
"""Where partners send their notices. The only addresses of the product without a CSRF token."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from aftersession.integrations.inbox import MAX_NOTICE_BYTES, receive_notice
from aftersession.payments.provider import NoticeRejected


@csrf_exempt
@require_POST
def receive_webhook(request: HttpRequest, kind: str, connection_code: str) -> HttpResponse:
    """200 once the notice is safe with us, whatever it says; 400 for one that is not the partner's."""
    raw_body = request.read(MAX_NOTICE_BYTES + 1)
    if len(raw_body) > MAX_NOTICE_BYTES:
        return HttpResponse(status=413)
    try:
        receive_notice(kind=kind, connection_code=connection_code, raw_body=raw_body, headers=request.headers)
    except NoticeRejected:
        return HttpResponse(status=400)
    return HttpResponse(status=200)
