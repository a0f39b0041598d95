# SPDX-License-Identifier: Apache-2.0
"""The lines of an invoice and the figures under them."""

from django.utils.translation import gettext as _

from aftersession.documents.contexts import InvoiceContext, Line
from aftersession.documents.papers import phrases
from aftersession.documents.papers.dates import short_date
from aftersession.documents.papers.phrases import Figures
from aftersession.documents.papers.shape import Cell, Column, Pair


def columns(context: InvoiceContext, *, is_account: bool) -> tuple[Column, ...]:
    """The table's head. An account gives date, code and diagnosis a column of their own, as assessors read it."""
    shown = []
    if is_account or _has_other_dates(context):
        shown.append(Column(label=_("Date")))
    if is_account:
        shown.append(Column(label=_code_label(context)))
    shown.append(Column(label=_("Service"), is_wide=True))
    if is_account:
        shown.append(Column(label=context.diagnosis_label or _("Diagnosis")))
    shown.append(Column(label=_("Quantity"), is_figure=True))
    shown.append(Column(label=_("Price"), is_figure=True))
    if context.tax:
        shown.append(Column(label=context.tax.name, is_figure=True))
    shown.append(Column(label=_("Amount"), is_figure=True))
    return tuple(shown)


def rows(context: InvoiceContext, figures: Figures, *, is_account: bool) -> tuple[tuple[Cell, ...], ...]:
    has_dates = is_account or _has_other_dates(context)
    return tuple(_row(line, context, figures, is_account, has_dates) for line in context.lines)


def totals(context: InvoiceContext, figures: Figures) -> tuple[Pair, ...]:
    """What stands between the lines and the balance; nothing where the balance says it all."""
    shown = []
    if context.discount_minor:
        billed = sum(line.amount_minor for line in context.lines)
        shown.append(Pair(label=_("Subtotal"), value=figures.amount(billed)))
        words = _discount_words(context.discount_percent, context.discount_reason, figures)
        shown.append(Pair(label=words, value=figures.amount(-context.discount_minor)))
    if context.tax:
        for rate in context.tax.rates:
            facts = {"tax": context.tax.name, "rate": figures.percent(rate.rate)}
            net = _("Before {tax} at {rate}").format(**facts)
            shown.append(Pair(label=net, value=figures.amount(rate.net_minor)))
            taxed = _("{tax} at {rate}").format(**facts)
            shown.append(Pair(label=taxed, value=figures.amount(rate.tax_minor)))
        label = _("Total with {tax}").format(tax=context.tax.name)
        shown.append(Pair(label=label, value=figures.amount(context.total_minor)))
    elif context.discount_minor or context.payments or context.others_minor or len(context.lines) != 1:
        shown.append(Pair(label=_("Total"), value=figures.amount(context.total_minor)))
    if context.others_minor:
        shown.append(Pair(label=context.others_label, value=figures.amount(-context.others_minor)))
    for payment in context.payments:
        words = phrases.payment_words(payment, context.locale)
        shown.append(Pair(label=words, value=figures.amount(-payment.amount_minor)))
    return tuple(shown)


def _row(
    line: Line, context: InvoiceContext, figures: Figures, is_account: bool, has_dates: bool
) -> tuple[Cell, ...]:
    service = Cell(text=line.description, details=_details(line, context, figures, is_account))
    cells = [service]
    if is_account:
        cells.insert(0, Cell(text=line.code))
        cells.append(Cell(text=", ".join(line.diagnoses)))
    if has_dates:
        day = line.service_on or (context.session.held_on if context.session else None)
        cells.insert(0, Cell(text=short_date(day, context.locale) if day else ""))
    cells.append(Cell(text=figures.quantity(line.quantity)))
    cells.append(Cell(text=figures.amount(line.unit_price_minor)))
    if context.tax:
        cells.append(Cell(text=figures.percent(line.tax_rate) if line.tax_rate else ""))
    cells.append(Cell(text=figures.amount(line.amount_minor)))
    return tuple(cells)


def _details(line: Line, context: InvoiceContext, figures: Figures, is_account: bool) -> tuple[str, ...]:
    codes = []
    if line.code and not is_account:
        codes.append(f"{line.code_label} {line.code}".strip())
    if line.diagnoses and not is_account:
        codes.append(f"{context.diagnosis_label} {', '.join(line.diagnoses)}".strip())
    details = [", ".join(codes), *line.details]
    if line.discount_minor:
        words = _discount_words(line.discount_percent, line.discount_reason, figures)
        details.append(f"{words}: {figures.amount(-line.discount_minor)}")
    return tuple(detail for detail in details if detail)


def _discount_words(percent: str, reason: str, figures: Figures) -> str:
    words = _("Discount {percent}").format(percent=figures.percent(percent)) if percent else _("Discount")
    return f"{words}, {reason}" if reason else words


def _code_label(context: InvoiceContext) -> str:
    return next((line.code_label for line in context.lines if line.code_label), _("Code"))


def _has_other_dates(context: InvoiceContext) -> bool:
    """Whether some line is of another day than the session's, which then needs saying on each."""
    days = {line.service_on for line in context.lines if line.service_on}
    return bool(days - {context.session.held_on} if context.session else days)
