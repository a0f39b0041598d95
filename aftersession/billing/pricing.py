# SPDX-License-Identifier: Apache-2.0
"""The arithmetic of an invoice: discounts, tax and totals, exact to the cent. Pure.

Invoice discounts are apportioned over the lines before tax. Tax is rounded once a rate, half up,
and shared out to the lines by largest remainder (EN 16931 BR-CO-14 and BR-CO-17 for the sums).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from django.utils.translation import gettext as _

from aftersession.catalog.models import TaxTreatment
from aftersession.lib.errors import BadInput
from aftersession.lib.money import MAX_MINOR, apportion, half_up


class DiscountKind(StrEnum):
    FIXED = "fixed"
    PERCENT = "percent"


@dataclass(frozen=True)
class Discount:
    """`value` is minor units when fixed, hundredths of a percent (1000 is 10 %) when percent."""

    kind: DiscountKind
    value: int
    reason: str = ""


@dataclass(frozen=True)
class LineInput:
    """A line as typed or booked. `unit_price_minor` is in the invoice's currency."""

    description: str
    unit_price_minor: int
    quantity: int = 1
    tax_treatment: str = TaxTreatment.STANDARD
    procedure_code: str = ""
    discount: Discount | None = None


@dataclass(frozen=True)
class TaxTerms:
    """What of tax applies: nothing for a practice that is not registered for it."""

    rate_bp: int = 0
    policy: str = ""
    is_included: bool = True

    @property
    def is_charged(self) -> bool:
        return bool(self.policy)

    def rate_of(self, treatment: str) -> int:
        return self.rate_bp if treatment == TaxTreatment.STANDARD else 0


NO_TAX = TaxTerms()


@dataclass(frozen=True)
class PricedLine:
    """A line with its figures; `gross_minor = net_minor + tax_minor`."""

    given: LineInput
    full_minor: int
    discount_minor: int
    invoice_discount_minor: int
    tax_rate_bp: int
    net_minor: int
    tax_minor: int

    @property
    def gross_minor(self) -> int:
        return self.net_minor + self.tax_minor

    @property
    def after_own_discount_minor(self) -> int:
        return self.full_minor - self.discount_minor


@dataclass(frozen=True)
class TaxTotal:
    rate_bp: int
    net_minor: int
    tax_minor: int


@dataclass(frozen=True)
class Priced:
    """A whole invoice with its figures, in minor units."""

    lines: tuple[PricedLine, ...]
    discount_minor: int
    taxes: tuple[TaxTotal, ...]

    @property
    def lines_minor(self) -> int:
        """What the lines come to before the invoice's discount."""
        return sum(line.after_own_discount_minor for line in self.lines)

    @property
    def net_minor(self) -> int:
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        return sum(line.tax_minor for line in self.lines)

    @property
    def total_minor(self) -> int:
        return self.net_minor + self.tax_minor


def price_invoice(lines: Sequence[LineInput], discount: Discount | None, tax: TaxTerms) -> Priced:
    """Compute every figure of an invoice. Raises BadInput when a discount exceeds what it is taken from."""
    if not lines:
        raise BadInput(_("Add at least one line: there is nothing to bill."), field="lines")
    own = [_discounted(line, number) for number, line in enumerate(lines, 1)]
    lines_minor = sum(full - off for full, off in own)
    if lines_minor > MAX_MINOR:
        raise BadInput(_("This amount is too large."), field="lines")
    whole_discount = _discount_of(discount, lines_minor)
    if whole_discount > lines_minor:
        raise BadInput(_("The discount is larger than what is billed."), field="discount_value")
    parts = apportion(whole_discount, [full - off for full, off in own])
    priced = [
        PricedLine(
            given=line,
            full_minor=full,
            discount_minor=off,
            invoice_discount_minor=part,
            tax_rate_bp=tax.rate_of(line.tax_treatment),
            net_minor=full - off - part,
            tax_minor=0,
        )
        for line, (full, off), part in zip(lines, own, parts, strict=True)
    ]
    return _with_tax(priced, whole_discount, tax)


def _discounted(line: LineInput, number: int) -> tuple[int, int]:
    full = line.unit_price_minor * line.quantity
    off = _discount_of(line.discount, full)
    if off > full:
        raise BadInput(
            _("The discount of line %(number)d is larger than its amount.") % {"number": number},
            field=f"lines-{number - 1}-discount_value",
        )
    return full, off


def _discount_of(discount: Discount | None, amount_minor: int) -> int:
    if discount is None:
        return 0
    if discount.kind is DiscountKind.PERCENT:
        return half_up(amount_minor * discount.value, 10_000)
    return discount.value


def _with_tax(lines: list[PricedLine], discount_minor: int, tax: TaxTerms) -> Priced:
    totals: list[TaxTotal] = []
    done = dict(enumerate(lines))
    for rate in sorted({line.tax_rate_bp for line in lines}, reverse=True):
        at_rate = [index for index, line in enumerate(lines) if line.tax_rate_bp == rate]
        amounts = [lines[index].net_minor for index in at_rate]
        amount = sum(amounts)
        divisor = 10_000 + rate if tax.is_included else 10_000
        tax_minor = half_up(amount * rate, divisor)
        for index, part in zip(at_rate, apportion(tax_minor, amounts), strict=True):
            net = lines[index].net_minor - (part if tax.is_included else 0)
            done[index] = replace(lines[index], net_minor=net, tax_minor=part)
        totals.append(TaxTotal(rate, amount - (tax_minor if tax.is_included else 0), tax_minor))
    return Priced(tuple(done[index] for index in range(len(lines))), discount_minor, tuple(totals))
