# SPDX-License-Identifier: Apache-2.0
"""What the sandbox partner is told of the demo's past, so that it can give that money back as well."""

import json
from pathlib import Path

from django.conf import settings
from django.urls import reverse

from aftersession.payments.models import Payment
from aftersession.practices.models import Practice

SEEDED = "demo-"
"""How the partner's ids begin of payments that the seed made without the partner."""


def write_partner_past(file: Path) -> None:
    """Write every payment that the seed let arrive online, one JSON object a line. Safe to repeat."""
    rows = [row for practice in Practice.objects.order_by("pk") for row in _seeded(practice)]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(_line(payment)) + "\n" for payment in rows))


def _seeded(practice: Practice) -> list[Payment]:
    rows = Payment.objects.for_practice(practice).filter(external_id__startswith=SEEDED)
    return list(rows.select_related("connection").order_by("pk"))


def _line(payment: Payment) -> dict[str, object]:
    connection = payment.connection
    assert connection is not None, "Only payments of a connection have a partner's id."
    return {
        "account": connection.account,
        "id": payment.external_id,
        "reference": payment.reference,
        "amount": payment.amount_minor,
        "currency": payment.currency,
        "paid_at": int(payment.recorded_at.timestamp()),
        "webhook_url": settings.AFTERSESSION_URL
        + reverse("webhook", args=[connection.kind, connection.code]),
    }
