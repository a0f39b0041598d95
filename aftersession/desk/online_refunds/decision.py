# SPDX-License-Identifier: Apache-2.0
"""A partner says otherwise of a refund than was asked for: somebody says what is true."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from aftersession.desk.billing.forms import ReasonForm
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.lib.money import format_money
from aftersession.payments.models import Refund
from aftersession.payments.queries import refund_for
from aftersession.payments.refunds import UNDECIDED
from aftersession.practices.models import Practice
from aftersession.workflows.decide_refund import Truth, ask_again, decide_refund, truths_of

AGAIN = "again"


class DecisionForm(ReasonForm):
    """What became of the money, and how one knows. Asking the partner again needs no reason."""

    field_order = ["truth", "reason"]
    truth = forms.ChoiceField(label=gettext_lazy("What is true"))

    def __init__(self, data: QueryDict | None, *, refund: Refund, practice: Practice) -> None:
        super().__init__(data)
        choice = self.fields["truth"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = [(AGAIN, _("I do not know yet: ask the partner again")), *_choices(refund, practice)]
        self.fields["reason"].required = data is not None and data.get("truth") != AGAIN
        self.fields["reason"].help_text = _("How you know: its statement, the answer of its support.")


@require_http_methods(["GET", "POST"])
def refund_decision(request: DeskRequest, code: str) -> HttpResponse:
    """Show what was asked and what the partner says; ask it again, or book what somebody says is true."""
    refund = refund_for(request.member, code)
    back = reverse("desk:payment_detail", args=[refund.payment.code])
    if refund.problem not in UNDECIDED:
        messages.info(request, _("%(number)s is decided by now.") % {"number": refund.number_label})
        return redirect(back)
    form = DecisionForm(request.POST or None, refund=refund, practice=request.member.practice)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                messages.success(request, _act(request, refund, form))
                return redirect(back)
            except DomainError as error:
                form.add_refusal(error)
    context = {"place": "billing", "form": form, "refund": refund, "back": back}
    return render(request, "desk/online_refunds/decision.html", context, status=status)


def _act(request: DeskRequest, refund: Refund, form: DecisionForm) -> str:
    """Do what was chosen. Returns what to say of it."""
    values = form.cleaned_data
    if values["truth"] == AGAIN:
        if ask_again(refund):
            return _("The partner has answered: it is settled.")
        return _("The partner says the same as before.")
    truth = Truth(values["truth"])
    decide_refund(
        refund=refund, truth=truth, reason=values["reason"], actor=request.member, key=values["key"]
    )
    return _("The books say so now. The log keeps who decided it, and why.")


def _choices(refund: Refund, practice: Practice) -> list[tuple[str, str]]:
    told = format_money(refund.told or refund.amount, practice.locale)
    asked = format_money(refund.amount, practice.locale)
    words = {
        Truth.TOLD: _("%(told)s went back, as the partner says") % {"told": told},
        Truth.ASKED: _("%(asked)s went back, as was asked for") % {"asked": asked},
        Truth.NOTHING: _("Nothing went back, as the partner says"),
    }
    return [(str(truth), words[truth]) for truth in truths_of(refund)]
