# SPDX-License-Identifier: Apache-2.0
"""A statement of a client's account: looked at, downloaded, sent."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from aftersession.desk.accounts.pages import csv_response, rows_of
from aftersession.desk.accounts.paper import sheet_response
from aftersession.desk.billing.forms import SendForm
from aftersession.desk.forms import DayField
from aftersession.desk.requests import DeskRequest
from aftersession.lib import clock
from aftersession.lib.errors import DomainError
from aftersession.lib.money import Money, format_money
from aftersession.lib.paging import plain
from aftersession.patients.models import Patient
from aftersession.patients.queries import patient_for
from aftersession.payments.links import live_account_link
from aftersession.practices.models import Practice
from aftersession.statements.holders import HolderChoice, statements_of
from aftersession.statements.papers import statement_table
from aftersession.statements.statement import Basis, Statement, make_statement
from aftersession.workflows.send_statement import owes_something, send_statement, sheet_to_pay

USUAL_DAYS = 90


class StatementForm(forms.Form):
    """Which statement: whose, by what, from when to when. What an address lacks or has wrong is the usual."""

    of = forms.ChoiceField(label=gettext_lazy("Statement for"), required=False)
    by = forms.ChoiceField(label=gettext_lazy("By"), choices=Basis.choices, required=False)
    first = DayField(label=gettext_lazy("From"), required=False)
    last = DayField(label=gettext_lazy("To"), required=False)

    def __init__(self, data: dict[str, Any], choices: Sequence[HolderChoice], today: date) -> None:
        usual = {
            "of": choices[0].code,
            "by": Basis.SERVICE.value,
            "first": (today - timedelta(days=USUAL_DAYS)).isoformat(),
            "last": today.isoformat(),
        }
        given = {name: plain(str(data.get(name, "")), 32) or value for name, value in usual.items()}
        super().__init__(given)
        self.fields["of"].choices = [(each.code, _label(each)) for each in choices]  # type: ignore[attr-defined]
        self.usual = usual

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        if values.get("first") and values.get("last") and values["first"] > values["last"]:
            raise forms.ValidationError(_("The first day is after the last one."))
        return values

    def parameters(self) -> str:
        """The address of the same statement."""
        return urlencode({name: self.data[name] for name in self.usual})


def _label(choice: HolderChoice) -> str:
    if choice.is_of_all:
        return _("%(name)s, for all clients") % {"name": choice.debtor.name}
    return choice.debtor.name


class Asked:
    """A statement as an address asks for it; None while the address cannot be read."""

    def __init__(self, request: DeskRequest, patient: Patient) -> None:
        practice: Practice = request.member.practice
        choices = statements_of(practice, patient)
        self.form = StatementForm(request.GET.dict(), choices, clock.today(practice.time_zone))
        self.choice = choices[0]
        self.statement: Statement | None = None
        if self.form.is_valid():
            values = self.form.cleaned_data
            self.choice = next(each for each in choices if each.code == values["of"])
            self.statement = make_statement(
                practice, self.choice.holder, Basis(values["by"]), values["first"], values["last"]
            )


def _lead(statement: Statement, name: str) -> SafeString:
    """What the statement comes to, and from when to when."""
    if statement.closing.minor > 0:
        text = _('<b>{name}</b> owes <b class="nw">{amount}</b> at the end of this statement, {period}.')
    elif statement.closing.minor < 0:
        text = _(
            '<b>{name}</b> has <b class="nw">{amount}</b> in credit at the end of this statement, {period}.'
        )
    else:
        text = _("<b>{name}</b> owes <b>nothing</b> at the end of this statement, {period}.")
    amount = Money(abs(statement.closing.minor), statement.closing.currency)
    shown = format_money(amount, statement.practice.locale)
    return format_html(text, name=name, amount=shown, period=statement.period)


@require_GET
def patient_statement(request: DeskRequest, code: str) -> HttpResponse:
    """A statement on the page, with the ways to download and send it."""
    patient = patient_for(request.member, code)
    asked = Asked(request, patient)
    query = asked.form.parameters()
    context = {
        "place": "clients",
        "patient": patient,
        "form": asked.form,
        "statement": asked.statement,
        "lead": _lead(asked.statement, asked.choice.debtor.name) if asked.statement else "",
        "debtor": asked.choice.debtor,
        "rows": rows_of(asked.statement.told) if asked.statement else [],
        "pdf_url": f"{reverse('desk:patient_statement_pdf', args=[code])}?{query}",
        "csv_url": f"{reverse('desk:patient_statement_csv', args=[code])}?{query}",
        "send_url": f"{reverse('desk:patient_statement_send', args=[code])}?{query}",
    }
    status = 200 if asked.statement else 422
    return render(request, "desk/accounts/statement.html", context, status=status)


@require_safe
def patient_statement_pdf(request: DeskRequest, code: str) -> HttpResponse:
    """The statement as a paper."""
    asked = Asked(request, patient_for(request.member, code))
    if asked.statement is None:
        return redirect(_page_url(code, asked))
    page = live_account_link(asked.choice.debtor)
    sheet = sheet_to_pay(asked.statement, asked.choice.debtor, page.code if page else "")
    return sheet_response(sheet, f"statement-{code}-{asked.statement.last:%Y-%m-%d}.pdf")


@require_safe
def patient_statement_csv(request: DeskRequest, code: str) -> HttpResponse:
    """The statement as a table."""
    asked = Asked(request, patient_for(request.member, code))
    if asked.statement is None:
        return redirect(_page_url(code, asked))
    return csv_response(
        f"statement-{code}-{asked.statement.last:%Y-%m-%d}.csv", statement_table(asked.statement)
    )


@require_http_methods(["GET", "POST"])
def patient_statement_send(request: DeskRequest, code: str) -> HttpResponse:
    """E-mail the statement to whom it is for: asks on GET, does it on POST."""
    patient = patient_for(request.member, code)
    asked = Asked(request, patient)
    if asked.statement is None:
        return redirect(_page_url(code, asked))
    form, status = SendForm(request.POST or None), 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and (done := _send(request, form, asked, code)):
            return done
    context = {
        "place": "clients",
        "patient": patient,
        "form": form,
        "statement": asked.statement,
        "debtor": asked.choice.debtor,
        "back": _page_url(code, asked),
        "has_pay_page": owes_something(asked.choice.holder, request.member.practice),
    }
    return render(request, "desk/accounts/send.html", context, status=status)


def _send(request: DeskRequest, form: SendForm, asked: Asked, code: str) -> HttpResponse | None:
    assert asked.statement is not None
    statement = asked.statement
    try:
        sent = send_statement(
            holder=asked.choice.holder,
            basis=str(statement.basis),
            first=statement.first,
            last=statement.last,
            send_to=form.cleaned_data["send_to"],
            actor=request.member,
            key=form.cleaned_data["key"],
        )
    except DomainError as error:
        form.add_refusal(error)
        return None
    messages.success(request, _("Sending the statement to %(address)s.") % {"address": sent.sent_to})
    return redirect(_page_url(code, asked))


def _page_url(code: str, asked: Asked) -> str:
    return f"{reverse('desk:patient_statement', args=[code])}?{asked.form.parameters()}"
