# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

import pytest

from aftersession.commands.command import command
from aftersession.commands.models import CommandKey
from aftersession.lib.errors import BadInput, DomainError, KeyReused
from aftersession.practices.actors import Actor
from tests.cast import Cast


@dataclass(frozen=True)
class Greeted:
    words: str


CALLS: list[str] = []
is_true = True


@command(Greeted, stands=lambda _greeted: is_true)
def greet(*, name: str, actor: Actor, key: str) -> Greeted:
    CALLS.append(name)
    return Greeted(f"Hello {name}")


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    CALLS.clear()
    monkeypatch.setitem(globals(), "is_true", True)


def test_a_repetition_gets_the_first_result_and_does_nothing(cast: Cast) -> None:
    first = greet(name="Naledi", actor=cast.owner, key="k")
    assert greet(name="Naledi", actor=cast.owner, key="k") == first
    assert CALLS == ["Naledi"]


def test_one_key_does_not_carry_two_requests(cast: Cast) -> None:
    greet(name="Naledi", actor=cast.owner, key="k")
    with pytest.raises(KeyReused):
        greet(name="Thabo", actor=cast.owner, key="k")


def test_two_people_may_send_the_same_key(cast: Cast) -> None:
    greet(name="Naledi", actor=cast.owner, key="k")
    greet(name="Thabo", actor=cast.biller, key="k")
    assert CALLS == ["Naledi", "Thabo"]


def test_what_was_taken_back_since_is_not_reported_as_done(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    greet(name="Naledi", actor=cast.owner, key="k")
    monkeypatch.setitem(globals(), "is_true", False)
    with pytest.raises(DomainError, match="taken back"):
        greet(name="Naledi", actor=cast.owner, key="k")


@pytest.mark.parametrize("key", ["", "k" * 65, "k\x00"])
def test_a_page_without_a_usable_key_is_refused(cast: Cast, key: str) -> None:
    with pytest.raises(BadInput):
        greet(name="Naledi", actor=cast.owner, key=key)
    assert not CommandKey.unscoped.exists()
