# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.db import migrations, models

import aftersession.lib.codes
from aftersession.lib.codes import new_code


def give_codes(apps: Any, _editor: Any) -> None:
    events = apps.get_model("integrations", "InboundEvent").objects
    for pk in list(events.values_list("pk", flat=True)):
        events.filter(pk=pk).update(code=new_code())


class Migration(migrations.Migration):
    """Each notice gets a code of its own: staff put them aside one at a time, too."""

    dependencies = [("integrations", "0002_disputes_and_payouts")]

    operations = [
        migrations.AddField(
            model_name="inboundevent",
            name="code",
            field=models.CharField(
                default=aftersession.lib.codes.new_code, editable=False, max_length=16, null=True
            ),
        ),
        migrations.RunPython(give_codes, migrations.RunPython.noop),
    ]
