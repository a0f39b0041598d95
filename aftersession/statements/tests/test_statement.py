# SPDX-License-Identifier: Apache-2.0
"""Statements, added up by hand: March has two sessions, April one; money comes late and is written down later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader

from aftersession.billing.debtors import patient_debtor
from aftersession.documents.render import render_pdf
from aftersession.lib import clock
from aftersession.messaging.models import Message
from aftersession.payments.models import PaymentLink
from aftersession.practices.models import Practice
from aftersession.statements.holders import statements_of
from aftersession.statements.papers import statement_sheet, statement_table
from aftersession.statements.statement import Basis, Holder, Statement, make_statement
from aftersession.statements.tests.scene import bill, credit, give_back, stand_at, take
from aftersession.workflows.send_statement import send_statement
from tests.cast import Cast, make_patient

MARCH = (date(2026, 3, 1), date(2026, 3, 31))
APRIL = (date(2026, 4, 1), date(2026, 4, 30))
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


@pytest.fixture(autouse=True)
def moved_clock() -> Iterator[None]:
    yield
    clock.freeze(None)


@pytest.fixture
def spring(cast: Cast, in_practice: Practice) -> Cast:
    """950 on 2 March, 950 on 30 March, 950 on 6 April. 1 000 came on 31 March, written down on 2 April: it
    settles the first and 50 of the second. A credit note of 150 on the third, on 20 April. 2 000 on 4 May:
    settles the rest, 250 over. 100 of it given back on 5 May.
    """
    bill(cast, date(2026, 3, 2)), bill(cast, date(2026, 3, 30))
    take(cast, date(2026, 3, 31), 1_000_00, booked_on=date(2026, 4, 2))
    third = bill(cast, date(2026, 4, 6))
    credit(cast, date(2026, 4, 20), third, 150_00)
    paid = take(cast, date(2026, 5, 4), 2_000_00)
    assert paid.unused_minor == 300_00
    give_back(cast, date(2026, 5, 5), paid.payment_code, 100_00)
    return cast


def statement(cast: Cast, basis: Basis, period: tuple[date, date]) -> Statement:
    return make_statement(cast.practice, Holder(patient=cast.adult), basis, *period)


def figures(made: Statement) -> tuple[int, list[int], int]:
    return made.opening.minor, [each.amount.minor for each in made.told], made.closing.minor


def test_by_payment_everything_stands_on_the_day_it_took_place(spring: Cast) -> None:
    march, april = (statement(spring, Basis.PAYMENT, period) for period in (MARCH, APRIL))
    assert figures(march) == (0, [950_00, 950_00, -1_000_00], 900_00)
    assert figures(april) == (900_00, [950_00, -150_00], 1_700_00)
    assert [each.day for each in march.told] == [date(2026, 3, 2), date(2026, 3, 30), date(2026, 3, 31)]


def test_by_payment_the_rest_of_the_year_begins_where_april_ended(spring: Cast) -> None:
    rest = statement(spring, Basis.PAYMENT, (date(2026, 5, 1), date(2026, 5, 31)))
    # 2 000 settles 900 and 800, 300 is over; 100 of it goes back.
    assert figures(rest) == (1_700_00, [-2_000_00, 100_00], -200_00)


@pytest.mark.parametrize("basis", [Basis.SERVICE, Basis.INVOICE])
def test_by_session_what_happened_to_an_invoice_stands_with_it(spring: Cast, basis: Basis) -> None:
    march, april = (statement(spring, basis, period) for period in (MARCH, APRIL))
    assert figures(march) == (0, [950_00, -950_00, 950_00, -50_00, -900_00], 0)
    assert figures(april) == (0, [950_00, -150_00, -800_00], 0)


@pytest.mark.parametrize("basis", list(Basis))
def test_over_all_time_every_statement_ends_with_what_the_books_say(spring: Cast, basis: Basis) -> None:
    assert statement(spring, basis, YEAR).closing.minor == -200_00


@pytest.mark.parametrize("basis", list(Basis))
def test_two_periods_one_after_the_other_make_the_whole(spring: Cast, basis: Basis) -> None:
    first = statement(spring, basis, (YEAR[0], date(2026, 4, 6)))
    second = statement(spring, basis, (date(2026, 4, 7), YEAR[1]))
    assert first.closing == second.opening and second.closing.minor == -200_00


def test_a_responsible_person_has_one_for_each_client_and_one_for_all(
    cast: Cast, in_practice: Practice
) -> None:
    sister = make_patient(
        cast.practice, "Lesedi", "Sithole", born_on=date(2016, 1, 1), guarantor=cast.minor.guarantor,
        usual_practitioner=cast.provider,
    )  # fmt: skip
    bill(cast, date(2026, 3, 2), patient=cast.minor), bill(cast, date(2026, 3, 3), patient=sister)
    take(cast, date(2026, 3, 4), 1_000_00, patient=cast.minor)
    one, both, _own = statements_of(cast.practice, cast.minor)
    closing = [
        make_statement(cast.practice, each.holder, basis, *YEAR).closing.minor
        for each in (one, both)
        for basis in Basis
    ]
    # The money settles the elder one's 950 and 50 of the sister's: hers stands at 900.
    assert closing == [0, 0, 0, 900_00, 900_00, 900_00]


def test_the_paper_and_the_file_have_the_same_figures(spring: Cast) -> None:
    made = statement(spring, Basis.PAYMENT, APRIL)
    sheet = statement_sheet(made, patient_debtor(spring.adult, spring.practice))
    drawn = render_pdf(sheet, links={}, created_at=clock.now()).content
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(drawn)).pages).replace("\u00a0", " ")
    assert "R 900.00" in text and "R 1 700.00" in text and "CRN-000001" in text
    assert "Individual therapy" not in text
    _header, rows = statement_table(made)
    assert [row[4].minor for row in rows] == [900_00, 1_850_00, 1_700_00, 1_700_00]  # type: ignore[union-attr]


def test_it_is_sent_with_the_page_to_pay_all_that_is_owed(spring: Cast) -> None:
    sent = send_statement(
        holder=Holder(patient=spring.adult), basis="service", first=MARCH[0], last=MARCH[1],
        send_to=spring.adult.email, actor=spring.owner, key="k1",
    )  # fmt: skip
    letter = Message.objects.get(code=sent.message_code)
    assert letter.kind == "statement" and letter.document_codes == [sent.document_code]
    assert "Nothing is open" in letter.body and "therapy" not in letter.body
    assert "{{link:" not in letter.body
    bill(spring, date(2026, 5, 6))
    sent = send_statement(
        holder=Holder(patient=spring.adult), basis="service", first=YEAR[0], last=YEAR[1],
        send_to=spring.adult.email, actor=spring.owner, key="k2",
    )  # fmt: skip
    page = PaymentLink.objects.get(purpose="account")
    assert f"{{{{link:{page.code}}}}}" in Message.objects.get(code=sent.message_code).body


def test_sent_twice_it_goes_once(spring: Cast) -> None:
    for _press in range(2):
        send_statement(
            holder=Holder(patient=spring.adult), basis="service", first=MARCH[0], last=MARCH[1],
            send_to=spring.adult.email, actor=spring.owner, key="k1",
        )  # fmt: skip
        stand_at(date(2026, 5, 6))
    assert Message.objects.filter(kind="statement").count() == 1


def test_why_something_was_done_stays_in_the_practice(spring: Cast) -> None:
    made = statement(spring, Basis.PAYMENT, APRIL)
    assert "Goodwill" in [each.reason for each in made.told]
    sheet = statement_sheet(made, patient_debtor(spring.adult, spring.practice))
    _header, rows = statement_table(made)
    assert "Goodwill" not in str(sheet) + str(rows)
