# SPDX-License-Identifier: Apache-2.0
"""A page asks the database a bounded number of questions, however long the bill and the history are."""

from datetime import timedelta

import pytest
from django.test import Client

from aftersession.catalog.tests.small_table import load_small_table
from aftersession.desk.billing_form.code_options import marked
from aftersession.lib import clock
from aftersession.practices.models import Practice
from aftersession.workflows.finalise import Step
from tests.billing import SESSION, cash, complete
from tests.cast import Cast, ended_appointment, signed_in
from tests.completion import open_form
from tests.fixtures.database import QueryCount

pytestmark = pytest.mark.usefixtures("frozen_clock", "connected")


@pytest.mark.parametrize("lines", [1, 40])
@pytest.mark.parametrize("step", [Step.SEND, Step.SEND_RECEIPT, Step.SAVE])
def test_completing_takes_at_most_25_statements(
    cast: Cast, in_practice: Practice, query_count: QueryCount, step: Step, lines: int
) -> None:
    payment = cash(1_00) if step is Step.SEND_RECEIPT else None
    appointment = ended_appointment(cast)
    with query_count() as queries:
        complete(cast, step, appointment=appointment, payment=payment, lines=(SESSION,) * lines)
    # What opens and closes the transaction is no statement of ours.
    asked = [
        each for each in queries if not each["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    assert len(asked) <= 25


def test_form_copy_and_result_ask_as_much_for_a_long_bill_as_for_a_short_one(
    desk: Client, cast: Cast, query_count: QueryCount
) -> None:
    for days in range(1, 6):
        complete(
            cast, Step.SAVE, appointment=ended_appointment(cast, starts_at=clock.now() - timedelta(days=days))
        )
    appointment = ended_appointment(cast)
    page, counts = open_form(desk, appointment).step("refresh"), []
    for _round in range(2):
        with query_count() as shown:
            desk.get(page.path)
        with query_count() as kept:
            desk.post(f"{page.path}copy/", page.fields)
        counts.append((len(shown), len(kept)))
        for _line in range(20):
            page = page.step("add_line", service=cast.item.code)
    assert counts[0][0] == counts[1][0] <= 20
    assert counts[0][1] == counts[1][1] <= 20
    page.post("save")
    with query_count() as told:
        desk.get(f"/appointments/{appointment.code}/completed/")
    assert len(told) <= 24


def search(client: Client, words: str) -> str:
    answer = client.get("/diagnosis-codes/", {"q": words})
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_codes_are_found_by_code_by_word_and_with_a_slip(desk: Client) -> None:
    load_small_table()
    for words in ("f41", "anxiety", "anxeity", "ANXIETY gen"):
        assert 'data-value="F41.1"' in search(desk, words)
    assert "<mark>" in search(desk, "anx")


@pytest.mark.parametrize(
    "words", ["", "%", "_", "NEAR", '"', "*", "(a+)+$", "\x00", "a" * 10_000, "<script>"]
)
def test_whatever_is_asked_is_a_question_of_text(desk: Client, words: str) -> None:
    load_small_table()
    assert "<script>" not in search(desk, words)


def test_codes_a_practice_uses_come_first_and_no_other_practice_hears_of_it(
    desk: Client, cast: Cast, other_cast: Cast
) -> None:
    load_small_table()
    page = open_form(desk, ended_appointment(cast))
    page.post("save", diagnosis=["F32.1"])
    assert "used 1 time" in search(desk, "depressive")
    assert "used 1 time" not in search(signed_in(other_cast.owner), "depressive")


def test_marks_stand_around_what_fits_and_titles_stay_text() -> None:
    assert marked("a <b> depressive", ((6, 10),)) == "a &lt;b&gt; <mark>depr</mark>essive"
