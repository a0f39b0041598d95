# SPDX-License-Identifier: Apache-2.0
from aftersession.lib.signing import hmac_sha256_hex, is_signed_by_any


def test_it_agrees_with_the_published_test_vector() -> None:
    # RFC 4231, test case 2.
    assert hmac_sha256_hex("Jefe", b"what do ya want for nothing?") == (
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


def test_it_accepts_any_of_the_live_secrets() -> None:
    signature = hmac_sha256_hex("old", b"body")
    assert is_signed_by_any(b"body", signatures=[signature], secrets=["new", "old"])
    assert is_signed_by_any(b"body", signatures=["rubbish", signature], secrets=["old"])


def test_it_refuses_other_bytes_other_secrets_and_other_alphabets() -> None:
    signature = hmac_sha256_hex("secret", b"body")
    assert not is_signed_by_any(b"body ", signatures=[signature], secrets=["secret"])
    assert not is_signed_by_any(b"body", signatures=[signature], secrets=["other"])
    assert not is_signed_by_any(b"body", signatures=["é" * 64, ""], secrets=["secret"])


def test_a_missing_secret_signs_nothing() -> None:
    assert not is_signed_by_any(b"body", signatures=[hmac_sha256_hex("", b"body")], secrets=["", ""])
