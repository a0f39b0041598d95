# SPDX-License-Identifier: Apache-2.0
"""What partners paid out to the bank, and putting aside what they took back."""

from collections.abc import Iterator

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from aftersession.desk.accounts.pages import csv_response
from aftersession.desk.billing.pages import address, sections
from aftersession.desk.forms import CommandForm
from aftersession.desk.requests import DeskRequest
from aftersession.lib.csv_files import Cell
from aftersession.lib.money import Money, format_money
from aftersession.payments.models import Dispute, Refund
from aftersession.payments.partner_queries import (
    PayoutDetails,
    dispute_for,
    list_payouts,
    payment_of_line,
    payout_for,
)
from aftersession.payments.queries import refund_for
from aftersession.payments.registry import provider_class
from aftersession.practices.models import Practice
from aftersession.workflows.take_back_money import put_aside


@require_GET
def payout_list(request: DeskRequest) -> HttpResponse:
    """What partners paid out, the latest day first."""
    after = request.GET.get("after", "")[:16]
    page = list_payouts(request.member, after=after)
    context = {
        "place": "billing",
        "lead": _list_lead(page.rows[0].amount if page.rows else None, request.member.practice),
        "sections": sections("desk:payout_list"),
        "rows": [(row, provider_class(row.connection.kind).guide.title) for row in page.rows],
        "next_url": address("desk:payout_list", {"after": page.after}) if page.after else "",
        "first_url": address("desk:payout_list", {}) if after else "",
    }
    return render(request, "desk/payouts/payouts.html", context)


@require_GET
def payout_detail(request: DeskRequest, code: str) -> HttpResponse:
    """One payout: what it is made of, what was kept of it, and what does not add up."""
    details = payout_for(request.member, code)
    context = {
        "place": "billing",
        "details": details,
        "payout": details.payout,
        "partner": provider_class(details.payout.connection.kind).guide.title,
        "is_test": details.payout.connection.is_test,
        "lines": [
            (line, payment_of_line(line), Money(line.amount_minor, details.payout.currency),
             Money(line.fee_minor, details.payout.currency))
            for line in details.lines
        ],
        "lead": _detail_lead(details, request.member.practice),
    }  # fmt: skip
    return render(request, "desk/payouts/payout.html", context)


@require_GET
def payout_csv(request: DeskRequest, code: str) -> HttpResponse:
    """The lines of a payout as a table."""
    details = payout_for(request.member, code)
    header = [_("Kind"), _("Partner's id"), _("From"), _("Our reference"), _("Amount"), _("Fee"), _("Net")]
    return csv_response(f"payout-{code}.csv", (header, _table(details)))


@require_http_methods(["GET", "POST"])
def dispute_seen(request: DeskRequest, code: str) -> HttpResponse:
    """Put aside what a dispute came to: nothing more is to be done about it."""
    return _put_aside(request, dispute_for(request.member, code))


@require_http_methods(["GET", "POST"])
def refund_seen(request: DeskRequest, code: str) -> HttpResponse:
    """Put aside that a refund was made at the partner."""
    return _put_aside(request, refund_for(request.member, code))


def _put_aside(request: DeskRequest, about: Dispute | Refund) -> HttpResponse:
    form = CommandForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        put_aside(about=about, actor=request.member, key=form.cleaned_data["key"])
        messages.success(request, _("Put aside. The payment keeps its story."))
        return redirect("desk:payment_detail", about.payment.code)
    context = {"place": "billing", "payment": about.payment, "form": form, "amount": about.amount}
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/payouts/seen.html", context, status=status)


def _table(details: PayoutDetails) -> Iterator[list[Cell]]:
    currency = details.payout.currency
    for line in details.lines:
        payment = payment_of_line(line)
        yield [
            str(line.get_kind_display()),
            line.external_id,
            payment.from_name if payment else "",
            payment.reference if payment else "",
            Money(line.amount_minor, currency),
            Money(line.fee_minor, currency),
            Money(line.amount_minor - line.fee_minor, currency),
        ]


def _list_lead(newest: Money | None, practice: Practice) -> SafeString:
    if newest is None:
        return mark_safe(_("<b>Nothing</b> has been paid out yet."))
    return format_html(
        _("The newest payout brought <b>{amount}</b>."), amount=format_money(newest, practice.locale)
    )


def _detail_lead(details: PayoutDetails, practice: Practice) -> SafeString:
    amount = format_money(details.payout.amount, practice.locale)
    if details.payout.returned_at:
        return format_html(_("<b>{amount}</b> did not reach the bank."), amount=amount)
    if not details.lines:
        return format_html(
            _("<b>{amount}</b> reached the bank. What it is made of is not told."), amount=amount
        )
    if details.adds_up:
        return format_html(_("<b>{amount}</b> reached the bank, and it adds up."), amount=amount)
    return format_html(_("<b>{amount}</b> reached the bank, and something does not add up."), amount=amount)
