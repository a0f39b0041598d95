# SPDX-License-Identifier: Apache-2.0
"""What can be done to an invoice or a payment: each asks once, then does it once."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftersession.billing.queries import invoice_for
from aftersession.desk.billing.asking import answer, ask, command_of
from aftersession.desk.billing.details import Details, details_of
from aftersession.desk.billing.finish import finals_of
from aftersession.desk.billing.forms import (
    DraftForm,
    InsurerPaymentForm,
    PaymentForm,
    ReasonForm,
    SendForm,
)
from aftersession.desk.billing.told import tell
from aftersession.desk.billing.views import show_invoice
from aftersession.desk.forms import CommandForm
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import BadInput, DomainError
from aftersession.payments.queries import payment_for
from aftersession.workflows.discard_draft import discard_draft
from aftersession.workflows.finalise_draft import finalise_draft
from aftersession.workflows.make_paid_invoice import make_paid_invoice
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.reverse_payment import reverse_payment
from aftersession.workflows.send_invoice import send_invoice
from aftersession.workflows.undo_completion import undo_completion
from aftersession.workflows.void_invoice import void_invoice


@require_POST
def invoice_finalise(request: DeskRequest, code: str) -> HttpResponse:
    """Press a final button of a draft."""
    invoice = invoice_for(request.member, code)
    details = details_of(request.member, invoice)
    if not details.is_draft:
        messages.info(request, _("%(name)s is finalised already.") % {"name": details.name})
        return redirect("desk:invoice_detail", code)
    form = DraftForm(
        request.POST,
        payment_type=invoice.payment_type,
        practice=details.practice,
        open_amount=details.owed,
        email=finals_of(details).send_to,
    )
    if form.is_valid():
        try:
            outcome = finalise_draft(invoice=invoice, finish=form.finish(), **command_of(request, form))
        except DomainError as error:
            form.add_refusal(error)
        else:
            produce_now(request.member.practice, [outcome.document_code])
            messages.success(request, tell(outcome))
            return redirect("desk:invoice_detail", code)
    return show_invoice(request, invoice_for(request.member, code), form=form, status=422)


@require_http_methods(["GET", "POST"])
def invoice_send(request: DeskRequest, code: str) -> HttpResponse:
    """Send an issued invoice to whoever owes it, first or again."""
    details = details_of(request.member, invoice_for(request.member, code), _share_asked(request))
    form = SendForm(request.POST or None, initial={"send_to": details.debtor.email})

    def act() -> HttpResponse:
        outcome = send_invoice(
            invoice=details.invoice,
            share=details.share,
            send_to=form.cleaned_data["send_to"],
            **command_of(request, form),
        )
        produce_now(details.practice, [outcome.document_code])
        messages.success(request, tell(outcome))
        return redirect("desk:invoice_detail", code)

    return ask(request, form, act, "send", details)


@require_http_methods(["GET", "POST"])
def invoice_void(request: DeskRequest, code: str) -> HttpResponse:
    """Void an unpaid invoice, with a reason; its session opens again."""
    details = details_of(request.member, invoice_for(request.member, code))
    form = ReasonForm(request.POST or None)

    def act() -> HttpResponse:
        voided = void_invoice(
            invoice=details.invoice, reason=form.cleaned_data["reason"], **command_of(request, form)
        )
        messages.success(request, _("%(number)s is void.") % {"number": voided.number})
        if voided.appointment_code:
            return redirect("desk:appointment_detail", voided.appointment_code)
        return redirect("desk:invoice_detail", code)

    return ask(request, form, act, "void", details)


@require_http_methods(["GET", "POST"])
def invoice_undo(request: DeskRequest, code: str) -> HttpResponse:
    """Take a completion back while nothing has left, or put a stand-alone draft away."""
    details = details_of(request.member, invoice_for(request.member, code))
    form = CommandForm(request.POST or None)

    def act() -> HttpResponse:
        encounter = details.invoice.encounter
        if encounter is None:
            discard_draft(invoice=details.invoice, **command_of(request, form))
            messages.success(request, _("The draft is discarded."))
            return redirect("desk:invoice_list")
        undone = undo_completion(encounter=encounter, **command_of(request, form))
        messages.success(request, _("The session is open again."))
        return redirect("desk:completion", undone.appointment_code)

    return ask(request, form, act, "undo", details)


@require_http_methods(["GET", "POST"])
def payment_record(request: DeskRequest, code: str) -> HttpResponse:
    """Record money against an invoice: a client's, or an insurer's in full or in part."""
    details = details_of(request.member, invoice_for(request.member, code), _share_asked(request))
    form = _payment_form(request, details)

    def act() -> HttpResponse:
        outcome = record_payment(
            invoice=details.invoice,
            payment=form.payment(),
            send_receipt_to=form.receipt_to(),
            share=details.share,
            **command_of(request, form),
        )
        produce_now(request.member.practice, [outcome.document_code])
        messages.success(request, tell(outcome))
        return redirect("desk:invoice_detail", code)

    return ask(request, form, act, "record", details)


@require_POST
def invoice_paid(request: DeskRequest, code: str) -> HttpResponse:
    """Make the paid invoice with which the client claims from the insurer."""
    invoice = invoice_for(request.member, code)
    form = CommandForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("This page is too old. Open it again, then try once more."))
    outcome = make_paid_invoice(invoice=invoice, **command_of(request, form))
    produce_now(request.member.practice, [outcome.document_code])
    messages.success(request, _("The paid invoice is ready."))
    return redirect("desk:invoice_detail", code)


@require_http_methods(["GET", "POST"])
def payment_reverse(request: DeskRequest, code: str) -> HttpResponse:
    """Take back a payment that was recorded by hand, with a reason."""
    payment = payment_for(request.member, code)
    form = ReasonForm(request.POST or None)

    def act() -> HttpResponse:
        done = reverse_payment(
            payment=payment, reason=form.cleaned_data["reason"], **command_of(request, form)
        )
        messages.success(request, _("The payment is reversed. What it settled is owed again."))
        if len(done.invoice_codes) == 1:
            return redirect("desk:invoice_detail", done.invoice_codes[0])
        return redirect("desk:payment_detail", code)

    context = {"payment": payment, "back": reverse("desk:payment_detail", args=[code])}
    return answer(request, form, act, "reverse", context)


def _share_asked(request: DeskRequest) -> str:
    """Whose part the page is about. A form names it itself: who owes first may be another one by then."""
    return request.POST.get("share", "") or request.GET.get("share", "")


def _payment_form(request: DeskRequest, details: Details) -> PaymentForm:
    practice, owed = details.practice, details.owed
    if details.is_insured:
        return InsurerPaymentForm(request.POST or None, practice=practice, open_amount=owed)
    return PaymentForm(request.POST or None, practice=practice, open_amount=owed, email=details.debtor.email)
