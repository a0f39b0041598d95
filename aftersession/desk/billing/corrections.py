# SPDX-License-Identifier: Apache-2.0
"""What changes an issued invoice without touching it: credit notes, write-offs, money taken off and put to it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftersession.billing.credit_notes import left_of
from aftersession.billing.credit_papers import readers_of
from aftersession.billing.queries import invoice_for, share_for, write_off_for
from aftersession.desk.billing.asking import ask, command_of
from aftersession.desk.billing.correction_forms import AmountForm, CreditForm
from aftersession.desk.billing.details import Details, details_of
from aftersession.desk.billing.forms import ReasonForm
from aftersession.desk.billing.ways import GIVE_BACK, refund_address
from aftersession.desk.forms import CommandForm
from aftersession.desk.requests import DeskRequest
from aftersession.encounters.models import EncounterState
from aftersession.lib.errors import BadInput, DomainError
from aftersession.lib.money import Money, format_money
from aftersession.payments.queries import loose_for
from aftersession.practices.models import Practice
from aftersession.workflows.credit_invoice import InvoiceCredited, credit_invoice
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.use_credit import release_credit, use_credit
from aftersession.workflows.write_off_share import undo_write_off, write_off_share


@require_http_methods(["GET", "POST"])
def invoice_credit(request: DeskRequest, code: str) -> HttpResponse:
    """Take an invoice back by a numbered credit note: all of it, some lines or an amount."""
    details = details_of(request.member, invoice_for(request.member, code))
    encounter, readers = details.invoice.encounter, readers_of(details.bill, details.practice)
    form = CreditForm(
        request.POST or None,
        practice=details.practice,
        left=left_of(details.bill),
        # Sent twice, it finds the session open: the command knows that it did so itself.
        can_reopen=encounter is not None
        and (request.method == "POST" or encounter.state == EncounterState.LIVE),
        addresses=[each.email for each in readers if each.email],
        # As with the session: sent twice, the money is off the invoice already.
        is_settled=bool(details.settled.minor) or request.method == "POST",
        gives_back=GIVE_BACK in request.GET,
    )

    def act() -> HttpResponse:
        done = credit_invoice(invoice=details.invoice, credit=form.credit(), **command_of(request, form))
        produce_now(details.practice, [done.document_code, *done.part_document_codes])
        messages.success(request, _told(done, details.practice))
        loose = loose_for(details.invoice) if form.cleaned_data.get(GIVE_BACK) and done.freed_minor else []
        if loose:
            return redirect(refund_address(loose[0]))
        if done.appointment_code:
            return redirect("desk:appointment_detail", done.appointment_code)
        return redirect("desk:invoice_detail", code)

    return ask(request, form, act, "credit", details, readers=readers)


@require_http_methods(["GET", "POST"])
def share_write_off(request: DeskRequest, code: str) -> HttpResponse:
    """Stop expecting a part of what a debtor owes, or all of it."""
    details = _details(request, code)
    form = AmountForm(request.POST or None, practice=details.practice, suggested=details.part.open)

    def act() -> HttpResponse:
        done = write_off_share(
            share=details.share,
            amount_minor=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            **command_of(request, form),
        )
        amount = _shown(done.amount_minor, details)
        messages.success(request, _("%(amount)s is written off.") % {"amount": amount})
        return redirect("desk:invoice_detail", details.invoice.code)

    return ask(request, form, act, "write_off", details)


@require_http_methods(["GET", "POST"])
def write_off_undo(request: DeskRequest, code: str) -> HttpResponse:
    """Expect again what was written off."""
    write_off = write_off_for(request.member, code)
    details = details_of(request.member, write_off.share.invoice, write_off.share.code)
    form = ReasonForm(request.POST or None)

    def act() -> HttpResponse:
        undo_write_off(write_off=write_off, reason=form.cleaned_data["reason"], **command_of(request, form))
        amount = _shown(write_off.amount_minor, details)
        messages.success(request, _("%(amount)s is owed again.") % {"amount": amount})
        return redirect("desk:invoice_detail", details.invoice.code)

    return ask(request, form, act, "write_off_undo", details, write_off=write_off)


@require_http_methods(["GET", "POST"])
def share_release(request: DeskRequest, code: str) -> HttpResponse:
    """Take money off an invoice again: it stays as the payer's credit."""
    details = _details(request, code)
    settled = Money(details.share.allocated_minor, details.share.currency)
    form = AmountForm(request.POST or None, practice=details.practice, suggested=settled)

    def act() -> HttpResponse:
        done = release_credit(
            share=details.share,
            amount_minor=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            **command_of(request, form),
        )
        facts = {"amount": _shown(-done.amount_minor, details), "name": details.share.debtor_name}
        messages.success(request, _("%(amount)s is taken off. It stays as %(name)s’s credit.") % facts)
        return redirect("desk:invoice_detail", details.invoice.code)

    return ask(request, form, act, "release", details, settled=settled)


@require_POST
def share_use_credit(request: DeskRequest, code: str) -> HttpResponse:
    """Let the debtor's unused money settle their share, in one click."""
    details = _details(request, code)
    form = CommandForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("This page is too old. Open it again, then try once more."))
    try:
        done = use_credit(share=details.share, **command_of(request, form))
    except DomainError as error:
        messages.warning(request, error.message)
    else:
        facts = {"amount": _shown(done.amount_minor, details), "name": details.share.debtor_name}
        messages.success(request, _("%(amount)s of %(name)s’s credit settles this now.") % facts)
    return redirect("desk:invoice_detail", details.invoice.code)


def _details(request: DeskRequest, code: str) -> Details:
    share = share_for(request.member, code)
    return details_of(request.member, share.invoice, code)


def _shown(amount_minor: int, details: Details) -> str:
    return format_money(Money(amount_minor, details.invoice.currency), details.practice.locale)


def _told(done: InvoiceCredited, practice: Practice) -> str:
    facts = {
        "number": done.number,
        "amount": format_money(Money(done.amount_minor, practice.currency), practice.locale),
        "freed": format_money(Money(done.freed_minor, practice.currency), practice.locale),
    }
    if done.freed_minor:
        return _("%(number)s takes back %(amount)s. %(freed)s of it was paid: it stays as credit.") % facts
    return _("%(number)s takes back %(amount)s.") % facts
