# SPDX-License-Identifier: Apache-2.0
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Half-open ranges: back to back is allowed. SQLite has a trigger instead (the model's guards).
ADD = """
ALTER TABLE scheduling_appointment ADD CONSTRAINT appointment_no_overlap
EXCLUDE USING gist (practitioner_id WITH =, tstzrange(starts_at, ends_at, '[)') WITH &&)
WHERE (status IN ('booked', 'fulfilled') AND NOT is_overbooked)
"""
REMOVE = "ALTER TABLE scheduling_appointment DROP CONSTRAINT appointment_no_overlap"


def add(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        schema_editor.execute(ADD)


def remove(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(REMOVE)


class Migration(migrations.Migration):
    dependencies = [("scheduling", "0001_initial")]

    operations = [migrations.RunPython(add, remove)]
