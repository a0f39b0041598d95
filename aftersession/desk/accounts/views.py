# SPDX-License-Identifier: Apache-2.0
"""Accounts in sentences: a client's, an insurer's, and the practice's own books."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from aftersession.billing.debtors import payer_as_debtor
from aftersession.coverage.queries import payer_for
from aftersession.desk.accounts.pages import (
    PartLink,
    balance_lead,
    balance_stats,
    csv_response,
    payer_lead,
    reader_of,
    rows_of,
)
from aftersession.desk.accounts.paper import sheet_response
from aftersession.desk.requests import DeskRequest
from aftersession.patients.models import Patient
from aftersession.patients.queries import patient_for
from aftersession.practices.models import Practice
from aftersession.statements.accounts import (
    AccountView,
    client_account,
    client_account_at_payers,
    payer_account,
)
from aftersession.statements.papers import account_table, balance_sheet

AT_PAYERS = "payers"


@require_GET
def patient_account(request: DeskRequest, code: str) -> HttpResponse:
    """What is owed on a client's account and what is unused, and every sentence that made it."""
    patient, practice = patient_for(request.member, code), request.member.practice
    is_at_payers = request.GET.get("part") == AT_PAYERS
    account = _client_account(practice, patient, is_at_payers=is_at_payers)
    assert account.holdings is not None
    balance = account.holdings.balance()
    url = reverse("desk:patient_account", args=[code])
    context = {
        "place": "clients",
        "patient": patient,
        "lead": balance_lead(patient.full_name, balance, practice),
        "stats": balance_stats(balance, practice),
        "parts": _parts(url, practice, is_at_payers=is_at_payers),
        "is_at_payers": is_at_payers,
        "balance": balance,
        "shares": account.holdings.open_shares(),
        "payments": account.holdings.unused_payments(),
        **_story(request, account, url, f"part={AT_PAYERS}" if is_at_payers else ""),
    }
    return render(request, "desk/accounts/patient.html", context)


@require_safe
def patient_account_pdf(request: DeskRequest, code: str) -> HttpResponse:
    """Why the balance is what it is, as a paper of today."""
    patient, practice = patient_for(request.member, code), request.member.practice
    account = _client_account(practice, patient, is_at_payers=request.GET.get("part") == AT_PAYERS)
    sheet = balance_sheet(account, patient.full_name, reader_of(patient, practice))
    return sheet_response(sheet, f"account-{code}.pdf")


@require_safe
def patient_account_csv(request: DeskRequest, code: str) -> HttpResponse:
    """The whole account as a table."""
    patient, practice = patient_for(request.member, code), request.member.practice
    account = _client_account(practice, patient, is_at_payers=request.GET.get("part") == AT_PAYERS)
    return csv_response(f"account-{code}.csv", account_table(account.all()))


@require_GET
def payer_account_page(request: DeskRequest, code: str) -> HttpResponse:
    """What an insurer owes, and every sentence that made it."""
    payer, practice = payer_for(request.member, code), request.member.practice
    account = payer_account(practice, payer)
    assert account.holdings is not None
    balance = account.holdings.balance()
    url = reverse("desk:payer_account", args=[code])
    context = {
        "place": "billing",
        "payer": payer,
        "lead": payer_lead(payer.name, balance, practice),
        "stats": balance_stats(balance, practice),
        "balance": balance,
        "shares": account.holdings.open_shares(),
        "payments": account.holdings.unused_payments(),
        **_story(request, account, url),
    }
    return render(request, "desk/accounts/payer.html", context)


@require_safe
def payer_account_pdf(request: DeskRequest, code: str) -> HttpResponse:
    """Why an insurer's balance is what it is, as a paper of today."""
    payer, practice = payer_for(request.member, code), request.member.practice
    sheet = balance_sheet(payer_account(practice, payer), payer.name, payer_as_debtor(payer, practice))
    return sheet_response(sheet, f"account-{code}.pdf")


@require_safe
def payer_account_csv(request: DeskRequest, code: str) -> HttpResponse:
    """An insurer's whole account as a table."""
    payer, practice = payer_for(request.member, code), request.member.practice
    return csv_response(f"account-{code}.csv", account_table(payer_account(practice, payer).all()))


def _client_account(practice: Practice, patient: Patient, *, is_at_payers: bool) -> AccountView:
    return (client_account_at_payers if is_at_payers else client_account)(practice, patient)


def _parts(url: str, practice: Practice, *, is_at_payers: bool) -> list[PartLink]:
    payers = str(practice.profile.words.payers)
    return [
        PartLink(_("Client's part"), url, not is_at_payers),
        PartLink(payers[:1].upper() + payers[1:], f"{url}?part={AT_PAYERS}", is_at_payers),
    ]


def _story(request: DeskRequest, account: AccountView, url: str, query: str = "") -> dict[str, object]:
    page = account.page(request.GET.get("after", ""))
    further = "&".join(part for part in (query, f"after={page.after}") if part)
    return {
        "rows": rows_of(page.told),
        "next_url": f"{url}?{further}" if page.after else "",
        "first_url": (f"{url}?{query}" if query else url) if request.GET.get("after") else "",
    }
