# SPDX-License-Identifier: Apache-2.0
"""What every made-up payment partner is built on: a little service on loopback that can misbehave.

A partner's stand-in lives with the tests of its folder, subclasses `StandIn`, lists its `routes` and keeps
its own books. Nothing here or there shares code with the product, signing included: two that are wrong in
the same way would agree.
"""

from __future__ import annotations

import json
import random
import re
import socketserver
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection, responses
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar


@dataclass(frozen=True)
class Call:
    """One request as it came; `groups` are what the route's pattern caught."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes
    groups: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> list[tuple[str, str]]:
        return urllib.parse.parse_qsl(self.body.decode(), keep_blank_values=True)


@dataclass(frozen=True)
class Reply:
    """One answer. `promised` bytes more than it has: it is cut off on the way."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    promised: int = 0


def reply_json(value: object, status: int = 200) -> Reply:
    return Reply(status, json.dumps(value).encode())


HTML = Reply(200, b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>", "text/html")
MALFORMED = Reply(200, b'{"status": true, "data": {')
ERROR = Reply(500, b'{"status": false, "message": "An error occurred"}')

FAULTS: dict[str, Reply | None] = {
    # Nothing is done.
    "429": Reply(429, b'{"message": "Too many requests"}', headers={"Retry-After": "30"}),
    "500": ERROR,
    "say": None,
    # What was asked is done; only the answer is not what it should be.
    "slow": None,
    "drop": None,
    "cut": None,
    "500_after": ERROR,
    "html": HTML,
    "malformed": MALFORMED,
    "redirect": Reply(302, headers={"Location": "https://elsewhere.example/"}),
}
BEFORE = ("429", "500", "say")


@dataclass
class Fault:
    """How the next `times` fitting answers are spoiled. `method` empty: any; `path` is a beginning."""

    kind: str
    method: str = ""
    path: str = ""
    times: int = 1
    seconds: float = 0.0
    reply: Reply | None = None

    def fits(self, call: Call) -> bool:
        return self.times > 0 and self.method in ("", call.method) and call.path.startswith(self.path)


@dataclass(frozen=True)
class Notice:
    """What the partner posts to the practice: these bytes under these headers."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    content_type: str = "application/json"
    is_forged: bool = False


Handler = Callable[[Call], Reply]


class StandIn:
    """A partner on loopback. Handlers run one at a time, so its books need no locks.

    `clock` gives its time in Unix seconds; `calls` is everything that reached it, `outbox` every notice
    that it wants to send, oldest first, until somebody delivers them.
    """

    routes: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    """Method, pattern of the whole path, name of the method of this class that answers."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.outbox: list[Notice] = []
        self.clock: Callable[[], float] = time.time
        self._faults: list[Fault] = []
        self._lock = threading.RLock()
        self._wakes = threading.Event()
        self._table = [(verb, re.compile(path), getattr(self, name)) for verb, path, name in self.routes]
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> StandIn:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.behave()
        self._server.shutdown()
        self._server.server_close()

    def misbehave(self, kind: str, **how: Any) -> None:
        """Spoil answers to come: one of `FAULTS`, with the fields of `Fault`."""
        if kind not in FAULTS:
            raise ValueError(f"no such fault: {kind}")
        self._wakes.clear()
        self._faults.append(Fault(kind, **how))

    def say(self, value: object, status: int = 200, **how: Any) -> None:
        """Answer the next fitting call with this, whatever the books say: JSON, or bytes as they are."""
        reply = Reply(status, value) if isinstance(value, bytes) else reply_json(value, status)
        self.misbehave("say", reply=reply, **how)

    def behave(self) -> None:
        """End all faults, also the answers that are being slow just now."""
        self._faults.clear()
        self._wakes.set()

    def forget(self) -> None:
        """Begin anew: no calls, no notices, no faults. The books are the subclass's to clear."""
        self.behave()
        self.calls.clear()
        self.outbox.clear()
        self.clock = time.time

    def unknown(self, call: Call) -> Reply:
        """The answer where no route fits."""
        return reply_json({"status": False, "message": "Not found"}, 404)

    def forged(self, notice: Notice, dice: random.Random) -> Notice:
        """The same notice as somebody without the key would send it; a subclass knows where it is signed."""
        raise NotImplementedError

    def answer(self, call: Call) -> Reply | None:
        """What goes back; None: the line is dropped."""
        with self._lock:
            self.calls.append(call)
            fault = next((each for each in self._faults if each.fits(call)), None)
            if fault is not None:
                fault.times -= 1
                if fault.kind in BEFORE:
                    return fault.reply or FAULTS[fault.kind]
            reply = self._handle(call)
        return reply if fault is None else self._spoil(reply, fault)

    def _handle(self, call: Call) -> Reply:
        for verb, pattern, handler in self._table:
            found = pattern.fullmatch(call.path)
            if found and verb == call.method:
                groups = tuple(urllib.parse.unquote(each) for each in found.groups())
                reply: Reply = handler(
                    Call(call.method, call.path, call.query, call.headers, call.body, groups)
                )
                return reply
        return self.unknown(call)

    def _spoil(self, reply: Reply, fault: Fault) -> Reply | None:
        if fault.kind == "slow":
            self._wakes.wait(fault.seconds)
            return reply
        if fault.kind == "drop":
            return None
        if fault.kind == "cut":
            return Reply(reply.status, reply.body[: len(reply.body) // 2], promised=len(reply.body))
        return FAULTS[fault.kind]


def in_any_order(
    partner: StandIn,
    notices: Iterable[Notice],
    *,
    dice: random.Random,
    copies: int = 1,
    forged_percent: int = 0,
) -> Iterator[Notice]:
    """The notices, each so often, shuffled, with forged ones among them (so many in a hundred of all)."""
    sent = [notice for notice in notices for _ in range(copies)]
    real = list(sent)
    while real and len(sent) * (100 - forged_percent) < len(real) * 100:
        sent.append(partner.forged(dice.choice(real), dice))
    dice.shuffle(sent)
    return iter(sent)


def deliver(notice: Notice, url: str) -> int:
    """Post a notice as the partner does, and return the answer's status."""
    parts = urllib.parse.urlsplit(url)
    line = HTTPConnection(parts.hostname or "", parts.port, timeout=10)
    try:
        headers = {**notice.headers, "Content-Type": notice.content_type}
        line.request("POST", parts.path, notice.body, headers)
        return line.getresponse().status
    finally:
        line.close()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 64

    def __init__(self, partner: StandIn) -> None:
        self.partner = partner
        super().__init__(("127.0.0.1", 0), _Line)

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that hung up is nobody's fault here."""


class _Line(BaseHTTPRequestHandler):
    server: _Server

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        length = int(self.headers.get("Content-Length") or 0)
        call = Call(
            method=self.command,
            path=path,
            query=dict(urllib.parse.parse_qsl(query, keep_blank_values=True)),
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(length),
        )
        reply = self.server.partner.answer(call)
        self.close_connection = True
        if reply is not None:
            self.wfile.write(_packed(reply))

    do_GET = do_POST = do_PUT = do_DELETE = _serve

    def log_message(self, format: str, *args: Any) -> None:
        """Nobody reads it."""


def _packed(reply: Reply) -> bytes:
    """The whole answer in one piece: two would wait for each other on the way."""
    head = [f"HTTP/1.1 {reply.status} {responses.get(reply.status, '')}"]
    headers = {
        "Content-Type": reply.content_type,
        "Content-Length": str(reply.promised or len(reply.body)),
        "Connection": "close",
        **reply.headers,
    }
    head += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + reply.body
