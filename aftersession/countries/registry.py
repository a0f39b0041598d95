# SPDX-License-Identifier: Apache-2.0
"""Which countries there are. A new one is a folder here and a line below."""

from functools import cache
from importlib import import_module
from typing import Final

from aftersession.countries.port import CountryProfile
from aftersession.lib import money

PROFILES: Final = {
    "za": "za.profile",
    "zz": "zz.profile",
}


def country_codes() -> tuple[str, ...]:
    """The codes a practice can choose from."""
    return tuple(PROFILES)


@cache
def profile(code: str) -> CountryProfile:
    """The profile of a country, loaded when first asked for. Raises KeyError for an unknown code."""
    found: CountryProfile = import_module(f".{PROFILES[code]}", __package__).PROFILE
    if found.money_style is not None:
        money.STYLES[found.locale] = found.money_style
    return found
