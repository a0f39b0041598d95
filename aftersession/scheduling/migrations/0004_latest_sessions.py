# SPDX-License-Identifier: Apache-2.0

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0002_code_tables"),
        ("practices", "0002_part_payment_and_refund_limits"),
        ("scheduling", "0003_prepaid"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="appointment",
            index=models.Index(fields=["practice", "starts_at", "id"], name="appointment_by_time"),
        ),
    ]
