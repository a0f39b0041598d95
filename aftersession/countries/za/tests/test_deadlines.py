# SPDX-License-Identifier: Apache-2.0
from datetime import date

import pytest

from aftersession.countries.registry import profile

ZA = profile("za")


@pytest.mark.parametrize(
    ("last_service_on", "safe_on", "legal_on"),
    [
        (date(2026, 3, 10), date(2026, 7, 10), date(2026, 7, 31)),
        (date(2026, 10, 31), date(2027, 2, 28), date(2027, 2, 28)),
        (date(2027, 10, 31), date(2028, 2, 29), date(2028, 2, 29)),
        (date(2026, 8, 1), date(2026, 12, 1), date(2026, 12, 31)),
        (date(2026, 9, 30), date(2027, 1, 30), date(2027, 1, 31)),
    ],
)
def test_a_claim_is_safe_for_four_months_and_legal_to_the_end_of_the_fourth(
    last_service_on: date, safe_on: date, legal_on: date
) -> None:
    dates = ZA.claim_dates(last_service_on)
    assert (dates.safe_on, dates.legal_on) == (safe_on, legal_on)


def test_a_returned_claim_can_be_corrected_for_sixty_days() -> None:
    assert ZA.resubmit_by(date(2026, 5, 4)) == date(2026, 7, 3)


def test_an_answer_is_due_after_thirty_days() -> None:
    assert ZA.answer_due(date(2026, 1, 30)) == date(2026, 3, 1)
