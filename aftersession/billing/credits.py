# SPDX-License-Identifier: Apache-2.0
"""What a credit note takes back, line by line, with the tax that belongs to it. Pure arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersession.billing.models import InvoiceLine, InvoiceShare
from aftersession.lib.errors import AmountTooLarge, BadInput
from aftersession.lib.money import Money, apportion, format_money, half_up

WHOLE_BP = 10_000


@dataclass(frozen=True)
class Left:
    """A line of an invoice and what of it has not been credited yet, in minor units."""

    line: InvoiceLine
    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        return self.net_minor + self.tax_minor

    @property
    def gross(self) -> Money:
        return Money(self.gross_minor, self.line.invoice.currency)


@dataclass(frozen=True)
class Credited:
    """What is taken back of one line."""

    line: InvoiceLine
    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        return self.net_minor + self.tax_minor


def credit_all(left: Sequence[Left]) -> list[Credited]:
    """Everything that is left, with exactly the tax that is left."""
    return [Credited(each.line, each.net_minor, each.tax_minor) for each in left if each.gross_minor]


def credit_lines(left: Sequence[Left], gross_by_position: Mapping[int, int], locale: str) -> list[Credited]:
    """These amounts, tax included, of these lines.

    Raises AmountTooLarge, beside `line_<position>`, for more than is left of a line, and BadInput for
    nothing at all.
    """
    for each in left:
        asked_minor = gross_by_position.get(each.line.position, 0)
        if asked_minor > each.gross_minor:
            raise AmountTooLarge(
                _("Only %(amount)s of this line is left to credit.")
                % {"amount": format_money(Money(each.gross_minor, each.line.invoice.currency), locale)},
                field=f"line_{each.line.position}",
            )
    chosen = [(each, gross_by_position.get(each.line.position, 0)) for each in left]
    if any(minor < 0 for _left, minor in chosen) or not any(minor for _left, minor in chosen):
        raise BadInput(_("Write an amount above nothing."), field="amount")
    return _with_tax([(each, minor) for each, minor in chosen if minor])


def credit_amount(left: Sequence[Left], amount_minor: int, locale: str) -> list[Credited]:
    """An amount, tax included, shared out over all lines by what is left of them.

    Raises AmountTooLarge beside `amount` for more than is left in all, and BadInput for nothing.
    """
    total_minor = sum(each.gross_minor for each in left)
    if amount_minor > total_minor:
        currency = left[0].line.invoice.currency if left else ""
        raise AmountTooLarge(
            _("Only %(amount)s of this invoice is left to credit.")
            % {"amount": format_money(Money(total_minor, currency), locale)},
            field="amount",
        )
    if amount_minor <= 0:
        raise BadInput(_("Write an amount above nothing."), field="amount")
    parts = apportion(amount_minor, [each.gross_minor for each in left])
    return _with_tax([(each, minor) for each, minor in zip(left, parts, strict=True) if minor])


def over_shares(shares: Sequence[InvoiceShare], amount_minor: int) -> list[tuple[InvoiceShare, int]]:
    """How a credit falls on the debtors: by what each of them was to pay and has not been let off yet."""
    room = [each.due_minor - each.credited_minor - each.written_off_minor for each in shares]
    parts = apportion(amount_minor, room)
    return [(share, minor) for share, minor in zip(shares, parts, strict=True) if minor]


def _with_tax(chosen: Sequence[tuple[Left, int]]) -> list[Credited]:
    """The tax inside these gross amounts: once a rate, rounded once, then given to the lines.

    The last of a rate takes exactly what is left of its tax, so that credits never pass the invoice
    (Value-Added Tax Act 89 of 1991, s 21: the tax of a credit note is that of the supply it corrects).
    """
    tax_by_position: dict[int, int] = {}
    for rate_bp in {each.line.tax_rate_bp for each, _minor in chosen}:
        at_rate = [(each, minor) for each, minor in chosen if each.line.tax_rate_bp == rate_bp]
        gross_minor = sum(minor for _left, minor in at_rate)
        lowest = [max(0, minor - each.net_minor) for each, minor in at_rate]
        highest = [min(each.tax_minor, minor) for each, minor in at_rate]
        tax_minor = half_up(gross_minor * rate_bp, WHOLE_BP + rate_bp)
        tax_minor = min(max(tax_minor, sum(lowest)), sum(highest))
        for (each, _minor), minor in zip(at_rate, _within(tax_minor, lowest, highest), strict=True):
            tax_by_position[each.line.position] = minor
    return [
        Credited(each.line, minor - tax_by_position[each.line.position], tax_by_position[each.line.position])
        for each, minor in chosen
    ]


def _within(total: int, lowest: Sequence[int], highest: Sequence[int]) -> list[int]:
    """`total` in parts between these bounds, in the proportion of the room between them."""
    room = [high - low for low, high in zip(lowest, highest, strict=True)]
    parts = apportion(total - sum(lowest), room) if any(room) else [0] * len(room)
    return [low + part for low, part in zip(lowest, parts, strict=True)]
