# SPDX-License-Identifier: Apache-2.0
"""Move a part of what one debtor owes to another: the client, a responsible person, a second one, the insurer."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersession.billing.models import InvoiceShare
from aftersession.billing.queries import share_for
from aftersession.desk.billing.asking import ask, command_of
from aftersession.desk.billing.correction_forms import NEW, MoveForm
from aftersession.desk.billing.details import Details, details_of
from aftersession.desk.requests import DeskRequest
from aftersession.lib.money import Money, format_money, format_plain
from aftersession.patients.models import Guarantor
from aftersession.patients.queries import find_guarantors, guarantor_for
from aftersession.workflows.move_share import Target, move_share

ASKING = ("find", "half")
"""Buttons that change the form and move nothing."""


@require_http_methods(["GET", "POST"])
def share_move(request: DeskRequest, code: str) -> HttpResponse:
    """Ask who shall owe how much of it, then move it: the total stays what it is."""
    details = details_of(request.member, share_for(request.member, code).invoice, code)
    form = _form(request, details)

    def act() -> HttpResponse:
        moved = move_share(
            share=details.share,
            target=_target(request, form, details),
            amount_minor=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
            **command_of(request, form),
        )
        amount = Money(moved.amount_minor, details.invoice.currency)
        name = InvoiceShare.objects.for_practice(details.practice).get(code=moved.to_share_code).debtor_name
        facts = {"amount": format_money(amount, details.practice.locale), "name": name}
        messages.success(request, _("%(name)s owes %(amount)s of it now.") % facts)
        return redirect("desk:invoice_detail", details.invoice.code)

    half = Money(details.part.open.minor // 2, details.invoice.currency)
    return ask(request, form, act, "move", details, half=half)


def _form(request: DeskRequest, details: Details) -> MoveForm:
    do, words = request.POST.get("do", ""), request.POST.get("q", "").replace("\x00", "")[:80]
    found = find_guarantors(request.member, words) if words.strip() else []
    initial = {}
    if do in ASKING:
        initial = {name: request.POST.get(name, "") for name in MoveForm.base_fields if name != "key"}
        if do == "half":
            half = Money(details.part.open.minor // 2, details.invoice.currency)
            initial["amount"] = format_plain(half, details.practice.locale)
    return MoveForm(
        None if do in ASKING or request.method == "GET" else request.POST,
        choices=_choices(details, found, sent=request.POST.get("to", "")),
        practice=details.practice,
        suggested=details.part.open,
        initial=initial,
    )


def _choices(details: Details, found: Sequence[Guarantor], *, sent: str = "") -> list[tuple[str, str]]:
    """Everybody it could be moved to, once each.

    `sent` is who was chosen: a form sent twice finds that one among the debtors already.
    """
    patient, shares = details.invoice.patient, details.bill.shares
    choices = [(f"share:{each.code}", each.debtor_name) for each in shares if each.pk != details.share.pk]
    taken = {each.guarantor_id for each in shares}
    is_minor = patient.is_minor_on(details.invoice.service_on)
    if not is_minor and (sent == "patient" or all(each.patient_id is None for each in shares)):
        choices.append(("patient", patient.full_name))
    if patient.guarantor is not None and (sent == "guarantor" or patient.guarantor_id not in taken):
        choices.append(("guarantor", patient.guarantor.full_name))
        taken.add(patient.guarantor_id)
    choices += [
        (f"found:{each.code}", _named(each))
        for each in found
        if f"found:{each.code}" == sent or each.pk not in taken
    ]
    return [*choices, (NEW, _("Somebody not written down here yet"))]


def _named(guarantor: Guarantor) -> str:
    return ", ".join(part for part in (guarantor.full_name, guarantor.email) if part)


def _target(request: DeskRequest, form: MoveForm, details: Details) -> Target:
    kind, _colon, code = form.cleaned_data["to"].partition(":")
    if kind == "share":
        return Target(share=next(each for each in details.bill.shares if each.code == code))
    if kind == "found":
        return Target(guarantor=guarantor_for(request.member, code))
    if kind == NEW:
        return Target(somebody=form.somebody())
    if kind == "guarantor":
        return Target(guarantor=details.invoice.patient.guarantor)
    return Target(patient=details.invoice.patient)
