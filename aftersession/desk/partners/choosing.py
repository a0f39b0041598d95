# SPDX-License-Identifier: Apache-2.0
"""Which of the practice's partners a payment shall go through, where there are several."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from aftersession.desk.partners.cards import title_of
from aftersession.payments.models import ProviderConnection


def partner_label(connection: ProviderConnection) -> str:
    """A partner as a choice: by name and account, and whether no money moves."""
    facts = {"partner": title_of(connection.kind), "account": connection.account}
    if connection.is_test:
        return _("%(partner)s, %(account)s (TEST: no money moves)") % facts
    return _("%(partner)s, %(account)s") % facts


def partner_choices(usable: Sequence[ProviderConnection]) -> list[tuple[str, str]]:
    """Those that can be chosen, the default first."""
    return [(each.code, partner_label(each)) for each in usable]


def to_store(usable: Sequence[ProviderConnection], code: str) -> str:
    """What is kept of a choice: nothing for the default, so that a link follows it when it changes.

    Nothing chosen is the first, which is the default where there is one that works.
    """
    chosen = next((each for each in usable if each.code == code), None) if code else next(iter(usable), None)
    if chosen is None:
        return code
    return "" if chosen.is_default else chosen.code
