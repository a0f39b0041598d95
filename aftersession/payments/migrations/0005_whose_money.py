# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def name_the_guarantor(apps: Any, _editor: Any) -> None:
    payments = apps.get_model("payments", "Payment")
    allocations = apps.get_model("payments", "Allocation")
    settled = allocations.objects.filter(payment=OuterRef("pk")).order_by("pk").values("share__guarantor_id")[:1]
    payments.objects.filter(guarantor=None, payer=None).update(guarantor_id=Subquery(settled))
    attempts = apps.get_model("payments", "PaymentAttempt")
    asked = attempts.objects.filter(pk=OuterRef("attempt_id")).values("share__guarantor_id")[:1]
    online = payments.objects.filter(guarantor=None, attempt__isnull=False)
    online.update(guarantor_id=Subquery(asked))


class Migration(migrations.Migration):
    """Money of a responsible person is theirs, also where it settles nothing any more."""

    dependencies = [("payments", "0004_refunds"), ("billing", "0005_account_always")]

    operations = [migrations.RunPython(name_the_guarantor, migrations.RunPython.noop)]
