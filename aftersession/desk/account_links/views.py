# SPDX-License-Identifier: Apache-2.0
"""The pay page of all that a client, or who answers for them, owes: to be copied, opened and closed."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from aftersession.billing.debtors import Debtor, guarantor_debtor, patient_debtor
from aftersession.billing.queries import open_shares_of
from aftersession.desk.forms import CommandForm
from aftersession.desk.requests import DeskRequest
from aftersession.lib import clock
from aftersession.lib.errors import BadInput
from aftersession.lib.money import Money
from aftersession.patients.models import Patient
from aftersession.patients.queries import patient_for
from aftersession.payments.links import address_of, live_account_link
from aftersession.practices.models import Practice
from aftersession.workflows.share_account_link import close_account_link, share_account_link


class LinkForm(CommandForm):
    """Whose pay page to open, or to close."""

    debtor = forms.CharField(max_length=40)


@dataclass(frozen=True)
class Card:
    """Somebody who owes, how much on how many invoices, and the address of their page if there is one."""

    debtor: Debtor
    owed: Money
    count: int
    address: str


@require_http_methods(["GET", "POST"])
def account_links(request: DeskRequest, code: str) -> HttpResponse:
    """Each one who owes for this client, with the pay page of all that they owe."""
    patient = patient_for(request.member, code)
    debtors = _debtors(patient, request.member.practice)
    if request.method == "POST":
        form = LinkForm(request.POST)
        named = form.cleaned_data["debtor"] if form.is_valid() else ""
        debtor = next((each for each in debtors if each.ref == named), None)
        if debtor is None:
            raise BadInput(_("This page is too old. Open it again, then try once more."))
        is_closing = "close" in request.POST
        act = close_account_link if is_closing else share_account_link
        act(debtor=debtor, actor=request.member, key=form.cleaned_data["key"])
        told = _("The pay page is closed. Its address opens nothing any more.")
        messages.success(request, told if is_closing else _("The pay page is open. Copy its address."))
        return redirect("desk:account_links", code)
    cards = [_card(debtor, request.member.practice) for debtor in debtors]
    return render(request, "desk/account_links/page.html", {"patient": patient, "cards": cards})


def _debtors(patient: Patient, practice: Practice) -> list[Debtor]:
    """Who may owe for a client: the responsible person, and the client who is of age or owes something."""
    own = patient_debtor(patient, practice)
    if patient.guarantor is None:
        return [own]
    others = [guarantor_debtor(patient.guarantor, practice)]
    is_minor = patient.is_minor_on(clock.today(practice.time_zone))
    return others if is_minor or not open_shares_of(own).exists() else [*others, own]


def _card(debtor: Debtor, practice: Practice) -> Card:
    shares = [each for each in open_shares_of(debtor) if each.currency == practice.currency]
    link = live_account_link(debtor)
    owed = Money(sum(each.open_minor for each in shares), practice.currency)
    return Card(debtor, owed, len(shares), address_of(link) if link else "")
