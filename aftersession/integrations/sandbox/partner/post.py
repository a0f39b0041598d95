# SPDX-License-Identifier: Apache-2.0
"""Delivers signed notices until they are taken: at least once, in no promised order."""

import hashlib
import hmac
import http.client
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from aftersession.integrations.sandbox.partner.books import Books, Row
from aftersession.integrations.sandbox.partner.till import Till

ANSWER_SECONDS = 10
LEASE_SECONDS = 30
FIRST_WAIT = 0.5
LONGEST_WAIT = 60
MOST_TRIES = 30
PARALLEL = 4
ELSEWHERE = "not sent: the address is not on this machine"


class Post(threading.Thread):
    """The delivery round: settles what became ripe, sends what is due, sleeps, begins again."""

    def __init__(self, books: Books, till: Till, *, every_seconds: float = 0.1) -> None:
        super().__init__(name="sandbox-post", daemon=True)
        self.books, self.till, self.every_seconds = books, till, every_seconds
        self._end = threading.Event()

    def run(self) -> None:
        with ThreadPoolExecutor(PARALLEL) as pool:
            while not self._end.wait(self.every_seconds):
                self.till.settle_ripe()
                self.till.finish_ripe_refunds()
                for notice in self.books.claim_notices(lease_seconds=LEASE_SECONDS):
                    pool.submit(self._deliver, notice)

    def stop(self) -> None:
        self._end.set()
        self.join()

    def _deliver(self, notice: Row) -> None:
        answer = _send(notice["webhook_url"], notice["body"], signed_headers(notice, self.books))
        tries = notice["tries"] + 1
        if answer.startswith("2") or answer == ELSEWHERE or tries >= MOST_TRIES:
            self.books.report_notice(notice["number"], answer, again_at=None)
        else:
            wait = min(LONGEST_WAIT, FIRST_WAIT * 2 ** (tries - 1))
            self.books.report_notice(notice["number"], answer, again_at=time.time() + wait)


def signed_headers(notice: Row, books: Books) -> dict[str, str]:
    """The headers of one delivery. Every try is signed anew, with the time of the try."""
    at = int(books.clock())
    secret = secrets.token_hex() if notice["forged"] else notice["webhook_secret"]
    signed = f"{at}.{notice['body']}".encode()
    signature = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return {
        "Content-Type": "application/json",
        "Sandbox-Signature": f"t={at},v1={signature}",
    }


def _send(url: str, body: str, headers: dict[str, str]) -> str:
    """POST without following redirects; the status, or the name of what went wrong."""
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in ("localhost", "127.0.0.1"):
        return ELSEWHERE
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=ANSWER_SECONDS)
    try:
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path or "/", body.encode(), headers)
        return str(connection.getresponse().status)
    except (OSError, http.client.HTTPException) as error:
        return type(error).__name__
    finally:
        connection.close()
