# SPDX-License-Identifier: Apache-2.0
"""Goals 3 and 8: a completion over real HTTP, from the POST to the redirect, document drawn and all."""

from __future__ import annotations

import time
from functools import partial

from django.db import connection

from tools.bench.completion import Recorder, raw_copy
from tools.bench.figures import Figure, Times, at_most
from tools.bench.scene import Scene, book_many, complete, load, make_scene
from tools.bench.server import Browser, form_fields, serve

WARM_UP = 20
FORM = "completion"


def measure_web(rounds: int) -> list[Figure]:
    """POST to redirect through the whole middleware; the document is ready to open when it answers."""
    scene = make_scene()
    limit = _raw_limit(scene, rounds)
    codes = book_many(scene, rounds + WARM_UP + 1)
    times, first = Times(), Times()
    with serve(workers=1) as port:
        browser = Browser(port, scene.member)
        started = time.perf_counter()
        browser.get("/appointments/?tab=open")
        first.seconds.append(time.perf_counter() - started)
        for number, code in enumerate(codes):
            path = f"/appointments/{code}/completion/"
            fields = [*form_fields(browser.get(path), FORM), ("method", "cash"), ("do", "send_receipt")]
            if number < WARM_UP:
                browser.post(path, fields)
            else:
                times.measure(partial(browser.post, path, fields))
    name = connection.vendor
    bound = 12.0 if name == "postgresql" else 40.0
    ratio = times.p50 / limit.p50
    goal = at_most("3", f"{name}: POST to redirect, document ready / raw", ratio, bound, "x")
    if name == "sqlite":
        goal = Figure("3", goal.what, goal.value, "reported")
    return [
        Figure("3", f"{name}: POST to redirect, document ready, p50", f"{times.p50:.2f} ms"),
        goal,
        at_most("3", f"{name}: first request of a fresh worker", first.p50, 300, " ms"),
    ]


def _raw_limit(scene: Scene, rounds: int) -> Times:

    codes = book_many(scene, min(rounds, 100) + WARM_UP)
    raw, limit = raw_copy(), Times()
    for number, code in enumerate(codes):
        appointment, recorder = load(scene, code), Recorder()
        with connection.execute_wrapper(recorder):
            complete(scene, appointment)
        if number < WARM_UP:
            raw(recorder.statements)
        else:
            limit.measure(partial(raw, recorder.statements))
    return limit
