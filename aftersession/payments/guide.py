# SPDX-License-Identifier: Apache-2.0
"""What a partner says of itself, in words: a part of the port, `payments/provider.py`."""

from dataclasses import dataclass
from typing import TypeAlias

from django.utils.functional import Promise

Text: TypeAlias = str | Promise
"""Words for people, translated when shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyField:
    """One thing to paste from the partner's dashboard. `name` is `account`, `api_key` or `webhook_secret`.

    `prefixes` are how it may begin, where the partner's always begin so. `may_be_empty` for one that can
    be added later.
    """

    name: str
    label: Text
    help: Text
    prefixes: tuple[str, ...] = ()
    may_be_empty: bool = False
    is_secret: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """What the settings, the pay page and the headers need to know of a partner, in words of its own.

    `steps` say how to get the keys, `webhook_steps` where to paste the webhook address. `payer_sees` says
    to the payer what the partner is told. `origins` are where the payer's browser is sent.
    """

    title: str
    summary: Text
    keys: tuple[KeyField, ...]
    steps: tuple[Text, ...]
    webhook_steps: tuple[Text, ...]
    payer_sees: Text
    origins: tuple[str, ...]
    needs_email: bool = False
