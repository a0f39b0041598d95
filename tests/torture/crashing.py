# SPDX-License-Identifier: Apache-2.0
"""Kill a process at each point of a flow, look at what it left, and let it try again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from aftersession.lib import clock
from aftersession.workflows.invariants import check_invariants
from tests.cast import Cast
from tests.torture.flows import Flow, Stage, change, histogram
from tests.torture.points import Points
from tests.torture.warm import Reply, in_child, must


@dataclass
class Findings:
    """How often a process was killed in a flow, at how many places, and everything that was wrong then."""

    flow: str
    points: int = 0
    kills: int = 0
    acknowledged: int = 0
    kinds: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Whole:
    """A run that nobody interrupted: the places it came by and what it changed."""

    labels: list[str]
    changed: dict[str, int]


def torture(flow: Flow, cast: Cast, *, every: int) -> dict[str, Any]:
    """Kill at every n-th point of the flow, each time in a scene of its own."""
    findings = Findings(flow.name)
    whole: Whole = must(in_child(lambda: _uninterrupted(flow, cast)))
    findings.points = len(whole.labels)
    for deadly in _chosen(whole, every):
        scene, before = must(in_child(lambda: _set_scene(flow, cast)))
        reply = in_child(lambda: _act(flow, scene, deadly))  # noqa: B023 — run at once
        findings.kills += reply.was_killed
        findings.acknowledged += reply.is_done
        kind = whole.labels[deadly]
        findings.kinds[kind] = findings.kinds.get(kind, 0) + 1
        if reply.error:
            findings.problems.append(f"{kind} ({deadly}): {reply.error}")
        wrong = must(in_child(lambda: list(_examine(flow, scene, before, reply, whole))))  # noqa: B023
        findings.problems += [f"{kind} ({deadly}): {each}" for each in wrong]
    findings.problems += must(in_child(lambda: list(map(str, check_invariants()))))
    return asdict(findings)


def _chosen(whole: Whole, every: int) -> list[int]:
    """Every n-th point, always with those around the commits: there it is decided."""
    around = [number for number, label in enumerate(whole.labels) if "_commit" in label]
    return sorted({*range(0, len(whole.labels), every), *around})


def _uninterrupted(flow: Flow, cast: Cast) -> Whole:
    scene = flow.prepare(cast)
    before = histogram()
    points = Points()
    with points.watched():
        flow.act(scene)
    flow.worker()
    return Whole(points.passed, change(before, histogram()))


def _set_scene(flow: Flow, cast: Cast) -> tuple[Stage, dict[str, int]]:
    return flow.prepare(cast), histogram()


def _act(flow: Flow, scene: Stage, deadly: int) -> Any:
    with Points(deadly).watched():
        return flow.act(scene)


def _examine(flow: Flow, scene: Stage, before: dict[str, int], reply: Reply, whole: Whole) -> Iterator[str]:
    """What is wrong now, and after the same request has been sent again.

    What trying again broke in the books shows when the next one is looked at: the rows stay.
    """
    if flow.later:
        clock.freeze(clock.now() + flow.later)
    left = change(before, histogram())
    if left or not flow.is_one_transaction:
        yield from map(str, check_invariants())
    if flow.is_one_transaction and left not in ({}, whole.changed):
        yield f"it left a part: {left}"
    if reply.is_done and left != whole.changed:
        yield f"it said that it was done and was not: {left}"
    try:
        again = flow.act(scene)
    except Exception as error:
        yield f"it could not be done afterwards: {error!r}"
        return
    if reply.is_done and again != reply.value:
        yield f"the second answer is another: {again}"
    if flow.act(scene) != again:
        yield "the third answer is another"
    flow.worker()
    after = change(before, histogram())
    if after != whole.changed:
        yield f"it did not come to one effect: {after} in place of {whole.changed}"
