# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def name_connections(apps: Any, _editor: Any) -> None:
    payments = apps.get_model("payments", "Payment").objects
    attempts = apps.get_model("payments", "PaymentAttempt").objects
    held_by = attempts.filter(pk=OuterRef("attempt_id")).values("connection_id")[:1]
    payments.exclude(attempt=None).update(connection_id=Subquery(held_by))


class Migration(migrations.Migration):
    """Money that came online is held by the partner's account that its attempt went to."""

    dependencies = [("payments", "0010_disputes_and_payouts")]

    operations = [migrations.RunPython(name_connections, migrations.RunPython.noop)]
