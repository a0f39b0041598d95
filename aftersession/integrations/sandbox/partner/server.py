# SPDX-License-Identifier: Apache-2.0
"""The partner over HTTP: the API for practices, the page for payers, the control for testers."""

import base64
import hashlib
import ipaddress
import json
import re
import socket
import time
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aftersession.integrations.sandbox.partner import pages
from aftersession.integrations.sandbox.partner.books import Refusal, Row
from aftersession.integrations.sandbox.partner.later import DISPUTE_FEE, LaterBooks
from aftersession.integrations.sandbox.partner.mischief import BEFORE_ANYTHING_HAPPENS, Mischief
from aftersession.integrations.sandbox.partner.post import Post, signed_headers
from aftersession.integrations.sandbox.partner.shapes import (
    account_shown,
    dispute_shown,
    read_checkout,
    read_refund,
    refund_shown,
)
from aftersession.integrations.sandbox.partner.till import Till, UnknownCard

MAX_BODY = 64 * 1024
STYLE_HASH = base64.b64encode(hashlib.sha256(pages.STYLE.encode()).digest()).decode()
CSP = f"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; frame-ancestors 'none'"


class SandboxPartner:
    """The whole service on one loopback port; use as a context manager or `serve_forever`."""

    def __init__(self, *, port: int, data: Path, clock: Callable[[], float] = time.time) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.books = LaterBooks(data / "sandbox-partner.sqlite3", clock=clock)
        self.mischief = Mischief()
        self.till = Till(self.books, self.mischief)
        self._post = Post(self.books, self.till)
        handler = type("BoundHandler", (Handler,), {"partner": self})
        self._http = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def serve_forever(self) -> None:
        """Serve until `shut_down` is called from another thread."""
        self._post.start()
        try:
            self._http.serve_forever(poll_interval=0.1)
        finally:
            self._http.server_close()
            self._post.stop()
            self.books.close()

    def shut_down(self) -> None:
        self._http.shutdown()


