from typing import Any

from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def compare_by_character(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute('ALTER TABLE patients_searchword ALTER COLUMN word TYPE varchar(80) COLLATE "C"')


class Migration(migrations.Migration):

    dependencies = [
        ("patients", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="patient", name="patient_by_name"),
        migrations.RemoveField(model_name="patient", name="search_text"),
        migrations.AddField(
            model_name="patient",
            name="sort_name",
            field=models.CharField(default="", editable=False, max_length=250),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["practice", "sort_name", "id"], name="patient_by_sort_name"),
        ),
        migrations.RunPython(compare_by_character, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="searchword",
            index=models.Index(fields=["practice", "patient", "word"], name="patient_words"),
        ),
    ]
