# SPDX-License-Identifier: Apache-2.0
"""Through which of a practice's partners a payer pays, and when test payments are none."""

from aftersession.payments.connections import default_connection
from aftersession.payments.models import ConnectionState, PaymentLink, ProviderConnection
from aftersession.payments.provider import Mode
from aftersession.practices.models import Practice


def connection_for(link: PaymentLink) -> ProviderConnection | None:
    """The connection that a payment begun now uses: the link's own, else the practice's default.

    None where it takes no new payments: it is paused or ended, or it is of test mode while real money moves
    through another. A link's own is never exchanged for another: its practice chose it.
    """
    chosen = link.connection if link.connection_id is not None else default_connection(link.practice)
    if chosen is None or chosen.state != ConnectionState.ACTIVE:
        return None
    return None if is_only_pretended(chosen) else chosen


def is_only_pretended(connection: ProviderConnection) -> bool:
    """Whether a payment of this connection means nothing: it is of test mode, and the practice takes real money.

    Until a practice has connected a partner for real, test payments go through its books like any other, so
    that everything can be tried; they are marked as tests wherever they are shown.
    """
    return connection.mode == Mode.TEST and takes_real_money(connection.practice)


def takes_real_money(practice: Practice) -> bool:
    """Whether a partner of this practice takes payments in live mode, now or when it is resumed."""
    rows = ProviderConnection.objects.for_practice(practice).filter(mode=Mode.LIVE)
    return rows.exclude(state=ConnectionState.DISCONNECTED).exists()
