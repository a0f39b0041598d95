# SPDX-License-Identifier: Apache-2.0
import pytest

from aftersession.lib.strict_json import NotStrictJson, read_object


def test_it_reads_one_object() -> None:
    assert read_object(b'{"a": {"b": [1, null, "\xc3\xa9"]}}', max_bytes=100) == {"a": {"b": [1, None, "é"]}}


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b'{"a": 1} {}',
        b'{"a": 1, "a": 2}',
        b'{"a": {"b": 1, "b": 1}}',
        b'{"amount": 950.0}',
        b'{"amount": 1e3}',
        b'{"amount": NaN}',
        b'{"amount": -Infinity}',
        b'{"amount": ' + b"9" * 5000 + b"}",
        b'{"a": "\xff"}',
        '{"a": 1}'.encode("utf-16"),
        b"\x1f\x8b\x08\x00 not opened",
        b'{"a": ' + b"[" * 20 + b"]" * 20 + b"}",
        b"[" * 60_000,
    ],
)
def test_it_refuses_what_two_readers_could_understand_differently(raw: bytes) -> None:
    with pytest.raises(NotStrictJson):
        read_object(raw, max_bytes=65_536)


@pytest.mark.parametrize("number", [b"1e99999999999999999999", b"1E-99999999999999999999"])
def test_a_fraction_that_no_number_can_hold_is_refused(number: bytes) -> None:
    with pytest.raises(NotStrictJson):
        read_object(b'{"a": ' + number + b"}", max_bytes=100, fractions=True)


def test_it_refuses_more_than_the_caller_expects() -> None:
    with pytest.raises(NotStrictJson, match="too long"):
        read_object(b'{"a": "bbbbbbbb"}', max_bytes=10)
