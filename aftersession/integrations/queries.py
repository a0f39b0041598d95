# SPDX-License-Identifier: Apache-2.0
from datetime import datetime

from aftersession.integrations.models import InboundEvent
from aftersession.payments.models import ProviderConnection


def last_notice_at(connection: ProviderConnection) -> datetime | None:
    """When the partner's last verified notice came, if any has (UTC)."""
    rows = InboundEvent.objects.for_practice(connection.practice).filter(connection=connection)
    newest: InboundEvent | None = rows.order_by("-pk").first()
    return newest.received_at if newest else None
