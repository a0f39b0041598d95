# SPDX-License-Identifier: Apache-2.0
"""Correct an issued invoice: the same billing details as any, filled in from it, and a reason."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftersession.billing.queries import invoice_for
from aftersession.catalog.queries import active_services
from aftersession.desk.billing.details import Details, details_of
from aftersession.desk.billing.forms import ReasonForm
from aftersession.desk.billing_form.page import BillingPage, billing_page
from aftersession.desk.billing_form.prefill import as_billed
from aftersession.desk.billing_form.sheet import Parties, Sheet, read_sheet
from aftersession.desk.billing_form.steps import DIAGNOSIS_STEPS, final_step, take_step
from aftersession.desk.billing_form.typed import Typed, check_envelope, read_posted
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.lib.money import Money, format_plain
from aftersession.practices.models import Practice
from aftersession.prepaid.queries import Serves, serves_of
from aftersession.scheduling.models import AppointmentStatus, PaymentType
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.finalise import Step
from aftersession.workflows.kept_split import field_of, split_of
from aftersession.workflows.package_invoice import why_package_stays
from aftersession.workflows.produce_documents import produce_now


@require_http_methods(["GET", "POST"])
def invoice_correct(request: DeskRequest, code: str) -> HttpResponse:
    """The details on GET; on POST a step of them, or the final button."""
    details = details_of(request.member, invoice_for(request.member, code))
    if details.successor is not None:
        # Sent twice, or by somebody else meanwhile: what was asked for is there.
        facts = {"new": details.successor.number_label, "old": details.name}
        messages.info(request, _("%(new)s stands in the place of %(old)s.") % facts)
        return redirect("desk:invoice_detail", details.successor.code)
    if not details.is_standing:
        messages.info(request, _("%(name)s cannot be corrected any more.") % {"name": details.name})
        return redirect("desk:invoice_detail", code)
    if details.package is not None and (why := why_package_stays(details.package)):
        messages.info(request, why)
        return redirect("desk:package_detail", details.package.code)
    if request.method == "GET":
        typed = _prefilled(details)
        return _show(
            request, details, _page(request, details, read_sheet(typed, _parties(details))), ReasonForm()
        )
    check_envelope(request)
    step = final_step(request.POST)
    return _finish(request, details, step) if step else _change(request, details)


@require_POST
def invoice_correct_totals(request: DeskRequest, code: str) -> HttpResponse:
    """What is typed so far comes to, and what each button would do. Nothing is kept."""
    details = details_of(request.member, invoice_for(request.member, code))
    check_envelope(request)
    page = _page(request, details, read_sheet(read_posted(request.POST), _parties(details)))
    return render(request, "desk/billing_form/finals.html", {"page": page, "is_live": True})


def _change(request: DeskRequest, details: Details) -> HttpResponse:
    typed = read_posted(request.POST)
    fresh_line = take_step(typed, request.POST, active_services(details.practice))
    sheet = read_sheet(typed, _parties(details), finds=DIAGNOSIS_STEPS[0] in request.POST)
    reason = ReasonForm(initial={"reason": request.POST.get("reason", "")})
    return _show(request, details, _page(request, details, sheet, fresh_line=fresh_line), reason)


def _finish(request: DeskRequest, details: Details, step: Step) -> HttpResponse:
    sheet = read_sheet(read_posted(request.POST), _parties(details), step=step)
    send_to = request.POST.get("send_to", "")
    sheet.check_button(shown_total=request.POST.get("shown_total", ""), send_to=send_to)
    form = ReasonForm(request.POST)
    if form.is_valid() and not sheet.problems:
        try:
            outcome = correct_invoice(
                invoice=details.invoice,
                billing=sheet.billing(),
                finish=sheet.finish(step, send_to),
                reason=form.cleaned_data["reason"],
                parts=sheet.form.parts,
                actor=request.member,
                key=form.cleaned_data["key"],
            )
        except DomainError as error:
            sheet.refuse(error)
        else:
            produce_now(details.practice, [outcome.document_code])
            facts = {"new": outcome.number, "old": details.invoice.number_label}
            messages.success(request, _("%(new)s stands in the place of %(old)s.") % facts)
            return redirect("desk:invoice_detail", outcome.invoice_code)
    page = _page(request, details, sheet, shows_problems=True)
    return _show(request, details, page, form, status=422)


def _parties(details: Details) -> Parties:
    invoice = details.invoice
    invoice.patient.practice = details.practice
    kept = split_of(details.bill, details.practice)
    return Parties(
        practice=details.practice,
        patient=invoice.patient,
        practitioner=invoice.practitioner,
        is_session=invoice.encounter is not None,
        corrects=invoice,
        is_advance=_is_advance(serves_of(invoice)),
        shares=[part.share for part in kept.parts],
    )


def _is_advance(serves: Serves) -> bool:
    """Whether it bills what is still to come, and so nobody's insurer."""
    session = serves.session
    return serves.package is not None or (
        session is not None and session.status != AppointmentStatus.FULFILLED
    )


def _prefilled(details: Details) -> Typed:
    """As it was billed, and shared as it is now: what others pay is typed, what is left falls to the first."""
    typed, practice = as_billed(details.invoice, None, details.practice), details.practice
    kept = split_of(details.bill, practice)
    for part in kept.parts:
        typed.head[field_of(part.share)] = _plain(part.amount_minor, practice)
    if details.invoice.payment_type == PaymentType.INSURANCE:
        typed.head["co_payment"] = _plain(kept.client_minor, practice)
        if not kept.insurer_minor and details.invoice.total_minor:
            # All of it was moved off the insurer: it is not asked again unless somebody says so.
            typed.head |= {"payment_type": PaymentType.OTHER, "co_payment": ""}
    return typed


def _plain(minor: int, practice: Practice) -> str:
    return format_plain(Money(minor, practice.currency), practice.locale) if minor else ""


def _page(request: DeskRequest, details: Details, sheet: Sheet, **options: Any) -> BillingPage:
    back = reverse("desk:invoice_correct", args=[details.invoice.code])
    shown_total = request.POST.get("shown_total", "")
    return billing_page(sheet, request.member, back=back, shown_total=shown_total, **options)


def _show(
    request: DeskRequest, details: Details, page: BillingPage, form: ReasonForm, *, status: int = 200
) -> HttpResponse:
    """The whole page; for a request of htmx only the form's inside."""
    template = "desk/billing/correct.html" + ("#details" if request.headers.get("HX-Request") else "")
    paid = sum(share.allocated_minor for share in details.bill.shares)
    context = {
        "place": "billing",
        "page": page,
        "details": details,
        "invoice": details.invoice,
        "form": form,
        "paid": Money(paid, details.invoice.currency),
        "here": reverse("desk:invoice_correct", args=[details.invoice.code]),
        "back": reverse("desk:invoice_detail", args=[details.invoice.code]),
    }
    return render(request, template, context, status=status)
