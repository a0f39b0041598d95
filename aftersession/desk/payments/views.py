# SPDX-License-Identifier: Apache-2.0
"""One payment with what can be done with it, and what was given back."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from aftersession.desk.billing.details import CORRECTORS
from aftersession.desk.billing.pages import address, sections
from aftersession.desk.billing.paper import pdf_response, ready_document
from aftersession.desk.billing.reasons import dispute_note
from aftersession.desk.billing.receipts import payment_lead, receipt_of, settlement_rows
from aftersession.desk.online_refunds.standing import standing_of
from aftersession.desk.payments.inquiries import inquiry_text
from aftersession.desk.requests import DeskRequest
from aftersession.lib.money import Money
from aftersession.payments.models import PaymentMethod, PaymentState, Refund
from aftersession.payments.partner_queries import disputes_of, inquiries_about
from aftersession.payments.queries import (
    list_refunds,
    payment_for,
    refund_for,
    refunds_of,
    settled_shares,
    shares_it_may_settle,
)


@require_GET
def payment_detail(request: DeskRequest, code: str) -> HttpResponse:
    """What a payment settles, what of it is unused, its papers, and what can be done with it."""
    payment = payment_for(request.member, code)
    is_ours = payment.method != PaymentMethod.ONLINE
    refunds, settlements = refunds_of(payment), settlement_rows(payment)
    may_correct = request.member.role in CORRECTORS
    stands = payment.state == PaymentState.RECORDED
    context = {
        "place": "billing",
        "payment": payment,
        "lead": payment_lead(payment, request.member.practice),
        "settlements": settlements,
        "was_released": any(row.is_undoing for row in settlements),
        "settled": settled_shares(payment),
        "refunds": refunds,
        "disputes": [(each, dispute_note(each, request.member.practice)) for each in disputes_of(payment)],
        "inquiries": [inquiry_text(each, request.member.practice) for each in inquiries_about(payment)],
        "fee": Money(payment.fee_minor, payment.currency) if payment.fee_minor else None,
        "is_test": payment.connection is not None and payment.connection.is_test,
        "receipt": receipt_of(payment),
        "unused": payment.unallocated,
        "can_use": bool(payment.unallocated_minor and shares_it_may_settle(request.member, payment)),
        "is_reversed": not stands,
        "is_ours": is_ours,
        "may_correct": may_correct,
        "online_refund": standing_of(payment, request.member),
        "sees_accounts": request.member.sees_everyone,
        "can_reverse": is_ours and stands and may_correct and not refunds,
    }
    return render(request, "desk/payments/payment.html", context)


@require_GET
def refund_list(request: DeskRequest) -> HttpResponse:
    """What was given back, by number, newest first."""
    after = request.GET.get("after", "")[:16]
    page = list_refunds(request.member, after=after)
    context = {
        "place": "billing",
        "lead": _refunds_lead(page.rows),
        "sections": sections("desk:refund_list"),
        "rows": page.rows,
        "next_url": address("desk:refund_list", {"after": page.after}) if page.after else "",
        "first_url": address("desk:refund_list", {}) if after else "",
    }
    return render(request, "desk/payments/refunds.html", context)


@require_safe
def refund_pdf(request: DeskRequest, code: str) -> HttpResponse:
    """The confirmation of a refund as it was issued."""
    refund = refund_for(request.member, code)
    return pdf_response(ready_document(refund.document, request.member.practice))


def _refunds_lead(rows: list[Refund]) -> SafeString:
    if not rows:
        return mark_safe(_("<b>Nothing</b> has been given back."))
    return format_html(_("The newest refund is <b>{number}</b>."), number=rows[0].number_label)
