from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("patients", "0001_initial"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="patient", name="patient_by_name"),
        migrations.RemoveIndex(model_name="searchword", name="patient_search_word"),
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
        migrations.AddIndex(
            model_name="searchword",
            index=models.Index(
                fields=["practice", "word", "patient"],
                name="patient_word_beginning",
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="searchword",
            index=models.Index(fields=["patient", "word"], name="patient_words"),
        ),
    ]
