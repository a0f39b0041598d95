# SPDX-License-Identifier: Apache-2.0
"""Goal 7: lists and searches as one sees them, over real HTTP, small and with very many rows."""

from __future__ import annotations

import random
from functools import partial

from django.core.management import call_command
from django.db import connection

from aftersession.catalog.code_search import search_codes
from aftersession.catalog.models import CodeTable
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.patients.models import Patient, SearchWord
from aftersession.practices.tenancy import practice_scope
from tools.bench.figures import Figure, Times, at_most
from tools.bench.scene import BATCH, FAMILY_NAMES, Scene, book_many, complete, load, make_scene
from tools.bench.server import Browser, serve

SMALL = 1000
LOOKS = 40
PAGES = (
    ("Today", "/"),
    ("Open", "/appointments/?tab=open"),
    ("Upcoming", "/appointments/?tab=upcoming"),
    ("Completed", "/appointments/?tab=completed"),
    ("Clients", "/clients/"),
    ("Client search", "/clients/?q=naid"),
    ("Invoices", "/billing/"),
    ("Payments", "/payments/"),
    ("Receipts", "/receipts/"),
    ("Credit notes", "/credit-notes/"),
    ("Refunds", "/refunds/"),
    ("Payouts", "/payouts/"),
    ("Money at partners", "/partner-money/"),
    ("Prepaid", "/billing/prepaid/"),
    ("Receivables", "/receivables/"),
    ("Books", "/books/"),
    ("Waiting for insurer", "/claims/"),
    ("Messages", "/messages/"),
    ("Search", "/search/?q=mokoena"),
)
CODE_WORDS = (
    "depr",
    "anxiety dis",
    "F41",
    "fracture of femur",
    "diabetis",
    "schizo",
    "pain low back",
    "S72.0",
)


def measure_pages(size: int) -> list[Figure]:
    """Each page's p50 at a thousand appointments and at `size`, and the search for codes."""
    scene = make_scene()
    for code in book_many(scene, 40):
        complete(scene, load(scene, code))
    book_many(scene, 30)
    book_many(scene, SMALL, status="fulfilled")
    small = _look_at_all(scene)
    book_many(scene, size - SMALL, status="fulfilled")
    _many_patients(scene, size)
    _analyze()
    large = _look_at_all(scene)
    name = connection.vendor
    figures = []
    for title, _path in PAGES:
        bound = 30 if title == "Client search" else 40
        what = f"{name}: {title}, {size:,} appointments and clients, p50"
        figures.append(at_most("7", what, large[title].p50, bound, " ms"))
        figures.append(
            at_most("7", f"{name}: {title}, beside {SMALL:,}", large[title].p50 / small[title].p50, 1.25, "x")
        )
    return [*figures, *_code_search(scene)]


def _look_at_all(scene: Scene) -> dict[str, Times]:
    times = {title: Times() for title, _path in PAGES}
    with serve(workers=1) as port:
        browser = Browser(port, scene.member)
        for _warm in range(3):
            for _title, path in PAGES:
                browser.get(path)
        for _round in range(LOOKS):
            for title, path in PAGES:
                times[title].measure(partial(browser.get, path))
    return times


def _many_patients(scene: Scene, count: int) -> None:
    with practice_scope(scene.practice):
        for offset in range(0, count, BATCH):
            rows = [
                Patient(
                    practice=scene.practice, code=new_code(), given_names=f"Given{number}",
                    family_name=FAMILY_NAMES[number % len(FAMILY_NAMES)], sort_name=f"{FAMILY_NAMES[number % len(FAMILY_NAMES)]} given{number}".lower(), created_at=clock.now(),
                )
                for number in range(offset, min(offset + BATCH, count))
            ]  # fmt: skip
            made = Patient.objects.bulk_create(rows)
            SearchWord.objects.bulk_create(
                SearchWord(practice=scene.practice, patient=row, word=word)
                for row in made
                for word in (row.given_names.lower(), row.family_name.lower())
            )


def _analyze() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _code_search(scene: Scene) -> list[Figure]:
    call_command("load_codes", package="icd-10-cm", verbosity=0)
    table = CodeTable.objects.get(system="icd-10-cm")
    chance, times = random.Random(1), Times()
    for number in range(200):
        words = chance.choice(CODE_WORDS)
        if number >= 20:
            times.measure(partial(search_codes, table, words))
        else:
            search_codes(table, words)
    what = f"{connection.vendor}: code search over {table.entry_count:,} codes, p95"
    return [at_most("7", what, times.p95, 10, " ms")]
