# SPDX-License-Identifier: Apache-2.0
"""Typed readers of environment variables.

Each refuses a bad value with a sentence that names the variable and what it takes, never the
value itself: it may be a secret. An empty variable counts as a missing one.
"""

import base64
import binascii
import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32


def text(name: str, default: str = "") -> str:
    """A line of text."""
    return os.environ.get(name, "").strip() or default


def choice(name: str, choices: Collection[str], default: str) -> str:
    """One of a few words."""
    value = text(name, default)
    if value not in choices:
        raise ImproperlyConfigured(f"{name} must be one of {', '.join(choices)}.")
    return value


def flag(name: str, default: bool) -> bool:
    """A yes or no."""
    value = text(name, "yes" if default else "no").lower()
    if value not in ("yes", "true", "on", "1", "no", "false", "off", "0"):
        raise ImproperlyConfigured(f"{name} must be yes or no.")
    return value in ("yes", "true", "on", "1")


def number(name: str, default: int, *, least: int, most: int) -> int:
    """A whole number within limits."""
    value = text(name, str(default))
    if not (value.isascii() and value.isdigit() and least <= int(value[:12]) <= most):
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}.")
    return int(value)


def folder(name: str, default: Path) -> Path:
    """A directory, as an absolute path. It need not exist yet."""
    return Path(text(name, str(default))).expanduser().resolve()


def moment(name: str) -> datetime | None:
    """An instant in ISO 8601 with its offset, such as 2026-11-23T14:30:00+02:00."""
    value = text(name)
    if not value:
        return None
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        parsed = None
    if parsed is None or parsed.tzinfo is None:
        raise ImproperlyConfigured(f"{name} must be a date and time with its offset, in ISO 8601.")
    return parsed


def secret(name: str, default: str = "") -> str:
    """A secret, from the variable or from the file that NAME_FILE points to, not from both."""
    path = text(f"{name}_FILE")
    value = text(name)
    if path and value:
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if not path:
        return value or default
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise ImproperlyConfigured(f"{name}_FILE points to a file that cannot be read.") from None


def secrets(name: str) -> list[str]:
    """Several secrets, parted by commas or blanks."""
    return secret(name).replace(",", " ").split()


def keys(name: str, default: str = "") -> dict[str, bytes]:
    """Named keys of 32 bytes, `id:base64` parted by commas or blanks; the first one is in use."""
    return parse_keys(name, secret(name, default))


def parse_keys(name: str, value: str) -> dict[str, bytes]:
    """The keys in a value; `name` is for the sentence when they cannot be read."""
    found: dict[str, bytes] = {}
    for item in value.replace(",", " ").split():
        key_id, _, encoded = item.partition(":")
        try:
            key = base64.b64decode(encoded, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            key = b""
        if not (key_id.isascii() and key_id.isalnum()) or len(key_id) > 8 or len(key) != KEY_BYTES:
            raise ImproperlyConfigured(
                f"{name} must be a list of id:key, each key 32 bytes in base64,"
                " each id at most 8 letters or digits."
            )
        if key_id in found:
            raise ImproperlyConfigured(f"{name} has the same id twice.")
        found[key_id] = key
    return found


def address(name: str, value: str, schemes: Collection[str]) -> SplitResult:
    """The parts of an address whose scheme is one of a few."""
    try:
        parts = urlsplit(value)
        has_good_port = parts.port is None or parts.port > 0
    except ValueError:
        raise ImproperlyConfigured(f"{name} is not an address.") from None
    if parts.scheme not in schemes or not parts.hostname or not has_good_port:
        raise ImproperlyConfigured(f"{name} must be an address that begins with {' or '.join(schemes)}.")
    return parts


def origin(name: str, default: str = "") -> str:
    """Scheme, host and port alone, without a slash at the end; empty when not set."""
    value = text(name, default).rstrip("/")
    if not value:
        return ""
    parts = address(name, value, ("https", "http"))
    if parts.path or parts.query or parts.fragment or parts.username or parts.password is not None:
        raise ImproperlyConfigured(
            f"{name} must be scheme, host and port alone, such as https://desk.example.org."
        )
    if "*" in parts.netloc or parts.hostname is None or parts.hostname.startswith("."):
        raise ImproperlyConfigured(f"{name} must name one host, without a wildcard.")
    return f"{parts.scheme}://{parts.netloc.lower()}"
