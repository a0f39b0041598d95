# SPDX-License-Identifier: Apache-2.0
import pytest

from aftersession.countries.za.example_tariff import PSYCHOLOGY, propose_code


@pytest.mark.parametrize(
    ("minutes", "code"),
    [(1, "86200"), (10, "86200"), (11, "86201"), (50, "86204"), (51, "86205"), (60, "86205"), (120, "86211")],
)
def test_the_minutes_propose_the_code(minutes: int, code: str) -> None:
    entry = propose_code(minutes)
    assert entry is not None
    assert entry.code == code


@pytest.mark.parametrize("minutes", [0, 121])
def test_no_code_is_made_up(minutes: int) -> None:
    assert propose_code(minutes) is None


def test_the_example_is_marked_to_be_confirmed() -> None:
    assert not any(entry.is_confirmed for entry in PSYCHOLOGY)
