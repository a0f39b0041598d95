# SPDX-License-Identifier: Apache-2.0
"""Asking the partner that took a payment to give some of it back."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersession.desk.billing.forms import MoneyField, ReasonForm
from aftersession.desk.online_refunds.standing import standing_of
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.lib.money import format_money, format_plain
from aftersession.payments.models import Refund, RefundState
from aftersession.payments.queries import payment_for
from aftersession.practices.models import Practice
from aftersession.workflows.refund_online import refund_online


class OnlineRefundForm(ReasonForm):
    """How much the partner shall give back, and why."""

    field_order = ["amount", "reason"]
    amount = MoneyField(label=_("Amount"))


@require_http_methods(["GET", "POST"])
def refund_online_page(request: DeskRequest, code: str) -> HttpResponse:
    """Ask how much and why; then ask the partner, once, and say how it stands."""
    payment = payment_for(request.member, code)
    practice = request.member.practice
    form = OnlineRefundForm(
        request.POST or None, initial={"amount": format_plain(payment.unallocated, practice.locale)}
    )
    amount = form.fields["amount"]
    assert isinstance(amount, MoneyField)
    amount.practice = practice
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                refund = refund_online(
                    payment=payment,
                    amount_minor=form.cleaned_data["amount"],
                    reason=form.cleaned_data["reason"],
                    actor=request.member,
                    key=form.cleaned_data["key"],
                )
            except DomainError as error:
                form.add_refusal(error)
            else:
                tell = messages.warning if refund.state == RefundState.FAILED else messages.success
                tell(request, _told(refund, practice))
                return redirect("desk:payment_detail", code)
    context = {
        "place": "billing",
        "payment": payment,
        "form": form,
        "standing": standing_of(payment, request.member),
        "back": reverse("desk:payment_detail", args=[code]),
    }
    return render(request, "desk/online_refunds/question.html", context, status=status)


def _told(refund: Refund, practice: Practice) -> str:
    facts = {"amount": format_money(refund.amount, practice.locale), "number": refund.number_label}
    text = {
        RefundState.REQUESTED: _(
            "%(number)s: the partner has not answered yet. We ask again by ourselves; do not refund it twice."
        ),
        RefundState.PENDING: _("%(number)s: %(amount)s is on its way back."),
        RefundState.DONE: _("%(number)s: %(amount)s is paid back."),
        RefundState.FAILED: _("%(number)s: the partner refused. Nothing was paid back."),
    }[RefundState(refund.state)]
    return text % facts
