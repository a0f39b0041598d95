# SPDX-License-Identifier: Apache-2.0
"""Keyed signatures over raw bytes, compared in constant time."""

import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping

STAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
MOST_PARTS = 8


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


def header_in(headers: Mapping[str, str], name: str) -> str:
    """The header of this lower-case name, whatever the case it came in; empty where there is none."""
    return next((value for given, value in headers.items() if given.lower() == name), "")


def stamped_at(raw_body: bytes, header: str, *, secrets: Iterable[str]) -> int | None:
    """When these exact bytes were signed (Unix time), by a header `t=<unix>,v1=<hex>[,v1=<hex>]`.

    None unless one of the secrets made one of its signatures over `<unix>.<raw body>`.
    """
    parts = [part.strip().partition("=") for part in header.split(",")[:MOST_PARTS]]
    stamps = [value for name, _, value in parts if name == "t"]
    if len(stamps) != 1 or not STAMP.fullmatch(stamps[0]):
        return None
    signed, signatures = stamps[0].encode() + b"." + raw_body, [v for name, _, v in parts if name == "v1"]
    return int(stamps[0]) if is_signed_by_any(signed, signatures=signatures, secrets=secrets) else None
