# SPDX-License-Identifier: Apache-2.0
"""Public codes: what stands in addresses in place of a primary key."""

import secrets

# Lower-case base 32 without i, l, o and u: nothing that is misread aloud or on paper.
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 12


def new_code() -> str:
    """A random code of 60 bits. It tells nothing and cannot be guessed; it grants nothing either."""
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))
