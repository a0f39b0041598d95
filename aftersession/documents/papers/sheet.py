# SPDX-License-Identifier: Apache-2.0
"""Papers of the account on paper: credit note, refund, statement, a debtor's part, why a balance is what it is."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from aftersession.documents.frozen import BadContext
from aftersession.documents.papers import phrases
from aftersession.documents.papers.dates import long_date
from aftersession.documents.papers.how_to_pay import pay_block
from aftersession.documents.papers.phrases import Figures
from aftersession.documents.papers.shape import SHEET_LAYOUT, Block, Cell, Column, Pair, Paper, Pay, Tone
from aftersession.documents.sheets import Sheet, SheetRow


def lay_out_sheet(sheet: Sheet, links: Mapping[str, str]) -> Paper:
    figures = Figures(sheet.currency, sheet.locale)
    language, region, is_rtl = phrases.language_of(sheet.locale)
    issued = long_date(sheet.issued_on, sheet.locale) if sheet.issued_on else ""
    return Paper(
        layout=SHEET_LAYOUT,
        language=language,
        region=region,
        is_rtl=is_rtl,
        size=sheet.paper,
        accent=phrases.accent(sheet.practice),
        document_name=" ".join(part for part in (sheet.title, sheet.number) if part),
        author=sheet.practice.trading_name,
        title=sheet.title,
        number=sheet.number,
        mark="",
        dates=phrases.filled((_("Issued"), issued)),
        practice=sheet.practice.trading_name,
        practice_lines=phrases.practice_lines(sheet.practice),
        lead=_lead(sheet),
        blocks=_blocks(sheet),
        columns=(
            Column(label=sheet.row_label, is_wide=True),
            *(Column(label=label, is_figure=True) for label in sheet.columns),
        ),
        rows=tuple(_row(row, figures) for row in sheet.rows),
        totals=(*_totals(sheet, figures), *_tax(sheet, figures)),
        balance=Pair(label=sheet.balance_label, value=figures.amount(sheet.balance_minor)),
        pay=_pay(sheet, links),
        remarks=phrases.remarks(sheet.notes, ""),
        footer=phrases.footer(sheet.practice),
        page_of=_("Page {page} of {pages}"),
    )


def _lead(sheet: Sheet) -> tuple[Tone, ...]:
    return phrases.tones(sheet.lead, **{fact.label: fact.value for fact in sheet.facts})


def _blocks(sheet: Sheet) -> tuple[Block, ...]:
    party = sheet.recipient
    lines = (*phrases.postal(party.address_lines), *phrases.labelled(party.numbers))
    blocks = [Block(label=_("For"), name=party.name, lines=lines)]
    if sheet.patient and sheet.patient.name != party.name:
        blocks.append(phrases.patient_block(sheet.patient, sheet.locale))
    return (*blocks, *(Block(label=fact.label, name=fact.value) for fact in sheet.about))


def _row(row: SheetRow, figures: Figures) -> tuple[Cell, ...]:
    amounts = (Cell(text="" if minor is None else figures.amount(minor)) for minor in row.amounts)
    return (Cell(text=row.text, details=row.details), *amounts)


def _totals(sheet: Sheet, figures: Figures) -> tuple[Pair, ...]:
    return tuple(Pair(label=each.label, value=figures.amount(each.amount_minor)) for each in sheet.totals)


def _tax(sheet: Sheet, figures: Figures) -> tuple[Pair, ...]:
    if sheet.tax is None:
        return ()
    pairs: list[Pair] = []
    for rate in sheet.tax.rates:
        facts = {"tax": sheet.tax.name, "rate": figures.percent(rate.rate)}
        net, tax = figures.amount(rate.net_minor), figures.amount(rate.tax_minor)
        pairs.append(Pair(label=_("Before {tax} at {rate}").format(**facts), value=net))
        pairs.append(Pair(label=_("{tax} at {rate}").format(**facts), value=tax))
    return tuple(pairs)


def _pay(sheet: Sheet, links: Mapping[str, str]) -> Pay | None:
    if sheet.balance_minor <= 0 or not (sheet.pay_link or sheet.pay_reference):
        return None
    if sheet.pay_link and sheet.pay_link not in links:
        raise BadContext("the payment link of this document has no address")
    return pay_block(sheet.practice.bank, links.get(sheet.pay_link, ""), sheet.pay_reference)
