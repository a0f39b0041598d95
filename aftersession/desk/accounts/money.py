# SPDX-License-Identifier: Apache-2.0
"""Money on an account: what it would settle, said beforehand, and then recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from aftersession.billing.debtors import Debtor, guarantor_debtor, patient_debtor
from aftersession.billing.models import InvoiceShare
from aftersession.billing.queries import open_shares_of, shares_of_debtor
from aftersession.desk.billing.forms import MoneyField, PaymentForm
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.lib.money import Money, MoneyInput, format_money, parse
from aftersession.patients.models import Patient
from aftersession.patients.queries import patient_for
from aftersession.payments.actions import Part
from aftersession.practices.models import Practice
from aftersession.statements.holders import payers_of_account
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.receive_money import oldest_first, receive_money

MOST = 60


class AccountPaymentForm(PaymentForm):
    """Money that came on an account. `part_CODE` says how much of it settles a share; all empty: oldest first.

    `looks`: only looked at so far, so that what is more than open is said here.
    """

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        practice: Practice,
        shares: Sequence[InvoiceShare],
        amount: str = "",
        email: str = "",
        looks: bool = True,
    ) -> None:
        open_minor = sum(share.open_minor for share in shares)
        super().__init__(
            data, practice=practice, open_amount=Money(open_minor, practice.currency), email=email
        )
        if amount or not open_minor:
            self.initial["amount"] = amount
        self.shares, self.looks = shares, looks
        for share in shares:
            part = PartField(label=share.invoice.number_label, required=False)
            part.practice = practice
            self.fields[f"part_{share.code}"] = part

    def parts(self) -> list[Part] | None:
        """What was chosen, share by share; None where nothing was: the oldest first."""
        typed = [(share, self.cleaned_data.get(f"part_{share.code}")) for share in self.shares]
        if all(minor is None for _share, minor in typed):
            return None
        return [(share, minor) for share, minor in typed if minor]

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        for share in self.shares:
            # A form sent twice finds its own parts settled: what is open is the command's to judge.
            most_minor = share.open_minor if self.looks else share.due_minor
            if (values.get(f"part_{share.code}") or 0) > most_minor:
                self.add_error(f"part_{share.code}", self._only(share))
        parts = self.parts()
        if parts and values.get("amount") is not None and not self.errors:
            over = sum(minor for _share, minor in parts) - values["amount"]
            if over > 0:
                shown = format_money(Money(over, self.practice.currency), self.practice.locale)
                self.add_error(
                    "amount",
                    _("The parts come to %(over)s more than was received.") % {"over": shown},
                )
        return values

    def _only(self, share: InvoiceShare) -> str:
        shown = format_money(share.open, self.practice.locale)
        return _("Only %(open)s of it is open. Leave the rest as credit.") % {"open": shown}


class PartField(MoneyField):
    """What of the money goes to one share: nothing typed is None, and nothing (0) may be typed."""

    def clean(self, value: Any) -> Any:
        text = forms.CharField.clean(self, value)
        if not text:
            return None
        try:
            return parse(text, self.practice.currency, self.practice.locale).minor
        except MoneyInput as error:
            raise forms.ValidationError(str(error)) from error


@dataclass(frozen=True)
class Plan:
    """What recording would do, for the reader."""

    rows: Sequence[tuple[str, Money, Money]]
    """Number, what it is settled by, what stays open."""
    sentence: str
    kept: Money


@dataclass(frozen=True)
class Way:
    """One who may have paid, as a tab."""

    label: str
    url: str
    is_current: bool
    count: int | None = None


@require_http_methods(["GET", "POST"])
def patient_payment(request: DeskRequest, code: str) -> HttpResponse:
    """Record money of a client or a responsible person: it settles several invoices, one, or none yet."""
    patient, practice = patient_for(request.member, code), request.member.practice
    debtor = _payer(request, patient, practice)
    shares = list(open_shares_of(debtor)[:MOST])
    is_sent = request.method == "POST" and "look" not in request.POST
    shares += _named(request, debtor, shares) if is_sent else []
    form = _form(request, practice, shares, debtor, looks=not is_sent)
    status = 200
    if is_sent:
        status = 422
        if form.is_valid() and (done := _record(request, form, patient, debtor)):
            return done
    context = {
        "place": "clients",
        "patient": patient,
        "debtor": debtor,
        "form": form,
        "fields": [(share, form[f"part_{share.code}"]) for share in shares],
        "owed": Money(sum(share.open_minor for share in shares), practice.currency),
        "plan": _plan(form, practice),
        "ways": _ways(patient, practice, debtor),
        "currency": practice.currency,
        "back": reverse("desk:patient_account", args=[code]),
    }
    return render(request, "desk/accounts/payment.html", context, status=status)


@require_POST
def patient_payment_plan(request: DeskRequest, code: str) -> HttpResponse:
    """What the form, as typed so far, would do."""
    patient, practice = patient_for(request.member, code), request.member.practice
    debtor = _payer(request, patient, practice)
    form = _form(request, practice, list(open_shares_of(debtor)[:MOST]), debtor)
    context = {"plan": _plan(form, practice), "problems": _problems(form)}
    return render(request, "desk/accounts/_plan.html", context)


def _named(request: DeskRequest, debtor: Debtor, shares: Sequence[InvoiceShare]) -> list[InvoiceShare]:
    """Shares that a form names and that are not open any more, by itself or by somebody else."""
    known = {each.code for each in shares}
    codes = [
        name.removeprefix("part_")
        for name, typed in request.POST.items()
        if name.startswith("part_") and typed
    ]
    return shares_of_debtor(debtor, [code for code in codes[:MOST] if code.isalnum() and code not in known])


def _form(
    request: DeskRequest,
    practice: Practice,
    shares: Sequence[InvoiceShare],
    debtor: Debtor,
    *,
    looks: bool = True,
) -> AccountPaymentForm:
    return AccountPaymentForm(
        request.POST or None,
        practice=practice,
        shares=shares,
        amount=request.GET.get("amount", "")[:40].replace("\x00", ""),
        email=debtor.email,
        looks=looks,
    )


def _record(
    request: DeskRequest, form: AccountPaymentForm, patient: Patient, debtor: Debtor
) -> HttpResponse | None:
    try:
        done = receive_money(
            patient=patient,
            debtor=debtor,
            payment=form.payment(),
            parts=form.parts(),
            send_receipt_to=form.receipt_to(),
            actor=request.member,
            key=form.cleaned_data["key"],
        )
    except DomainError as error:
        form.add_refusal(error)
        return None
    produce_now(request.member.practice, [done.document_code])
    messages.success(request, _("Payment recorded."))
    return redirect("desk:payment_detail", done.payment_code)


def _payer(request: DeskRequest, patient: Patient, practice: Practice) -> Debtor:
    """Who paid: the one whom the address names, else whoever gets the bills."""
    people = payers_of_account(practice, patient)
    asked = request.GET.get("from", "")
    chosen = next((each for each in people if each.code == asked), people[0])
    return (
        patient_debtor(chosen, practice)
        if isinstance(chosen, Patient)
        else guarantor_debtor(chosen, practice)
    )


def _ways(patient: Patient, practice: Practice, debtor: Debtor) -> list[Way]:
    people = payers_of_account(practice, patient)
    url = reverse("desk:patient_payment", args=[patient.code])
    ways = [Way(each.full_name, f"{url}?from={each.code}", each.ref == debtor.ref) for each in people]
    return ways if len(ways) > 1 else []


def _plan(form: AccountPaymentForm, practice: Practice) -> Plan | None:
    """What it would do as it stands: nothing to say while the amount cannot be read."""
    amount_minor = _amount(form, practice)
    if amount_minor is None:
        return None
    # A copy that is looked at may lack its method or day: only what the sum is made of matters.
    if form.is_bound and any(name == "amount" or name.startswith("part_") for name in form.errors):
        return None
    parts = form.parts() if form.is_bound else None
    chosen = oldest_first(form.shares, amount_minor) if parts is None else parts
    kept = Money(amount_minor - sum(minor for _share, minor in chosen), practice.currency)
    rows = [
        (
            share.invoice.number_label,
            Money(minor, practice.currency),
            Money(share.open_minor - minor, practice.currency),
        )
        for share, minor in chosen
    ]
    return Plan(rows, _sentence(rows, kept, practice), kept)


def _problems(form: AccountPaymentForm) -> list[str]:
    """What is wrong with the amounts as typed; an empty one is only not written yet."""
    if not form.data.get("amount"):
        return []
    return [
        f"{form[name].label}: {error}"
        for name, errors in form.errors.items()
        if name == "amount" or name.startswith("part_")
        for error in errors
    ]


def _amount(form: AccountPaymentForm, practice: Practice) -> int | None:
    typed = form.data.get("amount") if form.is_bound else form.initial.get("amount")
    try:
        return parse(str(typed or ""), practice.currency, practice.locale).minor or None
    except MoneyInput:
        return None


def _sentence(rows: Sequence[tuple[str, Money, Money]], kept: Money, practice: Practice) -> str:
    shown = format_money(kept, practice.locale)
    if not rows:
        return _("Nothing is settled by it: all of it, %(kept)s, is kept as credit.") % {"kept": shown}
    if kept.is_zero:
        return _("All of it settles an invoice. Nothing is kept as credit.")
    return _("%(kept)s of it settles nothing yet and is kept as credit.") % {"kept": shown}
