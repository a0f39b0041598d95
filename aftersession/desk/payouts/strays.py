# SPDX-License-Identifier: Apache-2.0
"""Money and news at partners that fit nothing here: a person decides."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods

from aftersession.billing.models import InvoiceShare
from aftersession.desk.billing.forms import ReasonForm
from aftersession.desk.forms import CommandForm, NameField
from aftersession.desk.requests import DeskRequest
from aftersession.integrations.inbox import put_notice_aside, put_notices_aside
from aftersession.integrations.queries import MOST_SHOWN, stuck_notice_for, stuck_notices
from aftersession.lib.errors import DomainError
from aftersession.payments.models import StrayPayment
from aftersession.payments.partner_queries import list_strays, share_of_number, stray_for
from aftersession.practices.models import Member
from aftersession.workflows.decide_stray import set_stray_aside, take_in_stray
from aftersession.workflows.produce_documents import produce_now

Act = Callable[[], HttpResponse]


class InvoiceForm(CommandForm):
    """For which invoice money came, by its number."""

    number = NameField(
        label=gettext_lazy("Invoice number"),
        max_length=20,
        help_text=gettext_lazy("For whom it came. It stays unused until you use it for the invoice."),
    )

    def __init__(self, data: QueryDict | None, *, member: Member) -> None:
        super().__init__(data)
        self.member = member
        self.share: InvoiceShare | None = None

    def clean_number(self) -> str:
        number = str(self.cleaned_data["number"])
        self.share = share_of_number(self.member, number)
        if self.share is None:
            raise forms.ValidationError(_("No invoice of a client has this number."))
        return number


@require_GET
def stray_list(request: DeskRequest) -> HttpResponse:
    """Money found at partners that nobody here began, and notices that nothing came of."""
    notices = stuck_notices(request.member.practice)[:MOST_SHOWN]
    context = {"place": "billing", "strays": list_strays(request.member), "notices": notices}
    return render(request, "desk/payouts/strays.html", context)


@require_http_methods(["GET", "POST"])
def stray_take(request: DeskRequest, code: str) -> HttpResponse:
    """Let money found at a partner be somebody's, by an invoice of theirs."""
    stray = stray_for(request.member, code)
    form = InvoiceForm(request.POST or None, member=request.member)

    def act() -> HttpResponse:
        assert form.share is not None
        key = form.cleaned_data["key"]
        done = take_in_stray(stray=stray, share=form.share, actor=request.member, key=key)
        produce_now(request.member.practice, [done.document_code])
        messages.success(request, _("Taken in. Use it for the invoice now, or leave it as credit."))
        return redirect("desk:payment_detail", done.payment_code)

    return _answer(request, form, act, "take", stray)


@require_http_methods(["GET", "POST"])
def stray_aside(request: DeskRequest, code: str) -> HttpResponse:
    """Leave money found at a partner out of the books, with a reason."""
    stray, form = stray_for(request.member, code), ReasonForm(request.POST or None)

    def act() -> HttpResponse:
        values = form.cleaned_data
        set_stray_aside(stray=stray, note=values["reason"], actor=request.member, key=values["key"])
        messages.success(request, _("Set aside. It can still be taken in later."))
        return redirect("desk:stray_list")

    return _answer(request, form, act, "aside", stray)


@require_http_methods(["GET", "POST"])
def notice_aside(request: DeskRequest, code: str) -> HttpResponse:
    """Somebody has looked at one of them."""
    notice, form = stuck_notice_for(request.member.practice, code), CommandForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        put_notice_aside(notice=notice, actor=request.member, key=form.cleaned_data["key"])
        messages.success(request, _("Put aside. It stays stored."))
        return redirect("desk:stray_list")
    context = {"place": "billing", "form": form, "notice": notice, "count": 1}
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/payouts/notices.html", context, status=status)


@require_http_methods(["GET", "POST"])
def notices_aside(request: DeskRequest) -> HttpResponse:
    """Somebody has looked at the notices that nothing came of."""
    form = CommandForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        count = put_notices_aside(actor=request.member, key=form.cleaned_data["key"]).count
        text = ngettext("%(count)d notice put aside.", "%(count)d notices put aside.", count)
        messages.success(request, text % {"count": count})
        return redirect("desk:stray_list")
    context = {"place": "billing", "form": form, "count": stuck_notices(request.member.practice).count()}
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/payouts/notices.html", context, status=status)


def _answer(
    request: DeskRequest, form: CommandForm, act: Act, template: str, stray: StrayPayment
) -> HttpResponse:
    """Ask on GET; on POST do it, or show the form again with what was typed and why not."""
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return act()
            except DomainError as error:
                form.add_refusal(error)
    context = {"place": "billing", "form": form, "stray": stray}
    return render(request, f"desk/payouts/{template}.html", context, status=status)
