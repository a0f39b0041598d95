# SPDX-License-Identifier: Apache-2.0
"""Invoices, tax invoices, insurers' accounts and paid invoices on paper."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from aftersession.documents.contexts import INSURER_ACCOUNT, PAID_INVOICE, InvoiceContext
from aftersession.documents.papers import phrases
from aftersession.documents.papers.account import account_blocks
from aftersession.documents.papers.dates import long_date, near_date
from aftersession.documents.papers.how_to_pay import how_to_pay
from aftersession.documents.papers.lines import columns, rows, totals
from aftersession.documents.papers.phrases import Figures
from aftersession.documents.papers.shape import ACCOUNT_LAYOUT, INVOICE_LAYOUT, Block, Pair, Paper, Tone


def lay_out_invoice(context: InvoiceContext, links: Mapping[str, str]) -> Paper:
    figures = Figures(context.currency, context.locale)
    language, region, is_rtl = phrases.language_of(context.locale)
    is_account = reads_as_account(context)
    return Paper(
        layout=ACCOUNT_LAYOUT if is_account else INVOICE_LAYOUT,
        language=language,
        region=region,
        is_rtl=is_rtl,
        size=context.paper,
        accent=phrases.accent(context.practice),
        document_name=f"{context.title} {context.number or _('Draft')}",
        author=context.practice.trading_name,
        title=context.title,
        number=context.number or _("Draft, no number yet"),
        mark=_("PAID") if context.is_paid else "",
        dates=_dates(context),
        practice=context.practice.trading_name,
        practice_lines=phrases.practice_lines(context.practice),
        lead=_lead(context, figures),
        blocks=account_blocks(context) if is_account else _blocks(context),
        columns=columns(context, is_account=is_account),
        rows=rows(context, figures, is_account=is_account),
        totals=totals(context, figures),
        balance=_balance(context, figures),
        pay=how_to_pay(context, links),
        remarks=phrases.remarks(context.notes, context.practice.terms if _binds(context) else ""),
        footer=phrases.footer(context.practice),
        page_of=_("Page {page} of {pages}"),
    )


def reads_as_account(context: InvoiceContext) -> bool:
    """Whether it carries all that an insurer asks for: its own account, or one the member claims with."""
    return context.kind in (INSURER_ACCOUNT, PAID_INVOICE) and context.coverage is not None


def _binds(context: InvoiceContext) -> bool:
    """Whether the practice's terms of payment are for its reader: somebody who still owes, and no insurer."""
    return context.balance_minor > 0 and context.kind != INSURER_ACCOUNT


def _dates(context: InvoiceContext) -> tuple[Pair, ...]:
    issued = long_date(context.issued_on, context.locale) if context.issued_on else ""
    is_owed = context.due_on is not None and context.balance_minor > 0
    due = long_date(context.due_on, context.locale) if context.due_on and is_owed else ""
    return phrases.filled((_("Issued"), issued), (_("Due"), due))


def _lead(context: InvoiceContext, figures: Figures) -> tuple[Tone, ...]:
    issued = context.issued_on.year if context.issued_on else None
    facts = {
        "name": context.recipient.greeting or context.recipient.name,
        "payer": context.coverage.payer if context.coverage else "",
        "practice": context.practice.trading_name,
        "patient": context.patient.name if context.patient else context.recipient.name,
        "balance": figures.amount(context.balance_minor),
        "total": figures.amount(context.total_minor),
        "date": near_date(context.due_on, context.locale, year=issued) if context.due_on else "",
    }
    return phrases.tones(_lead_sentence(context), **facts)


def _lead_sentence(context: InvoiceContext) -> str:
    if context.kind == INSURER_ACCOUNT:
        return _("<b>{payer}, please pay {balance}</b> to {practice} for {patient}.")
    if context.balance_minor > 0:
        if context.due_on:
            return _("<b>{name}, you owe {balance}</b> by {date}.")
        return _("<b>{name}, you owe {balance}.</b>")
    if context.balance_minor < 0:
        return _("<b>{name}, {total} is paid in full.</b> More came than was owed; the rest stays yours.")
    if context.coverage:
        return _("<b>{name}, {total} is paid in full.</b> Send this to {payer} to claim it back.")
    if context.payments:
        return _("<b>{name}, {total} is paid in full.</b> Thank you.")
    return _("<b>{name}, there is nothing to pay.</b>")


def _blocks(context: InvoiceContext) -> tuple[Block, ...]:
    recipient = context.recipient
    blocks = [
        Block(
            label=_("For"),
            name=recipient.name,
            lines=(*phrases.postal(recipient.address_lines), *phrases.labelled(recipient.numbers)),
        )
    ]
    if context.patient and context.patient.name != recipient.name:
        blocks.append(phrases.patient_block(context.patient, context.locale))
    if context.coverage:
        blocks.append(_coverage_block(context))
    if context.session:
        held = context.session
        by = _("with {practitioner}").format(practitioner=held.practitioner)
        lines = (by, *phrases.labelled(held.practitioner_numbers), held.place)
        blocks.append(
            Block(
                label=_("Session"),
                name=near_date(held.held_on, context.locale, year=None),
                lines=tuple(line for line in lines if line),
            )
        )
    return tuple(blocks)


def _coverage_block(context: InvoiceContext) -> Block:
    coverage = context.coverage
    assert coverage is not None
    member = _("Member {number}").format(number=coverage.member_number)
    if coverage.dependant_code:
        member = _("Member {number}, code {code}").format(
            number=coverage.member_number, code=coverage.dependant_code
        )
    name = ", ".join(part for part in (coverage.payer, coverage.plan) if part)
    return Block(label=coverage.label, name=name, lines=(member,))


def _balance(context: InvoiceContext, figures: Figures) -> Pair:
    if context.balance_minor < 0:
        return Pair(label=_("In your favour"), value=figures.amount(-context.balance_minor))
    if context.kind == INSURER_ACCOUNT:
        return Pair(label=_("Please pay"), value=figures.amount(context.balance_minor))
    label = _("You owe") if context.balance_minor else _("Left to pay")
    return Pair(label=label, value=figures.amount(context.balance_minor))
