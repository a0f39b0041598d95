# SPDX-License-Identifier: Apache-2.0
"""Calls to other people's services: bounded in time and size, never redirected.

A call has one of three ends: an answer that says something, a refusal, or no answer. The third
is `PartnerUnavailable`, and it never means "it did not happen".
"""

import ipaddress
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import httpx
from django.utils.translation import gettext as _

from aftersession.lib.errors import BadInput, PartnerUnavailable
from aftersession.lib.strict_json import NotStrictJson, read_object

MAX_ANSWER_BYTES = 1024 * 1024
WHOLE_CALL_SECONDS = 15.0
TIMEOUT = httpx.Timeout(connect=4.0, read=8.0, write=4.0, pool=4.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a service said: a status of 200 to 499 and a JSON object."""

    status: int
    body: dict[str, Any]

    @property
    def is_ok(self) -> bool:
        return self.status < 300


@dataclass(frozen=True, slots=True)
class TextAnswer:
    """What a service said that answers in plain words."""

    status: int
    text: str


def call_text(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] = MappingProxyType({}),
    form: str = "",
    query: Mapping[str, str] = MappingProxyType({}),
) -> TextAnswer:
    """Send one request (`form` as it is: some sign the order of its fields) and read a short text.

    Raises `PartnerUnavailable` as `call_json` does, also for what is not text.
    """
    whole = dict(headers) | ({"content-type": "application/x-www-form-urlencoded"} if form else {})
    status, raw = _ask(method, url, headers=whole, content=form.encode() if form else None, params=query)
    try:
        return TextAnswer(status, raw.decode())
    except UnicodeDecodeError as error:
        raise _unavailable("unreadable") from error


def call_json(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: Mapping[str, object] | None = None,
    form: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    fractions: bool = False,
) -> Answer:
    """Send one request (`body` as JSON or `form` as form fields) and read one JSON object.

    With `fractions` its numbers may have any: they come as `Decimal`.

    Raises `PartnerUnavailable` when the outcome is not known: no connection, time over, answer
    cut off, 429, 5xx, a redirect, or an answer that is not JSON. Its `code` says which.
    """
    status, raw = _ask(method, url, headers=dict(headers), json=body, data=form, params=query)
    try:
        return Answer(status, read_object(raw, max_bytes=MAX_ANSWER_BYTES, fractions=fractions))
    except NotStrictJson as error:
        raise _unavailable("unreadable") from error


def _ask(method: str, url: str, **what: Any) -> tuple[int, bytes]:
    """Status and bytes of an answer that says something, whatever it is written in."""
    _require_private_channel(url)
    request = _client().build_request(method, url, **what)
    # Compressed answers are not asked for, so a few bytes can never unfold into gigabytes.
    request.headers["accept-encoding"] = "identity"
    try:
        status, raw = _exchange(request)
    except httpx.TimeoutException as error:
        raise _unavailable("timeout") from error
    except httpx.ConnectError as error:
        raise _unavailable("unreachable") from error
    except httpx.TransportError as error:
        raise _unavailable("dropped") from error
    if status == 429 or status >= 500 or 300 <= status < 400:
        raise _unavailable(f"http_{status}")
    return status, raw


def _exchange(request: httpx.Request) -> tuple[int, bytes]:
    """Read the answer in pieces: a partner that trickles must not hold a worker for ever."""
    deadline = time.monotonic() + WHOLE_CALL_SECONDS
    response = _client().send(request, stream=True)
    try:
        raw = bytearray()
        for piece in response.iter_raw():
            raw += piece
            if len(raw) > MAX_ANSWER_BYTES:
                raise _unavailable("too_long")
            if time.monotonic() > deadline:
                raise _unavailable("timeout")
        return response.status_code, bytes(raw)
    finally:
        response.close()


@cache
def _client() -> httpx.Client:
    # No kept connections: one gone stale would turn a safe call into an unknown outcome.
    return httpx.Client(
        timeout=TIMEOUT,
        follow_redirects=False,
        trust_env=False,
        limits=httpx.Limits(max_keepalive_connections=0),
    )


def _require_private_channel(url: str) -> None:
    """Keys travel over https; plain http is for a service on this very machine."""
    parts = urlsplit(url)
    if parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname or "")):
        return
    raise BadInput(_("The partner's address must begin with https."), code="insecure_address")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _unavailable(code: str) -> PartnerUnavailable:
    message = _("The partner did not answer. Nothing is lost; please try again in a minute.")
    return PartnerUnavailable(message, code=code)