class Handler(BaseHTTPRequestHandler):
    """Finds the method for a path in `ROUTES`; refusals become error answers."""

    partner: SandboxPartner
    server_version = "SandboxPartner/1"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        self._dispatch("GET")

    def do_POST(self) -> None:
        self._dispatch("POST")

    def do_PUT(self) -> None:
        self._dispatch("PUT")

    def do_DELETE(self) -> None:
        self._dispatch("DELETE")

    def log_message(self, format: str, *args: Any) -> None:
        """Silent: the request line holds references, and the supervisor shows what matters."""

    def _dispatch(self, method: str) -> None:
        try:
            path = urlsplit(self.path).path
            for wanted, pattern, answer in ROUTES:
                if wanted == method and (found := re.fullmatch(pattern, path)):
                    return answer(self, *found.groups())
            raise Refusal(404, "not_found", "There is nothing here.")
        except Refusal as refusal:
            self._refuse(refusal)
        except ConnectionError:
            self.close_connection = True  # the caller did not wait for the answer

    def _refuse(self, refusal: Refusal) -> None:
        if self.path.startswith("/pay/"):
            self._answer(refusal.status, pages.plain_page(str(refusal)).encode(), "text/html")
        else:
            error = {"code": refusal.code, "message": str(refusal)}
            self._say(refusal.status, {"error": error})

    # For practices: /v1

    def show_account(self) -> None:
        self._api(account_shown)

    def rotate_secret(self) -> None:
        rotate = self.partner.books.rotate_webhook_secret
        self._api(lambda account: account_shown(rotate(account["name"])))

    def open_checkout(self) -> None:
        self._api(self._open_checkout)

    def _open_checkout(self, account: Row) -> Row:
        asked = read_checkout(self._json_body())
        return self._shown(self.partner.till.open(account["name"], self._key(), asked))

    def show_checkout(self, payment_id: str) -> None:
        books = self.partner.books
        self._api(lambda account: self._shown(books.payment(payment_id, account=account["name"])))

    def expire_checkout(self, payment_id: str) -> None:
        self._api(lambda account: self._expire_checkout(payment_id, account["name"]))

    def _expire_checkout(self, payment_id: str, account: str) -> Row:
        self.partner.books.payment(payment_id, account=account)
        return self._shown(self.partner.till.expire(payment_id))

    def show_payment(self, reference: str) -> None:
        find = self.partner.books.payment_of_reference
        self._api(lambda account: self._shown(find(reference, account=account["name"])))

    def list_payments(self) -> None:
        self._api(self._list_payments)

    def _list_payments(self, account: Row) -> Row:
        since, after = self._number("since"), self._number("after")
        found = self.partner.books.payments_since(account["name"], since, after)
        following = found[-1]["number"] if found else None
        return {"payments": [self._shown(payment) for payment in found], "next": following}

    def open_refund(self) -> None:
        self._api(self._open_refund)

    def _open_refund(self, account: Row) -> Row:
        asked = read_refund(self._json_body())
        return refund_shown(self.partner.till.give_back(account["name"], self._key(), asked))

    def show_refund(self, reference: str) -> None:
        find = self.partner.books.refund_of_reference
        self._api(lambda account: refund_shown(find(reference, account=account["name"])))

    def list_refunds(self) -> None:
        books = self.partner.books
        self._api(
            lambda account: {
                "refunds": [
                    refund_shown(each) for each in books.refunds_of(account["name"], self._query("payment"))
                ]
            }
        )

    def list_disputes(self) -> None:
        payment_id, since = self._query("payment"), self._number("since")
        find = self.partner.books.disputes_of
        self._api(
            lambda account: {
                "disputes": [
                    dispute_shown(each) for each in find(account["name"], payment_id=payment_id, since=since)
                ]
            }
        )

    def list_payouts(self) -> None:
        find = self.partner.books.payouts_since
        self._api(lambda account: {"payouts": find(account["name"], self._query("since"))})

    def _api(self, work: Callable[[Row], Row]) -> None:
        """Run one API call for the account of its key, spoiled by the mischief of the hour."""
        scheme, _, key = self.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer":
            raise Refusal(401, "no_key", "Send the secret key as a bearer token.")
        fault = self.partner.mischief.next_answer(self.command)
        if fault in BEFORE_ANYTHING_HAPPENS:
            self._say(int(fault), {"error": {"code": "fault", "message": "Try later."}})
        else:
            self._say_spoiled(fault, work(self.partner.books.account_of_key(key)))

    def _say_spoiled(self, fault: str, done: Row) -> None:
        if fault == "slow":
            time.sleep(self.partner.mischief.seconds)
        if fault == "hang_up":
            self.connection.shutdown(socket.SHUT_RDWR)
        elif fault == "500_after":
            self._say(500, {"error": {"code": "fault", "message": "It is not said what happened."}})
        elif fault == "malformed":
            self._answer(200, json.dumps(done).encode()[:-5], "application/json")
        elif fault == "html":
            self._answer(200, b"<!doctype html><title>Down for maintenance</title>", "text/html")
        else:
            self._say(200, done)

    def _shown(self, payment: Row) -> Row:
        public = ("id", "reference", "account", "state", "amount", "currency", "fee", "paid_at")
        page = f"{self._own_address()}/pay/{payment['id']}"
        shown = {name: payment[name] for name in public}
        return shown | {"mode": "test", "url": page, "expires_at": payment["expires_at"]}

    def _own_address(self) -> str:
        """Where the caller found us: behind `localhost` the payer stays on `localhost`."""
        host = urlsplit(f"//{self.headers.get('Host', '')}").hostname
        port = urlsplit(self.partner.url).port
        return f"http://localhost:{port}" if host == "localhost" else self.partner.url

    # For payers: /pay

    def show_page(self, payment_id: str) -> None:
        self._html(HTTPStatus.OK, pages.payment_page(self.partner.books.payment(payment_id)))

    def pay(self, payment_id: str) -> None:
        card = parse_qs(self._body().decode("utf-8", "replace")).get("card", [""])[0]
        try:
            self._send_back(self.partner.till.pay(payment_id, card))
        except UnknownCard:
            payment = self.partner.books.payment(payment_id)
            error = "Use one of the numbers below: this sandbox knows no other card."
            page = pages.payment_page(payment, card=card, error=error)
            self._html(HTTPStatus.UNPROCESSABLE_ENTITY, page)

    def cancel(self, payment_id: str) -> None:
        self._body()
        self._send_back(self.partner.till.abandon(payment_id))

    def _send_back(self, payment: Row) -> None:
        self.send_response(HTTPStatus.SEE_OTHER)
        self.send_header("Location", payment["return_url"])
        self.send_header("Content-Length", "0")
        self.end_headers()

    # For testers: /control

    def show_mischief(self) -> None:
        self._require_control()
        self._say(200, self.partner.mischief.describe())

    def set_mischief(self) -> None:
        self._require_control()
        try:
            self.partner.mischief.become(self._json_body())
        except ValueError as error:
            raise Refusal(422, "invalid", str(error)) from None
        self.show_mischief()

    def settle(self, reference: str) -> None:
        self._require_control()
        payment = self.partner.books.payment_of_reference(reference)
        wanted = str(self._json_body().get("state", ""))
        self._say(200, self._shown(self.partner.till.settle(payment["id"], wanted)))

    def decide_refund(self, reference: str) -> None:
        self._require_control()
        wanted = str(self._json_body().get("state", ""))
        self._say(200, refund_shown(self.partner.till.decide_refund(reference, wanted)))

    def refund_by_hand(self, reference: str) -> None:
        """As if somebody had pressed Refund on the partner's own pages."""
        self._require_control()
        amount = int(self._json_body().get("amount", 0))
        self._say(200, refund_shown(self.partner.till.refund_by_hand(reference, amount)))

    def open_dispute(self, reference: str) -> None:
        """Have the payer's bank ask for the money back."""
        self._require_control()
        asked = self._json_body()
        amount, fee = int(asked.get("amount", 0)), int(asked.get("fee", DISPUTE_FEE))
        reason = str(asked.get("reason", "fraudulent"))
        self._say(200, dispute_shown(self.partner.till.dispute(reference, amount, fee=fee, reason=reason)))

    def decide_dispute(self, dispute_id: str) -> None:
        self._require_control()
        wanted = str(self._json_body().get("state", ""))
        self._say(200, dispute_shown(self.partner.till.decide_dispute(dispute_id, wanted)))

    def pay_out(self, account: str) -> None:
        """Send what an account holds to its bank."""
        self._require_control()
        self._body()
        self._say(200, self.partner.books.pay_out(account))

    def show_notices(self) -> None:
        """Every notice of a reference, signed as it would be delivered now."""
        self._require_control()
        found = self.partner.books.notices(reference=self._query("reference"))
        told = ("body", "tries", "last_answer")
        self._say(
            200,
            {
                "notices": [
                    {name: notice[name] for name in told}
                    | {"headers": signed_headers(notice, self.partner.books)}
                    for notice in found
                ]
            },
        )

    def deliver_notices(self) -> None:
        """Send what is held, or all of a reference again; `reverse` turns the order round."""
        self._require_control()
        asked = self._json_body()
        reference = str(asked.get("reference", ""))
        found = self.partner.books.notices(reference=reference, held=not reference)
        numbers = [notice["number"] for notice in found]
        if asked.get("reverse"):
            numbers.reverse()
        # Far enough apart for one to be answered before the next is sent.
        times = [time.time() + 0.3 * place for place in range(len(numbers))]
        self.partner.books.reschedule(numbers, times)
        self._say(200, {"delivering": len(numbers)})

    def forget_notices(self) -> None:
        """Never send what is held or still on its way."""
        self._require_control()
        self.partner.books.forget_notices()
        self._say(200, {})

    def say_healthy(self) -> None:
        self._say(200, {"status": "ok"})

    def _require_control(self) -> None:
        # A header no page can send from elsewhere without asking first, which we never grant.
        here = ipaddress.ip_address(self.client_address[0]).is_loopback
        if not here or self.headers.get("Sandbox-Control") != "yes":
            raise Refusal(403, "forbidden", "Control needs loopback and 'Sandbox-Control: yes'.")

    # Reading and answering

    def _body(self) -> bytes:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY:
            raise Refusal(413, "too_long", "The body is too long.")
        return self.rfile.read(int(length))

    def _key(self) -> str:
        key = self.headers.get("Idempotency-Key", "")
        if not 1 <= len(key) <= 255:
            raise Refusal(422, "invalid", "Send an Idempotency-Key of 1 to 255 characters.")
        return key

    def _json_body(self) -> Row:
        try:
            value = json.loads(self._body() or b"{}")
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise Refusal(400, "invalid", "Send one JSON object.")
        return value

    def _query(self, name: str) -> str:
        return parse_qs(urlsplit(self.path).query).get(name, [""])[0]

    def _number(self, name: str) -> int:
        text = self._query(name) or "0"
        if not re.fullmatch(r"[0-9]{1,12}", text):
            raise Refusal(422, "invalid", f"{name} is a whole number.")
        return int(text)

    def _say(self, status: int, value: Row) -> None:
        self._answer(status, json.dumps(value).encode(), "application/json")

    def _html(self, status: int, page: str) -> None:
        self._answer(status, page.encode(), "text/html; charset=utf-8")

    def _answer(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Content-Security-Policy", CSP)
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)


