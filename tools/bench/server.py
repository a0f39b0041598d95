# SPDX-License-Identifier: Apache-2.0
"""The product as it is served, on loopback, and a signed-in browser of no frills."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from aftersession.practices.models import Member
from tools.postgres import free_port

BIN = Path(sys.executable).parent
HOST = "127.0.0.1"


@contextmanager
def serve(workers: int = 2) -> Iterator[int]:
    """Granian with worker processes as in production; yields the port."""
    port = free_port()
    environment = {**os.environ, "AFTERSESSION_URL": f"http://localhost:{port}"}
    command = [
        str(BIN / "granian"), "--interface", "wsgi", "--host", HOST, "--port", str(port), "--log-level", "error",
        "--workers", str(workers), "--blocking-threads", "4", "config.wsgi:application",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=5)
            connection.connect()
            connection.close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the server did not start")


class Browser:
    """Keeps one connection and one session."""

    def __init__(self, port: int, member: Member) -> None:
        self.connection = http.client.HTTPConnection(HOST, port, timeout=30)
        self.port = port
        self.cookies = {settings.SESSION_COOKIE_NAME: _session(member)}

    def get(self, path: str) -> str:
        """The page; raises on anything but 200."""
        return self._ask("GET", path, None, 200)

    def post(self, path: str, fields: list[tuple[str, str]]) -> str:
        """The address it leads to; raises on anything but a redirect."""
        return self._ask("POST", path, urlencode(fields), 302)

    def _ask(self, method: str, path: str, body: str | None, status: int) -> str:
        headers = {
            "Host": f"localhost:{self.port}",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Origin": f"http://localhost:{self.port}",
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode(errors="replace")
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            name, _sign, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status != status:
            raise RuntimeError(f"{method} {path} answered {answer.status}: {text[:300]}")
        return answer.headers.get("Location", "") if status == 302 else text


def form_fields(page: str, form_id: str) -> list[tuple[str, str]]:
    """What a browser would send of a form: every input, text area and chosen option, no button."""
    found = re.search(rf'<form[^>]*id="{form_id}".*?</form>', page, re.DOTALL)
    if found is None:
        raise RuntimeError(f"the page has no form {form_id}")
    from html.parser import HTMLParser

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.fields: list[tuple[str, str]] = []
            self.select = ""
            self.area: str | None = None

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            given = {name: value or "" for name, value in attrs}
            name = given.get("name", "")
            if tag == "select":
                self.select = name
            elif tag == "option" and self.select and "selected" in given:
                self.fields.append((self.select, given.get("value", "")))
            elif tag == "textarea":
                self.area = name
            elif tag == "input" and name and _is_sent(given):
                self.fields.append((name, given.get("value", "")))

        def handle_data(self, data: str) -> None:
            if self.area:
                self.fields.append((self.area, data))
                self.area = None

        def handle_endtag(self, tag: str) -> None:
            if tag == "select":
                self.select = ""

    reader = Reader()
    reader.feed(found[0])
    return reader.fields


def _is_sent(given: dict[str, str]) -> bool:
    if given.get("type") in ("radio", "checkbox"):
        return "checked" in given
    return given.get("type") not in ("submit", "button", "image", "file")


def _session(member: Member) -> str:
    store = SessionStore()
    store[SESSION_KEY] = str(member.user.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = member.user.get_session_auth_hash()
    store["practice"] = member.practice.code
    store.create()
    return str(store.session_key)
