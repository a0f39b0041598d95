# SPDX-License-Identifier: Apache-2.0
import pytest

from aftersession.lib.encryption import CannotOpen, open_sealed, seal

OLD, NEW = b"o" * 32, b"n" * 32


def test_what_is_sealed_opens_again() -> None:
    sealed = seal("geheim ★", aad="table.column:1", keys={"a": OLD})
    assert "geheim" not in sealed
    assert open_sealed(sealed, aad="table.column:1", keys={"a": OLD}) == "geheim ★"


def test_the_same_text_never_seals_to_the_same() -> None:
    assert seal("text", aad="x", keys={"a": OLD}) != seal("text", aad="x", keys={"a": OLD})


def test_it_does_not_open_in_another_place() -> None:
    sealed = seal("text", aad="table.column:1", keys={"a": OLD})
    with pytest.raises(CannotOpen):
        open_sealed(sealed, aad="table.column:2", keys={"a": OLD})


def test_an_old_key_opens_while_a_new_one_seals() -> None:
    sealed = seal("text", aad="x", keys={"a": OLD})
    assert open_sealed(sealed, aad="x", keys={"b": NEW, "a": OLD}) == "text"
    assert seal("text", aad="x", keys={"b": NEW, "a": OLD}).startswith("b.")


def test_it_does_not_open_under_the_name_of_another_key() -> None:
    sealed = seal("text", aad="x", keys={"a": OLD})
    with pytest.raises(CannotOpen):
        open_sealed("b" + sealed[1:], aad="x", keys={"a": OLD, "b": OLD})


@pytest.mark.parametrize("broken", ["", "text", "a.", "a.!!", "a.c2hvcnQ=", "z.c2hvcnQ="])
def test_what_was_never_sealed_does_not_open(broken: str) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(broken, aad="x", keys={"a": OLD})


def test_a_changed_letter_does_not_open() -> None:
    sealed = seal("text", aad="x", keys={"a": OLD})
    for at, letter in enumerate(sealed.removeprefix("a."), 2):
        for other in {"A", "B", "C", "_", "="} - {letter}:
            with pytest.raises(CannotOpen):
                open_sealed(sealed[:at] + other + sealed[at + 1 :], aad="x", keys={"a": OLD})
