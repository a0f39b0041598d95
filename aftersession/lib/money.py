# SPDX-License-Identifier: Apache-2.0
"""Money as integer minor units and a currency. No float ever touches an amount."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from babel import Locale
from babel.numbers import get_currency_precision, get_decimal_symbol, get_group_symbol
from django.utils.translation import gettext as _

MAX_MINOR: Final = 10**13
"""The largest amount the product takes: a typing slip, not a bill, lies beyond it."""

BLANKS = "\u00a0\u202f\u2009 "


@dataclass(frozen=True, slots=True)
class MoneyStyle:
    """How a country writes amounts where its practices differ from CLDR."""

    group: str
    decimal: str
    is_spaced: bool


STYLES: dict[str, MoneyStyle] = {}
"""Locale to style; country profiles add theirs when they load."""


class MoneyInput(ValueError):
    """A typed amount that cannot be read; the text is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents; none for a currency without them) of one ISO 4217 currency."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    @property
    def is_zero(self) -> bool:
        return self.minor == 0

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be put together")
        return other.minor


@lru_cache
def minor_digits(currency: str) -> int:
    """How many decimals a currency has: 2 for most, 0 for the yen, 3 for the dinar."""
    return get_currency_precision(currency)


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of two integers, halves away from zero: the one rounding rule."""
    quotient = (2 * abs(numerator) + denominator) // (2 * denominator)
    return quotient if numerator >= 0 else -quotient


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """Split a total by non-negative weights so that the parts sum to it exactly.

    Largest remainder first, ties to the earlier part. All weights zero: all of it to the first.
    """
    whole = sum(weights)
    if not weights:
        return []
    if whole == 0:
        return [total, *([0] * (len(weights) - 1))]
    sign = -1 if total < 0 else 1
    parts = [abs(total) * weight // whole for weight in weights]
    rests = [abs(total) * weight % whole for weight in weights]
    left = abs(total) - sum(parts)
    for index in sorted(range(len(weights)), key=lambda i: (-rests[i], i))[:left]:
        parts[index] += 1
    return [sign * part for part in parts]


def format_money(money: Money, locale: str) -> str:
    """The amount as a reader of this locale writes it, with blanks that do not break."""
    symbol, gap, leads = _currency_shape(money.currency, locale)
    number = _grouped(abs(money.minor), minor_digits(money.currency), _signs(locale))
    shown = f"{symbol}{gap}{number}" if leads else f"{number}{gap}{symbol}"
    return ("\u2212" if money.minor < 0 else "") + shown


def currency_sign(currency: str, locale: str) -> str:
    """The sign that stands beside an amount of this currency: R, $, EUR."""
    return _symbol(currency, locale)


def format_plain(money: Money, locale: str) -> str:
    """The amount without its currency sign, as it stands in a form field."""
    number = _grouped(abs(money.minor), minor_digits(money.currency), ("", _signs(locale)[1]))
    return ("-" if money.minor < 0 else "") + number


def parse(text: str, currency: str, locale: str) -> Money:
    """Read a typed amount strictly: digits, the locale's group and decimal signs, nothing else.

    A point is taken as the decimal sign too where the locale writes another, as long as it cannot
    be read as a group sign. Raises MoneyInput with a sentence.
    """
    digits = minor_digits(currency)
    bare = text.strip().removeprefix(_symbol(currency, locale)).removeprefix(currency).strip(BLANKS)
    match = _typed_amount(locale).fullmatch(bare) if bare.isascii() or _only_blanks_foreign(bare) else None
    if match is None:
        raise MoneyInput(
            _("This is not an amount. Write it like %(example)s.") % {"example": _example(digits, locale)}
        )
    fraction = match["fraction"] or ""
    if len(fraction) > digits:
        raise MoneyInput(_("This amount has more decimals than %(currency)s.") % {"currency": currency})
    minor = int(re.sub(r"\D", "", match["whole"]) + fraction.ljust(digits, "0"))
    if minor > MAX_MINOR:
        raise MoneyInput(_("This amount is too large."))
    return Money(minor, currency)


def _only_blanks_foreign(text: str) -> bool:
    return all(char.isascii() or char in BLANKS for char in text)


@lru_cache
def _typed_amount(locale: str) -> re.Pattern[str]:
    group, decimal = _signs(locale)
    groups = f"[{re.escape(group)}{BLANKS}]"
    # "." is read as decimal sign wherever it cannot be the group sign.
    decimals = re.escape(decimal) if group == "." else f"[{re.escape(decimal)}.]"
    return re.compile(
        rf"(?P<whole>[0-9]{{1,3}}(?:{groups}[0-9]{{3}})+|[0-9]{{1,14}})(?:{decimals}(?P<fraction>[0-9]+))?"
    )


def _grouped(minor: int, digits: int, signs: tuple[str, str]) -> str:
    group, decimal = signs
    whole, fraction = divmod(minor, 10**digits)
    text = f"{whole:,}".replace(",", group)
    return f"{text}{decimal}{fraction:0{digits}d}" if digits else text


@lru_cache
def _signs(locale: str) -> tuple[str, str]:
    """The group and decimal signs: a country's own where it has given them, else CLDR's."""
    if locale in STYLES:
        return STYLES[locale].group, STYLES[locale].decimal
    return get_group_symbol(locale), get_decimal_symbol(locale)


@lru_cache
def _currency_shape(currency: str, locale: str) -> tuple[str, str, bool]:
    pattern = Locale.parse(locale).currency_formats["standard"].pattern.split(";")[0]
    leads = pattern.startswith("\u00a4")
    apart = any(blank in pattern for blank in BLANKS) or (locale in STYLES and STYLES[locale].is_spaced)
    symbol = _symbol(currency, locale)
    # A three-letter code always stands apart from its figures.
    return symbol, "\u00a0" if apart or (symbol.isalpha() and len(symbol) > 1) else "", leads


@lru_cache
def _symbol(currency: str, locale: str) -> str:
    return str(Locale.parse(locale).currency_symbols.get(currency, currency))


def _example(digits: int, locale: str) -> str:
    return "950" + (_signs(locale)[1] + "0" * digits if digits else "")
