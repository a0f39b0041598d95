# SPDX-License-Identifier: Apache-2.0
"""Keyed signatures over raw bytes, compared in constant time."""

import hashlib
import hmac
from collections.abc import Iterable


def hmac_sha256_hex(secret: str, message: bytes) -> str:
    """The HMAC-SHA256 of the exact bytes, in lower-case hexadecimal."""
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def is_signed_by_any(
    message: bytes, *, signatures: Iterable[str], secrets: Iterable[str], algorithm: str = "sha256"
) -> bool:
    """Whether one of the signatures (HMAC, in lower-case hexadecimal) was made over these bytes with one
    of the secrets.

    Every pair is compared, so the time taken does not tell which secret fits. An empty secret
    signs nothing: a connection without one accepts no notice.
    """
    expected = [
        hmac.new(secret.encode(), message, algorithm).hexdigest().encode() for secret in secrets if secret
    ]
    given = [signature.encode("utf-8", "replace") for signature in signatures]
    matches = [hmac.compare_digest(one, other) for one in expected for other in given]
    return any(matches)
