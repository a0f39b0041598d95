# SPDX-License-Identifier: Apache-2.0
"""Goals 1, 4 and 6: what a completion costs beside its own statements sent by the bare driver.

The raw limit replays the very statements of each completion, with their values, through the database's
driver on a copy of the database that stood at the same point, in one transaction, interleaved: one
completion, one replay. So both write the same rows through the same triggers and indexes.
"""

from __future__ import annotations

import multiprocessing
import shutil
import sqlite3  # the library that the settings put in its place
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from django.db import connection, connections

from aftersession.documents.models import Document
from aftersession.practices.tenancy import practice_scope
from tools.bench.figures import Figure, Times, at_most
from tools.bench.scene import Scene, book_many, complete, load

Statement = tuple[str, Any, bool]
WARM_UP = 30


class Recorder:
    """Keeps each statement and its values as they go to the database."""

    def __init__(self) -> None:
        self.statements: list[Statement] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")):
            self.statements.append((sql, params, many))
        return execute(sql, params, many, context)


def measure_completion(scene: Scene, rounds: int) -> list[Figure]:
    """Goal 1: the data part, beside the raw limit, one client."""
    codes = book_many(scene, rounds + WARM_UP)
    raw = raw_copy()
    ours, limit = Times(), Times()
    for number, code in enumerate(codes):
        appointment, recorder = load(scene, code), Recorder()
        with connection.execute_wrapper(recorder):
            start = time.perf_counter()
            complete(scene, appointment)
            spent = time.perf_counter() - start
        start = time.perf_counter()
        raw(recorder.statements)
        spent_raw = time.perf_counter() - start
        if number >= WARM_UP:
            ours.seconds.append(spent)
            limit.seconds.append(spent_raw)
    bound = 4.0 if connection.vendor == "postgresql" else 10.0
    name = connection.vendor
    return [
        Figure("1", f"{name}: raw limit, p50", f"{limit.p50:.2f} ms"),
        Figure("1", f"{name}: completion, data part, p50", f"{ours.p50:.2f} ms"),
        at_most("1", f"{name}: completion / raw", ours.p50 / limit.p50, bound, "x"),
        at_most("1", f"{name}: its p95 / its p50", ours.p95 / ours.p50, 2.0, "x"),
        at_most("2", f"{name}: statements a completion", len(recorder.statements), 25),
    ]


def measure_documents(scene: Scene, count: int = 100) -> list[Figure]:
    """Goal 6: drawing a warm page and its size."""
    from aftersession.documents.freezing import thaw
    from aftersession.documents.render import render_pdf

    with practice_scope(scene.practice):
        documents = list(Document.objects.filter(kind="invoice").order_by("-pk")[: count + 5])
    times, sizes = Times(), []
    for document in documents:
        context = thaw(document.context)
        times.measure(partial(render_pdf, context, links={}, created_at=document.created_at))
        sizes.append(len(render_pdf(context, links={}, created_at=document.created_at).content))
    times.seconds = times.seconds[5:]
    return [
        at_most("6", "invoice drawn, warm p50", times.p50, 10, " ms"),
        at_most("6", "invoice size", max(sizes) / 1000, 60, " kB"),
    ]


def measure_clients(scene: Scene, clients: int = 8, each: int = 60) -> list[Figure]:
    """Goal 4: several at once; no error, no gap, no repeat."""
    codes = book_many(scene, clients * each)
    connections.close_all()
    context = multiprocessing.get_context("fork")
    queue: Any = context.Queue()
    barrier = context.Barrier(clients + 1)
    workers = [
        context.Process(target=_client, args=(scene, codes[number::clients], barrier, queue))
        for number in range(clients)
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    start = time.perf_counter()
    errors = sum(queue.get() for _ in workers)
    spent = time.perf_counter() - start
    for worker in workers:
        worker.join()
    rate = clients * each / spent
    name = connection.vendor
    return [
        Figure("4", f"{name}: {clients} clients, errors", str(errors), "0", errors == 0),
        Figure("4", f"{name}: {clients} clients, completions a second", f"{rate:.0f}", ">= 60", rate >= 60),
    ]


def _client(scene: Scene, codes: list[str], barrier: Any, queue: Any) -> None:
    errors = 0
    load(scene, codes[0])
    barrier.wait()
    for code in codes:
        try:
            complete(scene, load(scene, code))
        except Exception as error:  # counted: the figure is whether there are any
            print(type(error).__name__, str(error)[:100])
            errors += 1
    queue.put(errors)


def raw_copy() -> Callable[[list[Statement]], None]:
    """Something that replays statements on a copy of the database as it is now."""
    return _raw_sqlite() if connection.vendor == "sqlite" else _raw_postgresql()


def _raw_sqlite() -> Callable[[list[Statement]], None]:
    path = str(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    copy = f"{path}.raw"
    shutil.copy(path, copy)
    raw = sqlite3.connect(copy, isolation_level=None)
    for pragma in connection.settings_dict["OPTIONS"]["init_command"].split(";"):
        raw.execute(pragma)
    raw.execute("PRAGMA foreign_keys=ON")

    def replay(statements: list[Statement]) -> None:
        raw.execute("BEGIN IMMEDIATE")
        for sql, params, _many in statements:
            raw.execute(_marks(sql), tuple(params or ())).fetchall()
        raw.execute("COMMIT")

    return replay


def _marks(sql: str) -> str:
    return sql.replace("%s", "?").replace("%%", "%")


def _raw_postgresql() -> Callable[[list[Statement]], None]:
    import psycopg

    settings = connection.settings_dict
    name = settings["NAME"]
    connections.close_all()
    place = {"host": settings["HOST"], "port": settings["PORT"], "user": settings["USER"]}
    with psycopg.connect(dbname="postgres", autocommit=True, **place) as admin:
        admin.execute(f'DROP DATABASE IF EXISTS "{name}_raw"')
        admin.execute(f'CREATE DATABASE "{name}_raw" TEMPLATE "{name}"')
    raw = psycopg.connect(dbname=f"{name}_raw", autocommit=True, **place)

    def replay(statements: list[Statement]) -> None:
        with raw.transaction():
            for sql, params, _many in statements:
                raw.execute(sql, params)

    return replay
