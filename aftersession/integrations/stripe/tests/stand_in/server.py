# SPDX-License-Identifier: Apache-2.0
"""Stripe on loopback, as far as a practice's payments need it: HTTP in front of its own books.

It refuses what the real one refuses: an unknown key, a parameter it does not know, a key of
idempotence used for something else, a version of the API that it was not written for.
"""

from __future__ import annotations

import copy
import hashlib
import hmac
import json
import random
import re
from operator import itemgetter
from typing import Any, ClassVar

from aftersession.integrations.stripe.tests.stand_in.books import Account, Books, Refused
from tests.stand_in import Call, Notice, Reply, StandIn, reply_json

VERSION = "2026-10-28.endive"
LISTS = {
    "checkout/sessions": "checkout.session",
    "refunds": "refund",
    "disputes": "dispute",
    "payouts": "payout",
    "balance_transactions": "balance_transaction",
}
FILTERS = {
    "checkout/sessions": {"payment_intent", "created"},
    "refunds": {"payment_intent", "created"},
    "disputes": {"payment_intent", "created"},
    "payouts": {"arrival_date", "status"},
    "balance_transactions": {"payout"},
}
PAGING = {"limit", "starting_after", "expand"}


class StripeStandIn(StandIn):
    """`account()` opens one; `books` is what happened; notices of what happened go to the outbox."""

    routes: ClassVar = (("GET", "/v1/(.+)", "read"), ("POST", "/v1/(.+)", "write"))

    def __init__(self) -> None:
        super().__init__()
        self.books = Books(now=lambda: int(self.clock()), tell=self._tell)
        self._answers: dict[tuple[str, str], tuple[str, Reply]] = {}

    def forget(self) -> None:
        super().forget()
        self._answers.clear()
        self.books.clear()

    def read(self, call: Call) -> Reply:
        return self._answered(call, nested(call.query))

    def write(self, call: Call) -> Reply:
        key = (call.header("Authorization"), call.header("Idempotency-Key"))
        if not key[1]:
            return refusal(400, "invalid_request_error", "key_missing", "Send a key of idempotence here.")
        print_ = f"{call.path} {call.body!r}"
        if key in self._answers:
            known, reply = self._answers[key]
            if known == print_:
                return reply
            return refusal(400, "idempotency_error", "", "Keys can only be used with the same parameters.")
        reply = self._answered(call, nested(dict(call.form)))
        if reply.status < 300:
            self._answers[key] = (print_, reply)
        return reply

    def _answered(self, call: Call, params: dict[str, Any]) -> Reply:
        account = self.books.accounts.get(call.header("Authorization").removeprefix("Bearer "))
        if account is None:
            return refusal(401, "invalid_request_error", "", "Invalid API Key provided: sk_test_****0000")
        if call.header("Stripe-Version") != VERSION:
            return refusal(400, "invalid_request_error", "", "Invalid Stripe API version.")
        try:
            found = self._dispatch(call.method, call.groups[0].split("/"), params, account)
            return reply_json(self._expanded(found, params.get("expand", [])))
        except Refused as error:
            return refusal(error.status, "invalid_request_error", error.code, str(error))

    def _dispatch(self, method: str, path: list[str], params: dict[str, Any], account: Account) -> Any:
        whole = "/".join(path)
        if method == "GET" and whole in ("account", "balance"):
            return self.books.balance(account) if whole == "balance" else self.books.identity(account)
        if method == "GET" and whole in LISTS:
            return self._listed(whole, params, account)
        if method == "GET" and "/".join(path[:-1]) in LISTS:
            return self.books.find(LISTS["/".join(path[:-1])], path[-1], account)
        if method == "POST" and whole == "checkout/sessions":
            return self.books.open_session(params, account)
        if method == "POST" and path[:2] == ["checkout", "sessions"] and path[3:] == ["expire"]:
            return self.books.expire_session(path[2], account)
        if method == "POST" and whole == "refunds":
            return self.books.open_refund(params, account)
        raise Refused(404, "", f"Unrecognized request URL ({method}: /v1/{whole}).")

    def _listed(self, name: str, params: dict[str, Any], account: Account) -> dict[str, Any]:
        unknown = set(params) - PAGING - FILTERS[name]
        if unknown:
            raise Refused(400, "parameter_unknown", f"Received unknown parameter: {min(unknown)}")
        found = self.books.all_of(LISTS[name], account)
        for wanted in FILTERS[name] & set(params):
            has = self.books.payout_of if wanted == "payout" else itemgetter(wanted)
            found = [each for each in found if fits(has(each), params[wanted])]
        ids = [each["id"] for each in found]
        start = ids.index(params["starting_after"]) + 1 if "starting_after" in params else 0
        end = start + int(params.get("limit", 10))
        return {
            "object": "list",
            "url": f"/v1/{name}",
            "has_more": end < len(found),
            "data": found[start:end],
        }

    def _expanded(self, found: dict[str, Any], paths: list[str]) -> dict[str, Any]:
        whole = copy.deepcopy(found)
        for path in paths:
            if len(path.split(".")) > 4:
                raise Refused(400, "", "You cannot expand more than 4 levels of a property.")
            self._expand(whole, path.split("."))
        return whole

    def _expand(self, thing: Any, path: list[str]) -> None:
        if isinstance(thing, list):
            for each in thing:
                self._expand(each, path)
        elif path:
            inner = thing[path[0]]
            if isinstance(inner, str):
                inner = thing[path[0]] = copy.deepcopy(self.books.by_id[inner])
            if inner is not None:
                self._expand(inner, path[1:])

    def _tell(self, kind: str, thing: dict[str, Any], account: Account) -> None:
        event = {
            "id": self.books.new_id("evt"),
            "object": "event",
            "api_version": VERSION,
            "created": int(self.clock()),
            "data": {"object": copy.deepcopy(thing)},
            "livemode": account.is_live,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }
        self.outbox.append(self.signed(json.dumps(event, indent=2).encode(), account.secret))

    def signed(self, body: bytes, *secrets: str, age: int = 0, is_forged: bool = False) -> Notice:
        """These bytes as sent just now (or so many seconds ago), signed with each secret."""
        at = int(self.clock()) - age
        marks = [
            "v1=" + hmac.new(secret.encode(), b"%d." % at + body, hashlib.sha256).hexdigest()
            for secret in secrets
        ]
        header = ",".join(
            [f"t={at}", *marks, "v0=6ffbb59b2300aae63f272406069a9788598b792a944a07aba816edb039989a39"]
        )
        return Notice(body, {"Stripe-Signature": header}, is_forged=is_forged)

    def forged(self, notice: Notice, dice: random.Random) -> Notice:
        """One of the ways of somebody who has seen notices, but never the secret."""
        body, header = notice.body, notice.headers["Stripe-Signature"]
        other = {**notice.headers, "Stripe-Signature": header.replace("v1=", "v0=")}
        return dice.choice(
            [
                self.signed(body, "whsec_somebody_elses_secret", is_forged=True),
                self.signed(body, "whsec_somebody_elses_secret", age=86_400, is_forged=True),
                Notice(body.replace(b'"paid"', b'"unpaid"') + b" ", notice.headers, is_forged=True),
                Notice(body[:-1], notice.headers, is_forged=True),
                Notice(json.dumps(json.loads(body), indent=1).encode(), notice.headers, is_forged=True),
                Notice(body, other, is_forged=True),
                Notice(body, {}, is_forged=True),
            ]
        )


def refusal(status: int, kind: str, code: str, message: str) -> Reply:
    error = {"type": kind, "message": message, "doc_url": "https://stripe.com/docs/error-codes"}
    return reply_json({"error": {**error, **({"code": code} if code else {})}}, status)


def nested(fields: dict[str, str]) -> dict[str, Any]:
    """Form fields as what they mean: `a[0][b]=1` is `{"a": [{"b": "1"}]}`."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        at: Any = found
        *way, last = re.findall(r"[^\[\]]+", name)
        for step in way:
            at = at.setdefault(step, {})
        at[last] = value
    return {name: _with_lists(value) for name, value in found.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _with_lists(each) for name, each in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def fits(has: Any, wanted: Any) -> bool:
    if isinstance(wanted, str):
        return str(has) == wanted
    low, high = int(wanted.get("gte", 0)), int(wanted.get("lte", 10**12))
    return low <= int(has) <= high
