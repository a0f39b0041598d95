# SPDX-License-Identifier: Apache-2.0
"""What can be done with money that came: use it, take it off an invoice, give it back."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersession.billing.queries import share_for
from aftersession.desk.forms import CommandForm
from aftersession.desk.payments.forms import RefundForm, ReleaseForm, UseForm
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.lib.money import Money, format_money
from aftersession.lib.paging import plain
from aftersession.payments.models import Payment
from aftersession.payments.queries import payment_for, settled_shares, shares_it_may_settle
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.refund_payment import owner_of, refund_limit, refund_payment
from aftersession.workflows.use_credit import release_credit, use_credit

Act = Callable[[], HttpResponse]


@require_http_methods(["GET", "POST"])
def payment_use(request: DeskRequest, code: str) -> HttpResponse:
    """Let what is unused of a payment settle an invoice."""
    payment = payment_for(request.member, code)
    shares = shares_it_may_settle(request.member, payment)
    sent = plain(request.POST.get("share", ""), 16)
    if sent and all(each.code != sent for each in shares):
        # Sent twice, it finds the invoice settled: the command knows that it did so itself.
        shares.append(share_for(request.member, sent))
    form = UseForm(
        request.POST or None,
        practice=request.member.practice,
        payment=payment,
        shares=shares,
        chosen=request.GET.get("share", ""),
    )

    def act() -> HttpResponse:
        values = form.cleaned_data
        share = next(each for each in shares if each.code == values["share"])
        done = use_credit(
            share=share, amount_minor=values["amount"], payment=payment, **_command(request, form)
        )
        shown = _shown(done.amount_minor, payment, request)
        number = share.invoice.number_label
        messages.success(
            request, _("%(amount)s settles %(number)s now.") % {"amount": shown, "number": number}
        )
        return redirect("desk:payment_detail", code)

    return _answer(request, form, act, "use", payment, shares=shares)


@require_http_methods(["GET", "POST"])
def payment_release(request: DeskRequest, code: str) -> HttpResponse:
    """Take a payment off an invoice again: it stays as unused money."""
    payment = payment_for(request.member, code)
    settled = settled_shares(payment)
    asked = request.GET.get("share", "")
    row = next((each for each in settled if each.share.code == asked), settled[0] if settled else None)
    amount = Money(row.amount_minor if row else 0, payment.currency)
    share_code = row.share.code if row else ""
    form = ReleaseForm(
        request.POST or None, practice=request.member.practice, amount=amount, share=share_code
    )

    def act() -> HttpResponse:
        asked_code = form.cleaned_data["share"] or share_code
        if not asked_code:
            return redirect("desk:payment_detail", code)
        share = share_for(request.member, asked_code)
        done = release_credit(
            share=share,
            amount_minor=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            payment=payment,
            **_command(request, form),
        )
        shown = _shown(-done.amount_minor, payment, request)
        messages.success(
            request,
            _("%(amount)s is taken off %(number)s. It is in credit now.")
            % {"amount": shown, "number": share.invoice.number_label},
        )
        return redirect("desk:payment_detail", code)

    return _answer(request, form, act, "release", payment, row=row, amount=amount)


@require_http_methods(["GET", "POST"])
def payment_refund(request: DeskRequest, code: str) -> HttpResponse:
    """Give back what is unused of a payment, all or a part, by hand."""
    payment, practice = payment_for(request.member, code), request.member.practice
    owner = owner_of(payment, practice) if _has_owner(payment) else None
    form = RefundForm(
        request.POST or None, practice=practice, payment=payment, email=owner.email if owner else ""
    )

    def act() -> HttpResponse:
        done = refund_payment(
            payment=payment, refund=form.refund(), send_to=form.paper_to(), **_command(request, form)
        )
        produce_now(practice, [done.document_code])
        shown = _shown(done.amount_minor, payment, request)
        messages.success(
            request, _("%(number)s: %(amount)s given back.") % {"number": done.number, "amount": shown}
        )
        return redirect("desk:payment_detail", code)

    limit_minor = refund_limit(request.member)
    limit = None if limit_minor is None else Money(limit_minor, practice.currency)
    return _answer(request, form, act, "refund", payment, owner=owner, limit=limit)


def _has_owner(payment: Payment) -> bool:
    return payment.patient_id is not None or payment.guarantor_id is not None or payment.payer_id is not None


def _shown(minor: int, payment: Payment, request: DeskRequest) -> str:
    return format_money(Money(minor, payment.currency), request.member.practice.locale)


def _command(request: DeskRequest, form: CommandForm) -> dict[str, Any]:
    return {"actor": request.member, "key": form.cleaned_data["key"]}


def _answer(
    request: DeskRequest, form: CommandForm, act: Act, template: str, payment: Payment, **context: Any
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
    context |= {
        "place": "billing",
        "form": form,
        "payment": payment,
        "unused": payment.unallocated,
        "currency": payment.currency,
        "back": reverse("desk:payment_detail", args=[payment.code]),
    }
    return render(request, f"desk/payments/{template}.html", context, status=status)
