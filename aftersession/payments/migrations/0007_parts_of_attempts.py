# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.db import migrations


def write_parts(apps: Any, _editor: Any) -> None:
    attempts = apps.get_model("payments", "PaymentAttempt")
    parts = apps.get_model("payments", "AttemptPart")
    rows = attempts.objects.filter(parts=None).values_list("practice_id", "pk", "share_id", "amount_minor")
    parts.objects.bulk_create(
        (
            parts(practice_id=practice, attempt_id=attempt, share_id=share, amount_minor=amount_minor)
            for practice, attempt, share, amount_minor in rows.iterator()
        ),
        batch_size=500,
    )


class Migration(migrations.Migration):
    """Attempts begun before they could be over several shares are over the one they name."""

    dependencies = [("payments", "0006_account_links")]

    operations = [migrations.RunPython(write_parts, migrations.RunPython.noop)]
