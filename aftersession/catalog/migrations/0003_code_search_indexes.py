# SPDX-License-Identifier: Apache-2.0
from django.db import migrations

# Words come folded from the application, so the index neither folds nor stems them itself.
SQLITE = [
    """CREATE VIRTUAL TABLE catalog_code_words USING fts5(
        search_text, content='catalog_diagnosiscode', content_rowid='id',
        tokenize="unicode61 remove_diacritics 0", prefix='1 2 3 4')""",
    """CREATE TRIGGER catalog_code_words_insert AFTER INSERT ON catalog_diagnosiscode BEGIN
        INSERT INTO catalog_code_words(rowid, search_text) VALUES (new.id, new.search_text); END""",
    """CREATE TRIGGER catalog_code_words_delete AFTER DELETE ON catalog_diagnosiscode BEGIN
        INSERT INTO catalog_code_words(catalog_code_words, rowid, search_text)
        VALUES ('delete', old.id, old.search_text); END""",
    """CREATE TRIGGER catalog_code_words_update AFTER UPDATE OF search_text ON catalog_diagnosiscode BEGIN
        INSERT INTO catalog_code_words(catalog_code_words, rowid, search_text)
        VALUES ('delete', old.id, old.search_text);
        INSERT INTO catalog_code_words(rowid, search_text) VALUES (new.id, new.search_text); END""",
]
POSTGRESQL = [
    """CREATE INDEX catalog_code_words ON catalog_diagnosiscode
        USING gin (array_to_tsvector(string_to_array(search_text, ' '))) WITH (fastupdate = off)""",
]


def make_index(apps, schema_editor):
    # A later migration that rebuilds the table on SQLite loses the triggers and must make them again.
    for statement in SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL:
        schema_editor.execute(statement)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event in ("insert", "delete", "update"):
            schema_editor.execute(f"DROP TRIGGER catalog_code_words_{event}")
        schema_editor.execute("DROP TABLE catalog_code_words")
    else:
        schema_editor.execute("DROP INDEX catalog_code_words")


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0002_code_tables"),
    ]

    operations = [
        migrations.RunPython(make_index, drop_index),
    ]
