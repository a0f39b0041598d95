# SPDX-License-Identifier: Apache-2.0
"""PayFast's signature: MD5 over fields as PHP writes them into an address, with the passphrase at the end.

MD5 is theirs to choose. The passphrase is what makes it more than a checksum, so a connection needs one.
"""

import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import quote_plus

Pairs = Iterable[tuple[str, str]]


def joined(pairs: Pairs) -> str:
    """`name=value&…` with spaces as plus and every other sign but letters, digits and `-_.` escaped."""
    return "&".join(f"{name}={_escaped(value)}" for name, value in pairs)


def signature_of(pairs: Pairs, passphrase: str) -> str:
    """The signature of these fields in this order."""
    text = f"{joined(pairs)}&passphrase={_escaped(passphrase.strip())}"
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def header_signature(headers: dict[str, str], passphrase: str) -> str:
    """The signature of a call to the API: there the names are in the order of the alphabet."""
    pairs = sorted({**headers, "passphrase": passphrase.strip()}.items())
    return hashlib.md5(joined(pairs).encode(), usedforsecurity=False).hexdigest()


def is_signed_by_any(pairs: Pairs, *, signature: str, passphrases: Iterable[str]) -> bool:
    """Whether the signature was made with one of these. An empty passphrase signs nothing."""
    known, given = list(pairs), signature.encode("utf-8", "replace")
    expected = [signature_of(known, each).encode() for each in passphrases if each]
    matches = [hmac.compare_digest(each, given) for each in expected]
    return any(matches)


def _escaped(value: str) -> str:
    return quote_plus(value, safe="", errors="surrogateescape").replace("~", "%7E")
