# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.db import migrations
from django.db.models import OuterRef, Subquery


def name_the_account(apps: Any, _editor: Any) -> None:
    invoices = apps.get_model("billing", "Invoice")
    patient = invoices.objects.filter(pk=OuterRef("invoice_id")).values("patient_id")[:1]
    shares = apps.get_model("billing", "InvoiceShare")
    shares.objects.filter(account=None).update(account_id=Subquery(patient))


def open_series(apps: Any, _editor: Any) -> None:
    sequences = apps.get_model("billing", "NumberSequence")
    for practice in apps.get_model("practices", "Practice").objects.all():
        for series in ("CRN", "RFD"):
            sequences.objects.get_or_create(practice=practice, series=series)


class Migration(migrations.Migration):
    """Every share names its account, and every practice has the series of credit notes and refunds."""

    dependencies = [("billing", "0003_corrections")]

    operations = [
        migrations.RunPython(name_the_account, migrations.RunPython.noop),
        migrations.RunPython(open_series, migrations.RunPython.noop),
    ]
