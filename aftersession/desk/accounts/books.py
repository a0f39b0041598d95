# SPDX-License-Identifier: Apache-2.0
"""The practice as a whole: its accounts and entries, and who owes what for how long."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_safe

from aftersession.desk.accounts.pages import PartLink, csv_response, rows_of
from aftersession.desk.accounts.paper import sheet_response
from aftersession.desk.billing.pages import sections
from aftersession.desk.requests import DeskRequest
from aftersession.ledger.models import Account
from aftersession.ledger.queries import balances_of_books
from aftersession.lib.csv_files import Cell
from aftersession.lib.money import Money, format_money
from aftersession.practices.models import Practice
from aftersession.statements import ageing
from aftersession.statements.accounts import book_account
from aftersession.statements.ageing import BUCKETS, Aged, Debtors
from aftersession.statements.papers import account_table, book_sheet

TONES = ("ok", "owed", "warn", "warn", "bad")
TALLEST = 32


@dataclass(frozen=True)
class Book:
    """One account of the chart as the list shows it."""

    code: str
    label: str
    side: str
    balance: Money


@dataclass(frozen=True)
class AgeBar:
    """One age as a bar; places are in a box of 100 by 34."""

    label: str
    amount: Money
    tone: str
    x: int
    y: str
    height: str


@dataclass(frozen=True)
class AgedRow:
    """One debtor with the way to their account."""

    aged: Aged
    url: str
    late: str


@require_GET
def book_list(request: DeskRequest) -> HttpResponse:
    """The practice's accounts with their balances."""
    practice = request.member.practice
    balances = balances_of_books(practice)
    books = [
        Book(account.value, str(account.label), _side(account), Money(minor, practice.currency))
        for account, minor in balances.items()
    ]
    owed = balances[Account.CLIENT_RECEIVABLE] + balances[Account.PAYER_RECEIVABLE]
    lead = format_html(
        _('The books say that <b class="nw">{owed}</b> is owed to the practice.'),
        owed=format_money(Money(owed, practice.currency), practice.locale),
    )
    context = {"place": "billing", "lead": lead, "books": books, "sections": sections("desk:book_list")}
    return render(request, "desk/accounts/books.html", context)


@require_GET
def book_detail(request: DeskRequest, account: str) -> HttpResponse:
    """One account of the books with every entry, newest first."""
    chosen, practice = _account(account), request.member.practice
    view, after = book_account(practice, chosen), request.GET.get("after", "")
    page, url = view.page(after), reverse("desk:book_detail", args=[account])
    lead = format_html(
        _('<b>{label}</b>: <b class="nw">{balance}</b>.'),
        label=str(chosen.label),
        balance=format_money(view.total, practice.locale),
    )
    context = {
        "place": "billing",
        "account": account,
        "label": chosen.label,
        "lead": lead,
        "rows": rows_of(page.told),
        "next_url": f"{url}?after={page.after}" if page.after else "",
        "first_url": url if after else "",
    }
    return render(request, "desk/accounts/book.html", context)


@require_safe
def book_pdf(request: DeskRequest, account: str) -> HttpResponse:
    """Why one account of the books comes to what it does, as a paper of today."""
    chosen = _account(account)
    sheet = book_sheet(book_account(request.member.practice, chosen), str(chosen.label))
    return sheet_response(sheet, f"{account}.pdf")


@require_safe
def book_csv(request: DeskRequest, account: str) -> HttpResponse:
    """All entries of one account of the books as a table."""
    view = book_account(request.member.practice, _account(account))
    return csv_response(f"{account}.csv", account_table(view.all()))


@require_GET
def receivable_list(request: DeskRequest) -> HttpResponse:
    """Who owes what, by how long it has been due."""
    practice, debtors = request.member.practice, _debtors(request)
    total, after = ageing.age_all(practice, debtors), request.GET.get("after", "")[:16]
    page = ageing.age_by_debtor(practice, debtors, after=after)
    url = f"{reverse('desk:receivable_list')}?of={debtors}"
    payers = str(practice.profile.words.payers)
    context = {
        "place": "billing",
        "of": debtors,
        "lead": _aged_lead(total, debtors, practice),
        "sections": sections("desk:receivable_list"),
        "parts": [
            PartLink(_("Clients"), reverse("desk:receivable_list"), debtors is Debtors.CLIENTS),
            PartLink(
                _capital(payers), f"{reverse('desk:receivable_list')}?of=payers", debtors is Debtors.PAYERS
            ),
        ],
        "payer_word": _capital(str(practice.profile.words.payer)),
        "buckets": BUCKETS,
        "bars": _bars(total),
        "rows": [_aged_row(each, debtors, practice) for each in page.rows],
        "all": total,
        "tie": _tie(total, ageing.booked(practice)[debtors], practice),
        "next_url": f"{url}&after={page.after}" if page.after else "",
        "first_url": url if after else "",
    }
    return render(request, "desk/accounts/receivables.html", context)


