# SPDX-License-Identifier: Apache-2.0
"""Sealing a text with AES-256-GCM under named, rotating keys.

A sealed text is `key id.base64url(nonce + ciphertext + tag)`. The additional data (`aad`) says what
the text is and whose: a sealed value copied to another row or column does not open.
"""

import base64
import binascii
import secrets
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12


class CannotOpen(ValueError):
    """The text was not sealed by one of these keys for this place, or it was changed."""


def seal(text: str, *, aad: str, keys: Mapping[str, bytes]) -> str:
    """Seal with the first key. Sealing the same text twice gives two different results."""
    key_id, key = next(iter(keys.items()))
    nonce = secrets.token_bytes(NONCE_BYTES)
    ciphertext = AESGCM(key).encrypt(nonce, text.encode(), _bound(key_id, aad))
    return f"{key_id}.{base64.urlsafe_b64encode(nonce + ciphertext).decode()}"


def open_sealed(sealed: str, *, aad: str, keys: Mapping[str, bytes]) -> str:
    """The text again, with whichever key it names. Raises `CannotOpen`."""
    key_id, _, encoded = sealed.partition(".")
    if key_id not in keys:
        raise CannotOpen("sealed with a key that is not here")
    try:
        raw = base64.b64decode(encoded, altchars=b"-_", validate=True)
        # The last letter has bits that decoding ignores: one text, one way to write it.
        if base64.urlsafe_b64encode(raw).decode() != encoded:
            raise CannotOpen("changed")
        text = AESGCM(keys[key_id]).decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], _bound(key_id, aad))
    except (binascii.Error, InvalidTag, ValueError):
        raise CannotOpen("sealed for another place, or changed") from None
    return text.decode()


def _bound(key_id: str, aad: str) -> bytes:
    return f"{key_id}\x1f{aad}".encode()
