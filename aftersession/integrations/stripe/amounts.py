# SPDX-License-Identifier: Apache-2.0
"""Amounts as Stripe counts them: whole numbers, with decimals of its own in some currencies.

Ours have the decimals that people write. For most currencies that is the same number.
"""

from django.utils.translation import gettext as _

from aftersession.lib.money import Money, minor_digits
from aftersession.payments.provider import PartnerRefused

# https://docs.stripe.com/currencies: "Zero-decimal currencies", "Three-decimal currencies" and
# "Special cases". ISK and UGX have no decimals, but two at Stripe.
WITHOUT_DECIMALS = frozenset(
    "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF".split()  # noqa: SIM905
)
WITH_THREE = frozenset("BHD JOD KWD OMR TND".split())  # noqa: SIM905
# Of three decimals the last one must be 0: the card networks know only two.
LAST_DIGIT_IS_ZERO = 10


def to_stripe(amount: Money) -> int:
    """The number to send. Raises `PartnerRefused` for an amount that Stripe cannot take."""
    number, rest = divmod(amount.minor * _units(amount.currency), _our_units(amount.currency))
    if rest or (amount.currency in WITH_THREE and number % LAST_DIGIT_IS_ZERO):
        raise PartnerRefused(
            _("Stripe cannot take this amount: it has more decimals than it can charge."),
            code="amount_too_fine",
        )
    return number


def from_stripe(number: int, currency: str) -> Money:
    """The money meant. Raises ValueError for one that cannot be written in our minor units."""
    minor, rest = divmod(number * _our_units(currency), _units(currency))
    if rest:
        raise ValueError("finer than our minor units")
    return Money(minor, currency)


def _units(currency: str) -> int:
    """How many of Stripe's units one whole has."""
    if currency in WITHOUT_DECIMALS:
        return 1
    return 1000 if currency in WITH_THREE else 100


def _our_units(currency: str) -> int:
    return int(10 ** minor_digits(currency))
