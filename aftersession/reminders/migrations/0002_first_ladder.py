# SPDX-License-Identifier: Apache-2.0
from typing import Any

from django.db import migrations


def give_a_ladder(apps: Any, _editor: Any) -> None:
    steps = apps.get_model("reminders", "ReminderStep")
    for practice in apps.get_model("practices", "Practice").objects.all():
        for days in (2, 5):
            steps.objects.create(practice=practice, days=days, is_on=False)


class Migration(migrations.Migration):
    """Practices that are there get the ladder too, switched off: an update writes to nobody's clients."""

    dependencies = [("reminders", "0001_initial")]

    operations = [migrations.RunPython(give_a_ladder, migrations.RunPython.noop)]
