# SPDX-License-Identifier: Apache-2.0
"""Accounts and statements as papers and as tables for files."""

from collections.abc import Iterable, Sequence

from django.utils import translation
from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.billing.documents import party_of, practice_block
from aftersession.documents import sheets
from aftersession.documents.contexts import Labelled, Party
from aftersession.lib import clock
from aftersession.lib.csv_files import Cell
from aftersession.lib.days import format_day
from aftersession.lib.money import Money, format_money
from aftersession.practices.models import Practice
from aftersession.statements.accounts import AccountView
from aftersession.statements.statement import Statement
from aftersession.statements.wording import Told

NEWEST_ON_PAPER = 100


def balance_sheet(account: AccountView, name: str, debtor: Debtor) -> sheets.Sheet:
    """Why a debtor's account comes to what it does."""
    with translation.override(debtor.language):
        total = account.total
        lead = _("<b>{amount} is owed</b> on the account of {name}.")
        if total.minor < 0:
            lead = _("<b>{amount} is in credit</b> on the account of {name}.")
        elif total.is_zero:
            lead = _("<b>Nothing is owed</b> on the account of {name}.")
        return _account_sheet(account, lead, name, Money(abs(total.minor), total.currency), party_of(debtor))


def book_sheet(account: AccountView, label: str) -> sheets.Sheet:
    """Why an account of the practice's own books comes to what it does. A credit stands with a minus."""
    practice = account.practice
    with translation.override(practice.language):
        party = Party(name=practice.legal_name or practice.name)
        return _account_sheet(account, _("<b>{name}: {amount}.</b>"), label, account.total, party)


def _account_sheet(account: AccountView, lead: str, name: str, amount: Money, party: Party) -> sheets.Sheet:
    """The newest movements of an account, oldest first, after what was before them."""
    practice = account.practice
    page = account.page(size=NEWEST_ON_PAPER)
    told = page.told[::-1]
    opening = told[0].balance - told[0].amount if told else account.total
    rows = [_row(each, practice) for each in told]
    if page.after:
        before = sheets.SheetRow(text=_("Brought forward"), amounts=(None, opening.minor))
        rows.insert(0, before)
    return sheets.Sheet(
        kind=sheets.BALANCE,
        title=_("Account"),
        issued_on=clock.today(practice.time_zone),
        locale=practice.locale,
        currency=practice.currency,
        practice=practice_block(practice),
        recipient=party,
        lead=lead,
        facts=_facts(practice, name=name, amount=amount),
        row_label=_("What happened"),
        columns=(_("Amount"), _("Balance")),
        rows=tuple(rows),
        opening_minor=opening.minor,
        adds_up=0,
        balance_label=_("Balance"),
        balance_minor=account.total.minor,
    )


def statement_sheet(
    statement: Statement, debtor: Debtor, *, pay_link: str = "", pay_reference: str = ""
) -> sheets.Sheet:
    """A statement: what was open before, what happened, what is open after."""
    practice = statement.practice
    with translation.override(debtor.language):
        opening = sheets.SheetRow(
            text=_("Balance before %(day)s") % {"day": format_day(statement.first, practice.locale)},
            amounts=(None, statement.opening.minor),
        )
        lead = _("<b>{name}, {amount} is open</b> as of {last}.")
        if statement.closing.minor < 0:
            lead = _("<b>{name}, you have {amount} in credit</b> as of {last}.")
        elif statement.closing.is_zero:
            lead = _("<b>{name}, nothing is open</b> as of {last}.")
        return sheets.Sheet(
            kind=sheets.STATEMENT,
            title=_("Statement"),
            issued_on=clock.today(practice.time_zone),
            locale=practice.locale,
            currency=practice.currency,
            practice=practice_block(practice),
            recipient=party_of(debtor),
            lead=lead,
            facts=_facts(
                practice,
                name=debtor.greeting,
                amount=Money(abs(statement.closing.minor), practice.currency),
                last=format_day(statement.last, practice.locale),
            ),
            row_label=_("What happened"),
            columns=(_("Amount"), _("Balance")),
            rows=(opening, *(_row(each, practice) for each in statement.told)),
            opening_minor=statement.opening.minor,
            adds_up=0,
            balance_label=_("Open balance") if statement.closing.minor >= 0 else _("In credit"),
            balance_minor=statement.closing.minor,
            about=(
                Labelled(label=_("Period"), value=statement.period),
                Labelled(label=_("By"), value=str(statement.basis.label)),
                Labelled(label=_("Account of"), value=statement.holder.name),
            ),
            pay_link=pay_link,
            pay_reference=pay_reference,
        )


def account_table(told: Iterable[Told]) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
    """An account as the header and the rows of a file."""
    header = (_("Day"), _("What happened"), _("Details"), _("Amount"), _("Balance"), _("By"), _("Why"))
    rows = (
        (each.day, each.text, ", ".join(each.details), each.amount, each.balance, each.by, each.reason)
        for each in told
    )
    return header, rows


def statement_table(statement: Statement) -> tuple[Sequence[str], Iterable[Sequence[Cell]]]:
    """A statement as the header and the rows of a file, with the balances before and after."""
    header = (_("Day"), _("What happened"), _("Details"), _("Amount"), _("Balance"))
    rows: list[Sequence[Cell]] = [(statement.first, _("Opening balance"), "", None, statement.opening)]
    rows += [
        (each.day, each.text, ", ".join(each.details), each.amount, each.balance) for each in statement.told
    ]
    rows.append((statement.last, _("Closing balance"), "", None, statement.closing))
    return header, rows


def _row(told: Told, practice: Practice) -> sheets.SheetRow:
    day = () if told.says_its_day else (format_day(told.day, practice.locale),)
    return sheets.SheetRow(
        text=told.text,
        details=(*day, *told.details),
        amounts=(told.amount.minor, told.balance.minor),
    )


def _facts(practice: Practice, *, amount: Money, **texts: str) -> tuple[Labelled, ...]:
    facts = {**texts, "amount": format_money(amount, practice.locale)}
    return tuple(Labelled(label=label, value=value) for label, value in facts.items())
