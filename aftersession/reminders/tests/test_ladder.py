# SPDX-License-Identifier: Apache-2.0
"""The ladder of a practice: its steps, their words, and what is refused."""

import pytest

from aftersession.lib.changes import digest_of
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.reminders.actions import (
    MOST_STEPS,
    StepDetails,
    add_step,
    change_step,
    open_ladder,
    remove_step,
)
from aftersession.reminders.letters import fill, own_words, words_of
from aftersession.reminders.models import ReminderStep
from aftersession.reminders.queries import ladder_of
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("in_practice")


def days_of(cast: Cast) -> list[int]:
    return [step.days for step in ladder_of(cast.practice)]


def test_a_new_practice_reminds_after_two_and_five_days(cast: Cast) -> None:
    assert [(step.days, step.is_on) for step in ladder_of(cast.practice)] == [(2, True), (5, True)]
    open_ladder(cast.practice)
    assert days_of(cast) == [2, 5]


def test_a_step_is_added_once_in_the_order_of_days(cast: Cast) -> None:
    for _ in range(2):
        add_step(details=StepDetails(days=3), actor=cast.owner, key="k")
    assert days_of(cast) == [2, 3, 5]


def test_a_ladder_has_at_most_six_steps(cast: Cast) -> None:
    for days in range(10, 10 + MOST_STEPS - 2):
        add_step(details=StepDetails(days=days), actor=cast.owner, key=f"k{days}")
    with pytest.raises(BadInput, match="at most 6 steps"):
        add_step(details=StepDetails(days=90), actor=cast.owner, key="k")


@pytest.mark.parametrize("days", [0, -1, 5, 366, 100_000])
def test_a_day_that_is_none_or_taken_is_refused_beside_its_field(cast: Cast, days: int) -> None:
    with pytest.raises(BadInput) as refused:
        add_step(details=StepDetails(days=days), actor=cast.owner, key="k")
    assert refused.value.field == "days"


@pytest.mark.parametrize(
    "text", ["Dear {nobody},", "{{link:abc}}", "{open", "open}", "{}", "{0}", "{name.email}"]
)
def test_braces_that_mean_nothing_are_refused(cast: Cast, text: str) -> None:
    with pytest.raises(BadInput, match="means nothing here"):
        add_step(details=StepDetails(days=9, body=text), actor=cast.owner, key="k")


def test_facts_are_put_in_once_and_never_looked_at_again() -> None:
    assert fill("{name} owes {open}", {"name": "{open}", "open": "R 1"}) == "{open} owes R 1"


def test_the_products_own_words_stay_in_everybodys_language(cast: Cast) -> None:
    step = ladder_of(cast.practice)[0]
    own = own_words(0)
    details = StepDetails(days=2, subject=own.subject, body=own.body)
    seen = digest_of(step, StepDetails.names())
    change_step(step=step, details=details, seen=seen, actor=cast.owner, key="k")
    step.refresh_from_db()
    assert (step.subject, step.body) == ("", "")


def test_words_of_the_practice_are_kept(cast: Cast) -> None:
    step = ladder_of(cast.practice)[0]
    details = StepDetails(days=4, subject="Still open", body="Hello {name}")
    seen = digest_of(step, StepDetails.names())
    change_step(step=step, details=details, seen=seen, actor=cast.owner, key="k")
    ladder = ladder_of(cast.practice)
    assert words_of(ladder[0], ladder).body == "Hello {name}"
    with pytest.raises(InvalidTransition, match="meanwhile"):
        change_step(step=step, details=details, seen=seen, actor=cast.owner, key="k2")


def test_a_removed_step_is_gone_and_its_day_free(cast: Cast) -> None:
    step = ladder_of(cast.practice)[0]
    remove_step(step=step, actor=cast.owner, key="k")
    with pytest.raises(InvalidTransition, match="removed"):
        remove_step(step=step, actor=cast.owner, key="k2")
    add_step(details=StepDetails(days=2), actor=cast.owner, key="k3")
    assert days_of(cast) == [2, 5]
    assert ReminderStep.objects.count() == 3
