# SPDX-License-Identifier: Apache-2.0
"""What a page says to people, and a walk through every page that links lead to."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

from django.test import Client
from django.urls import Resolver404, resolve

from tools.pseudo_locale import CLOSED, OPENED

SPOKEN_ATTRIBUTES = ("aria-label", "aria-description", "title", "placeholder", "alt")
# Not words: shortcuts, code, and what a script fills in.
SILENT = ("script", "style", "kbd", "code", "pre")
SAME_KIND = 6
"""How many pages of one route are looked at: invoices differ by state, and then repeat."""


@dataclass(frozen=True)
class Seen:
    """One page as it came."""

    path: str
    view_name: str
    html: str


def walk(client: Client, *starts: str) -> Iterator[Seen]:
    """Every page that links lead to from these, some of each route. A dead link fails the walk."""
    queue, known, of_view = deque((start, "the start") for start in starts), set(starts), Counter[str]()
    while queue:
        path, came_from = queue.popleft()
        view_name = view_of(path)
        of_view[view_name] += 1
        if not view_name or of_view[view_name] > SAME_KIND or view_name == "account_logout":
            continue
        response = client.get(path)
        assert response.status_code in (200, 302), f"{path}: {response.status_code}, linked on {came_from}"
        links = [urljoin(path, response.headers.get("Location", path))]
        if response.status_code == 200 and response.headers["Content-Type"].startswith("text/html"):
            html = response.content.decode()
            yield Seen(path, view_name, html)
            links = links_in(html, path)
        for link in links:
            if link not in known:
                known.add(link)
                queue.append((link, path))


def view_of(path: str) -> str:
    """The route of an address of ours; empty for a file or another site."""
    if urlsplit(path).netloc or path.startswith("/static/"):
        return ""
    try:
        return resolve(urlsplit(path).path).view_name
    except Resolver404:
        return "no such page"


def links_in(html: str, path: str) -> list[str]:
    """The addresses of links, as the browser would open them."""
    found = (
        urljoin(path, link.replace("&amp;", "&")) for link in re.findall(r'<a[^>]* href="([^"]+)"', html)
    )
    return [urldefrag(link).url for link in found if not re.match(r"[a-z]+:", link)]


class Speech(HTMLParser):
    """Collects what is shown or read out, and drops what stands in the pseudo-locale's brackets."""

    def __init__(self) -> None:
        super().__init__()
        self.unmarked: list[str] = []
        self.said: list[str] = []
        self._depth = 0
        self._silent: list[str] = []

    @property
    def is_whole(self) -> bool:
        return self._depth == 0 and not self._silent

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        # A paper speaks the language of the practice, whoever looks at it.
        if tag in SILENT or "paper" in (values.get("class") or "").split():
            self._silent.append(tag)
        if self._silent:
            return
        is_button = tag == "input" and values.get("type") in ("submit", "button")
        for name in (*SPOKEN_ATTRIBUTES, *(["value"] if is_button else [])):
            if value := values.get(name):
                self._hear(value, 0)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._depth = self._hear(data, self._depth)

    def _hear(self, text: str, depth: int) -> int:
        plain = ""
        for char in text:
            if char == OPENED:
                depth += 1
            elif char == CLOSED:
                depth -= 1
                plain += " "
            elif depth == 0:
                plain += char
        self.said.append(" ".join(text.split()))
        if words := " ".join(plain.split()):
            self.unmarked.append(words)
        return depth


def listen(html: str) -> Speech:
    """A page, heard to its end: a bracket or a silent part left open would hide all that follows."""
    speech = Speech()
    speech.feed(html)
    speech.close()
    assert speech.is_whole, html[:400]
    return speech
