# SPDX-License-Identifier: Apache-2.0
"""Credit notes by number, and their papers."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from aftersession.billing.lists import list_credit_notes
from aftersession.billing.models import CreditNote
from aftersession.billing.queries import credit_note_for, paper_of_share
from aftersession.desk.billing.filters import PaymentFilter
from aftersession.desk.billing.pages import address, sections
from aftersession.desk.billing.paper import pdf_response, ready_document
from aftersession.desk.requests import DeskRequest
from aftersession.payments.queries import Choice


@require_GET
def credit_note_list(request: DeskRequest) -> HttpResponse:
    """What was taken back, the newest first."""
    member, choice = request.member, Choice.read(request.GET.dict())
    page = list_credit_notes(member, search=choice.search, period=choice.shown_period, after=choice.after)
    route, filter_form = "desk:credit_note_list", PaymentFilter(choice, has_method=False)
    filter_form.fields["period"].label = _("Issued")
    context = {
        "place": "billing",
        "choice": choice,
        "lead": _lead(page.notes, choice),
        "sections": sections(route),
        "filter_form": filter_form,
        "clear_url": reverse(route) if choice.is_filtered else "",
        "rows": page.notes,
        "next_url": address(route, choice.parameters(after=page.after)) if page.after else "",
        "first_url": address(route, choice.parameters()) if choice.after else "",
    }
    return render(request, "desk/billing/credit_notes.html", context)


@require_safe
def credit_note_pdf(request: DeskRequest, code: str) -> HttpResponse:
    """A credit note as it was issued; with `share`, the paper of that debtor's part of it."""
    note = credit_note_for(request.member, code)
    share_code = request.GET.get("share", "")
    document = paper_of_share(note, share_code) if share_code else note.document
    return pdf_response(ready_document(document, request.member.practice))


def _lead(rows: list[CreditNote], choice: Choice) -> SafeString:
    """The newest credit note, which is also how many there are."""
    if choice.is_filtered:
        return mark_safe(_("Credit notes <b>that fit</b> what you chose."))
    if not rows:
        return mark_safe(_("<b>No credit note</b> in this time."))
    return format_html(_("The newest credit note is <b>{number}</b>."), number=rows[0].number_label)