ROUTES: tuple[tuple[str, str, Callable[..., None]], ...] = (
    ("GET", r"/healthz", Handler.say_healthy),
    ("GET", r"/v1/account", Handler.show_account),
    ("POST", r"/v1/account/webhook-secret", Handler.rotate_secret),
    ("POST", r"/v1/checkouts", Handler.open_checkout),
    ("GET", r"/v1/checkouts/([\w-]{1,64})", Handler.show_checkout),
    ("POST", r"/v1/checkouts/([\w-]{1,64})/expire", Handler.expire_checkout),
    ("GET", r"/v1/payments", Handler.list_payments),
    ("GET", r"/v1/payments/([\w.=-]{1,64})", Handler.show_payment),
    ("POST", r"/v1/refunds", Handler.open_refund),
    ("GET", r"/v1/refunds", Handler.list_refunds),
    ("GET", r"/v1/disputes", Handler.list_disputes),
    ("GET", r"/v1/payouts", Handler.list_payouts),
    ("GET", r"/v1/refunds/([\w.=-]{1,64})", Handler.show_refund),
    ("GET", r"/pay/([\w-]{1,64})", Handler.show_page),
    ("POST", r"/pay/([\w-]{1,64})", Handler.pay),
    ("POST", r"/pay/([\w-]{1,64})/cancel", Handler.cancel),
    ("GET", r"/control/mischief", Handler.show_mischief),
    ("PUT", r"/control/mischief", Handler.set_mischief),
    ("POST", r"/control/payments/([\w.=-]{1,64})", Handler.settle),
    ("POST", r"/control/refunds/([\w.=-]{1,64})", Handler.decide_refund),
    ("POST", r"/control/payments/([\w.=-]{1,64})/refunds", Handler.refund_by_hand),
    ("POST", r"/control/payments/([\w.=-]{1,64})/disputes", Handler.open_dispute),
    ("POST", r"/control/disputes/([\w-]{1,64})", Handler.decide_dispute),
    ("POST", r"/control/accounts/([\w-]{1,64})/payouts", Handler.pay_out),
    ("GET", r"/control/notices", Handler.show_notices),
    ("POST", r"/control/notices", Handler.deliver_notices),
    ("DELETE", r"/control/notices", Handler.forget_notices),
)
