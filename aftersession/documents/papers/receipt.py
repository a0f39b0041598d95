# SPDX-License-Identifier: Apache-2.0
"""A receipt on paper: who paid what, when and how, what it settled and what is left."""

from django.utils.translation import gettext as _

from aftersession.documents.contexts import ReceiptContext, Settled
from aftersession.documents.papers import phrases
from aftersession.documents.papers.dates import long_date
from aftersession.documents.papers.phrases import Figures
from aftersession.documents.papers.shape import RECEIPT_LAYOUT, Block, Cell, Column, Pair, Paper, Tone


def lay_out_receipt(context: ReceiptContext) -> Paper:
    figures = Figures(context.currency, context.locale)
    language, region, is_rtl = phrases.language_of(context.locale)
    return Paper(
        layout=RECEIPT_LAYOUT,
        language=language,
        region=region,
        is_rtl=is_rtl,
        size=context.paper,
        accent=phrases.accent(context.practice),
        document_name=f"{context.title} {context.number}",
        author=context.practice.trading_name,
        title=context.title,
        number=context.number,
        mark="",
        dates=(Pair(label=_("Issued"), value=long_date(context.issued_on, context.locale)),),
        practice=context.practice.trading_name,
        practice_lines=phrases.practice_lines(context.practice),
        lead=_lead(context, figures),
        blocks=_blocks(context),
        columns=_columns(),
        rows=tuple(_row(settled, figures, context.locale) for settled in context.settles),
        totals=_totals(context, figures),
        balance=Pair(label=_("Received"), value=figures.amount(context.payment.amount_minor)),
        pay=None,
        remarks=phrases.remarks(context.notes, ""),
        footer=phrases.footer(context.practice),
        page_of=_("Page {page} of {pages}"),
    )


def _lead(context: ReceiptContext, figures: Figures) -> tuple[Tone, ...]:
    facts = {
        "name": context.received_from.greeting or context.received_from.name,
        "amount": figures.amount(context.payment.amount_minor),
        "date": long_date(context.payment.received_on, context.locale),
        "balance": figures.amount(context.balance_minor),
    }
    if context.balance_minor > 0:
        sentence = _("<b>{name}, thank you for {amount}</b>, received on {date}. {balance} is left to pay.")
    else:
        sentence = _("<b>{name}, thank you for {amount}</b>, received on {date}. Nothing is left to pay.")
    return phrases.tones(sentence, **facts)


def _blocks(context: ReceiptContext) -> tuple[Block, ...]:
    payer = context.received_from
    received = Block(
        label=_("Received from"),
        name=payer.name,
        lines=(*phrases.postal(payer.address_lines), *phrases.labelled(payer.numbers)),
    )
    payment = Block(
        label=_("Payment"),
        name=long_date(context.payment.received_on, context.locale),
        lines=tuple(part for part in (context.payment.method, context.payment.reference) if part),
    )
    if context.patient and context.patient.name != payer.name:
        return received, phrases.patient_block(context.patient, context.locale), payment
    return received, payment


def _columns() -> tuple[Column, ...]:
    return (
        Column(label=_("Paid for"), is_wide=True),
        Column(label=_("Billed"), is_figure=True),
        Column(label=_("Paid now"), is_figure=True),
        Column(label=_("Left to pay"), is_figure=True),
    )


def _row(settled: Settled, figures: Figures, locale: str) -> tuple[Cell, ...]:
    issued = long_date(settled.issued_on, locale) if settled.issued_on else ""
    return (
        Cell(text=settled.number, details=tuple(part for part in (settled.description, issued) if part)),
        Cell(text=figures.amount(settled.total_minor)),
        Cell(text=figures.amount(settled.applied_minor)),
        Cell(text=figures.amount(settled.balance_minor)),
    )


def _totals(context: ReceiptContext, figures: Figures) -> tuple[Pair, ...]:
    kept = context.unallocated_minor
    totals = [Pair(label=_("Kept for what comes next"), value=figures.amount(kept))] if kept else []
    return (*totals, Pair(label=_("Left to pay"), value=figures.amount(context.balance_minor)))
