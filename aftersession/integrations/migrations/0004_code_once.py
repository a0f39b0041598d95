# SPDX-License-Identifier: Apache-2.0
from django.db import migrations, models

import aftersession.lib.codes


class Migration(migrations.Migration):
    dependencies = [("integrations", "0003_codes")]

    operations = [
        migrations.AlterField(
            model_name="inboundevent",
            name="code",
            field=models.CharField(
                default=aftersession.lib.codes.new_code, editable=False, max_length=16, unique=True
            ),
        ),
    ]