@require_safe
def receivable_csv(request: DeskRequest) -> HttpResponse:
    """All debtors by age as a table."""
    practice, debtors = request.member.practice, _debtors(request)
    aged = ageing.age_by_debtor(practice, debtors, size=None).rows
    header = (_("Name"), *(str(each.label) for each in BUCKETS), _("Owed"))
    rows: list[Sequence[Cell]] = [(each.name, *each.amounts, each.total) for each in aged]
    return csv_response(f"receivables-{debtors}.csv", (header, rows))


def _account(value: str) -> Account:
    if value not in Account.values:
        raise Http404
    return Account(value)


def _debtors(request: DeskRequest) -> Debtors:
    return Debtors.PAYERS if request.GET.get("of") == Debtors.PAYERS else Debtors.CLIENTS


def _aged_lead(total: Aged, debtors: Debtors, practice: Practice) -> SafeString:
    """What is owed and how much of it is late. An insurer has no due day: what waits for long is told."""
    at_payers = debtors is Debtors.PAYERS
    late = Money(sum(each.minor for each in total.amounts[2 if at_payers else 1 :]), practice.currency)
    facts = {
        "who": _capital(str(practice.profile.words.payers)) if at_payers else _("Clients"),
        "owed": format_money(total.total, practice.locale),
        "late": format_money(late, practice.locale),
    }
    if total.total.is_zero:
        text = _("{who} owe <b>nothing</b>.")
    elif at_payers and late.is_zero:
        text = _('{who} owe <b class="nw">{owed}</b>, and <b>none of it for more than 30 days</b>.')
    elif at_payers:
        text = _(
            '{who} owe <b class="nw">{owed}</b>. Of that, <b class="nw">{late}</b> for more than 30 days.'
        )
    elif late.is_zero:
        text = _('{who} owe <b class="nw">{owed}</b>, and <b>none of it is overdue</b>.')
    else:
        text = _('{who} owe <b class="nw">{owed}</b>. Of that, <b class="nw">{late}</b> is overdue.')
    return format_html(text, **facts)


def _aged_row(aged: Aged, debtors: Debtors, practice: Practice) -> AgedRow:
    route = "desk:payer_account" if debtors is Debtors.PAYERS else "desk:patient_account"
    oldest = [bucket for bucket, amount in zip(BUCKETS, aged.amounts, strict=True) if amount.minor][-1:]
    return AgedRow(aged, reverse(route, args=[aged.code]), str(oldest[0].label) if oldest else "")


def _bars(total: Aged) -> Sequence[AgeBar]:
    """One bar an age, in proportion to the tallest; a little of one shows that there is something."""
    most = max(each.minor for each in total.amounts)
    if most <= 0:
        return []
    bars = []
    for place, (bucket, amount, tone) in enumerate(zip(BUCKETS, total.amounts, TONES, strict=True)):
        height = max(TALLEST * amount.minor / most, 0.6 if amount.minor else 0)
        bars.append(
            AgeBar(str(bucket.label), amount, tone, 1 + 20 * place, f"{34 - height:.2f}", f"{height:.2f}")
        )
    return bars


def _tie(total: Aged, booked: Money, practice: Practice) -> str:
    """What the books say of the same, in a sentence."""
    if booked == total.total:
        return _("The books say the same: %(amount)s.") % {"amount": format_money(booked, practice.locale)}
    return _("The books say %(amount)s: they differ. Ask whoever runs this installation to check.") % {
        "amount": format_money(booked, practice.locale)
    }


def _side(account: Account) -> str:
    return {
        Account.CLIENT_RECEIVABLE: _("What clients and responsible persons still have to pay"),
        Account.PAYER_RECEIVABLE: _("What insurers still have to pay"),
        Account.INCOME: _("What was earned, shown with a minus"),
        Account.TAX_OUTPUT: _("Tax that was charged and belongs to the tax office"),
        Account.BANK: _("Transfers in and out"),
        Account.CASH: _("Cash in and out"),
        Account.CARD_CLEARING: _("What the card machine took and pays out later"),
        Account.PARTNER_CLEARING: _("What a payment partner took and pays out later"),
        Account.PARTNER_FEES: _("What payment partners kept of the money they took"),
        Account.UNALLOCATED: _("Money that came in and settles nothing yet"),
        Account.WRITE_OFFS: _("What was billed and is no longer expected"),
        Account.DEFERRED_INCOME: _("What was paid for and has still to be given"),
    }[account]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
