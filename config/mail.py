# SPDX-License-Identifier: Apache-2.0
"""`EMAIL_URL`, one address for the whole way mail leaves by."""

from dataclasses import dataclass
from urllib.parse import unquote

from django.core.exceptions import ImproperlyConfigured

from config import env

LOOPBACK = ("localhost", "127.0.0.1", "::1")
PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """The server mail is handed to."""

    host: str
    port: int
    user: str
    password: str
    starts_tls: bool
    is_tls: bool


def read_mail_server(url: str) -> MailServer:
    """smtp://, smtp+tls:// (STARTTLS) or smtps:// user:password@host:port; raises ImproperlyConfigured."""
    parts = env.address("EMAIL_URL", url, PORTS)
    if parts.scheme == "smtp" and parts.password and parts.hostname not in LOOPBACK:
        raise ImproperlyConfigured(
            "EMAIL_URL would send its password unprotected: use smtp+tls:// or smtps://."
        )
    return MailServer(
        host=parts.hostname or "",
        port=parts.port or PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starts_tls=parts.scheme == "smtp+tls",
        is_tls=parts.scheme == "smtps",
    )
