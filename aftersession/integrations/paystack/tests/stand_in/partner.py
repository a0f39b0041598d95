# SPDX-License-Identifier: Apache-2.0
"""A made-up Paystack with books of its own, as far as its documents describe the real one.

Objects are the bare minimum plus what readers have stumbled over; every test mode habit (no balance moves,
refunds need somebody to finish them) is driven by the test.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import random
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from tests.openapi import Contract
from tests.stand_in import Call, Notice, Reply, StandIn, reply_json

REFERENCE_SIGNS = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-.=")
# Named in the pages of documentation, and not in the OpenAPI file.
ONLY_IN_PAGES = {
    "/refund?transaction: unknown",
    "/settlement?from: unknown",
}
INTEGRATION = 463433


@dataclass
class Merchant:
    """One account: its key, what it can be paid in, its books."""

    key: str
    currencies: tuple[str, ...] = ("ZAR", "USD")
    transactions: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    disputes: list[dict[str, Any]] = field(default_factory=list)
    settlements: list[dict[str, Any]] = field(default_factory=list)
    settled: dict[int, list[str]] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        return "test" if self.key.startswith("sk_test_") else "live"


class PaystackStandIn(StandIn):
    """Give it a contract and it keeps a list of what requests did that the contract does not know."""

    routes = (
        ("POST", "/transaction/initialize", "initialize"),
        ("GET", "/transaction/verify/([^/]+)", "verify"),
        ("GET", "/transaction", "list_transactions"),
        ("GET", "/transaction/([0-9]+)", "fetch_transaction"),
        ("POST", "/refund", "create_refund"),
        ("GET", "/refund", "list_refunds"),
        ("GET", "/refund/([0-9]+)", "fetch_refund"),
        ("GET", "/dispute", "list_disputes"),
        ("GET", "/dispute/transaction/([0-9]+)", "disputes_of"),
        ("GET", "/settlement", "list_settlements"),
        ("GET", "/settlement/([0-9]+)/transactions", "settled_transactions"),
        ("GET", "/balance", "balance"),
    )

    def __init__(self, contract: Contract | None = None) -> None:
        super().__init__()
        self.contract = contract
        self.breaches: list[str] = []
        self.merchants: dict[str, Merchant] = {}
        self._last_id = 4_000_000_000
        self.page_rows = 50

    def open_account(self, mode: str = "test") -> Merchant:
        seed = hashlib.sha1(str(len(self.merchants)).encode(), usedforsecurity=False).hexdigest()
        merchant = Merchant(f"sk_{mode}_{seed[:40]}")
        self.merchants[merchant.key] = merchant
        return merchant

    def forget(self) -> None:
        super().forget()
        self.breaches.clear()
        self.merchants.clear()
        self.page_rows = 50

    # What people do: the payer at the page, the bank, somebody at the dashboard.

    def move(self, merchant: Merchant, reference: str, status: str, **changed: Any) -> dict[str, Any]:
        """Let a payment take a state; money that came in is told."""
        found = merchant.transactions[reference]
        found.update(changed, status=status)
        if status == "success":
            found.setdefault("fees", 0)
            found["fees"] = changed.get("fees", found["amount"] * 29 // 1000 + 100)
            found["paid_at"] = found["paidAt"] = self._now()
            self._tell(merchant, "charge.success", {**found, "metadata": 0})
        return found

    def move_refund(self, merchant: Merchant, refund_id: int, status: str) -> None:
        found = next(each for each in merchant.refunds if each["id"] == refund_id)
        found["status"] = status
        self._tell_refund(merchant, found)

    def refund_at_dashboard(self, merchant: Merchant, reference: str, amount: int) -> dict[str, Any]:
        return self._new_refund(merchant, merchant.transactions[reference], amount, "asked by phone")

    def dispute(self, merchant: Merchant, reference: str, **changed: Any) -> dict[str, Any]:
        transaction = merchant.transactions[reference]
        made = {
            "id": self._next_id(),
            "refund_amount": transaction["amount"],
            "currency": transaction["currency"],
            "status": "awaiting-merchant-feedback",
            "resolution": None,
            "domain": merchant.domain,
            "transaction": {**transaction, "metadata": ""},
            "transaction_reference": None,
            "category": "chargeback",
            "dueAt": "2026-11-25T18:00:00.000Z",
            "resolvedAt": None,
            "createdAt": self._now(),
            "updatedAt": self._now(),
        } | changed
        merchant.disputes.insert(0, made)
        self._tell(merchant, "charge.dispute.create", made)
        return made

    def resolve(self, merchant: Merchant, dispute: dict[str, Any], resolution: str) -> None:
        now = self._now()
        dispute.update(status="resolved", resolution=resolution, resolvedAt=now, updatedAt=now)
        self._tell(merchant, "charge.dispute.resolve", dispute)

    def settle(self, merchant: Merchant, references: list[str], deductions: int = 0) -> dict[str, Any]:
        """Pay out what these transactions brought."""
        chosen = [merchant.transactions[reference] for reference in references]
        gross, fees = sum(each["amount"] for each in chosen), sum(each["fees"] for each in chosen)
        made = {
            "id": self._next_id(),
            "domain": merchant.domain,
            "status": "success",
            "currency": chosen[0]["currency"],
            "integration": INTEGRATION,
            "total_amount": gross - fees,
            "effective_amount": gross - fees - deductions,
            "total_fees": fees,
            "total_processed": gross,
            "deductions": deductions or None,
            "settlement_date": self._now()[:10] + "T00:00:00.000Z",
            "createdAt": self._now(),
        }
        merchant.settlements.insert(0, made)
        merchant.settled[made["id"]] = references
        return made

    # The API.

    def initialize(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        if merchant is None:
            return invalid_key()
        asked = call.json
        reference = asked.get("reference") or f"T{self._next_id()}"
        if "@" not in asked.get("email", ""):
            return refusal("Invalid Email Address Passed", "invalid_params")
        if asked.get("currency", "NGN") not in merchant.currencies:
            return refusal("Currency not supported by merchant", "unsupported_currency", 403)
        if asked["amount"] <= 0 or not set(reference) <= REFERENCE_SIGNS:
            return refusal("Invalid Amount Sent", "invalid_amount")
        if reference in merchant.transactions:
            return refusal("Duplicate Transaction Reference", "duplicate_reference")
        made = self._new_transaction(merchant, reference, asked)
        return reply_json(
            {
                "status": True,
                "message": "Authorization URL created",
                "data": {
                    "authorization_url": f"{self.url}/pay/{made['id']}",
                    "access_code": f"{made['id']:x}",
                    "reference": reference,
                },
            }
        )

    def verify(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        if merchant is None:
            return invalid_key()
        found = merchant.transactions.get(call.groups[0])
        if found is None:
            return refusal("Transaction reference not found.", "transaction_not_found")
        return told("Verification successful", found)

    def fetch_transaction(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        if merchant is None:
            return invalid_key()
        rows = list(merchant.transactions.values())
        return self._one(rows, call, "Transaction retrieved")

    def list_transactions(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        rows = list(reversed(merchant.transactions.values())) if merchant else []
        return self._page(merchant, rows, call)

    def create_refund(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        if merchant is None:
            return invalid_key()
        asked = call.json
        wanted = asked["transaction"]
        found = next(
            (
                each
                for each in merchant.transactions.values()
                if wanted in (each["reference"], str(each["id"]))
            ),
            None,
        )
        if found is None or found["status"] not in ("success", "reversed"):
            return refusal("Transaction not found", "transaction_not_found", 404)
        given = sum(each["amount"] for each in merchant.refunds if each["transaction"] == found["id"])
        amount = asked.get("amount", found["amount"])
        if given + amount > found["amount"]:
            return refusal("Transaction has been fully reversed", "transaction_reversed")
        made = self._new_refund(merchant, found, amount, asked.get("merchant_note", "Refund for transaction"))
        whole = {key: found[key] for key in ("id", "domain", "reference", "amount", "currency")}
        return told("Refund has been queued for processing", {**made, "transaction": whole})

    def list_refunds(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        rows = list(reversed(merchant.refunds)) if merchant else []
        if "transaction" in call.query:
            rows = [each for each in rows if str(each["transaction"]) == call.query["transaction"]]
        return self._page(merchant, rows, call)

    def fetch_refund(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        return self._one(merchant.refunds, call, "Refund retrieved") if merchant else invalid_key()

    def list_disputes(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        return self._page(merchant, merchant.disputes if merchant else [], call)

    def disputes_of(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        if merchant is None:
            return invalid_key()
        found = [each for each in merchant.disputes if str(each["transaction"]["id"]) == call.groups[0]]
        return told("Dispute retrieved", found[0]) if found else not_found()

    def list_settlements(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        return self._page(merchant, merchant.settlements if merchant else [], call)

    def settled_transactions(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        references = merchant.settled.get(int(call.groups[0]), []) if merchant else []
        rows = [merchant.transactions[reference] for reference in references] if merchant else []
        return self._page(merchant, rows, call)

    def balance(self, call: Call) -> Reply:
        merchant = self._merchant(call)
        if merchant is None:
            return invalid_key()
        rows = [{"currency": currency, "balance": 0} for currency in merchant.currencies]
        return reply_json({"status": True, "message": "Balances retrieved", "data": rows})

    # Notices.

    def signed(self, merchant: Merchant, body: bytes) -> Notice:
        signature = hmac.new(merchant.key.encode(), body, hashlib.sha512).hexdigest()
        return Notice(body, {"x-paystack-signature": signature})

    def forged(self, notice: Notice, dice: random.Random) -> Notice:
        """Signed with another key, with none, or with a byte changed after signing."""
        way = dice.randrange(3)
        if way == 0:
            other = hmac.new(b"sk_test_of_somebody_else", notice.body, hashlib.sha512).hexdigest()
            return replace(notice, headers={"x-paystack-signature": other}, is_forged=True)
        if way == 1:
            return replace(notice, headers={}, is_forged=True)
        spot = dice.randrange(len(notice.body))
        changed = bytes([*notice.body[:spot], notice.body[spot] ^ 1, *notice.body[spot + 1 :]])
        return replace(notice, body=changed, is_forged=True)

    def _tell(self, merchant: Merchant, event: str, data: dict[str, Any]) -> None:
        self.outbox.append(self.signed(merchant, json.dumps({"event": event, "data": data}).encode()))

    def _tell_refund(self, merchant: Merchant, refund: dict[str, Any]) -> None:
        data = {
            "status": refund["status"],
            "transaction_reference": refund["transaction_reference"],
            "refund_reference": None if refund["status"] == "pending" else f"1320133{refund['id']}",
            "amount": str(refund["amount"]),
            "currency": refund["currency"],
            "processor": "mpgs_zen",
            "customer": {"first_name": None, "last_name": None, "email": "payer@example.org"},
            "integration": INTEGRATION,
            "domain": refund["domain"],
        }
        self._tell(merchant, f"refund.{refund['status']}", data)

    def _new_transaction(self, merchant: Merchant, reference: str, asked: dict[str, Any]) -> dict[str, Any]:
        now = self._now()
        made = {
            "id": self._next_id(),
            "domain": merchant.domain,
            "status": "abandoned",
            "reference": reference,
            "amount": asked["amount"],
            "message": None,
            "gateway_response": "The transaction was not completed",
            "paid_at": None,
            "paidAt": None,
            "created_at": now,
            "createdAt": now,
            "channel": "card",
            "currency": asked.get("currency", "NGN"),
            "metadata": asked.get("metadata", ""),
            "fees": None,
            "requested_amount": asked["amount"],
        }
        merchant.transactions[reference] = made
        return made

    def _new_refund(
        self, merchant: Merchant, transaction: dict[str, Any], amount: int, note: str
    ) -> dict[str, Any]:
        made = {
            "integration": INTEGRATION,
            "transaction": transaction["id"],
            "transaction_reference": transaction["reference"],
            "id": self._next_id(),
            "domain": merchant.domain,
            "currency": transaction["currency"],
            "amount": amount,
            "status": "pending",
            "refunded_at": None,
            "merchant_note": note,
            "customer_note": f"Refund for transaction {transaction['reference']}",
            "createdAt": self._now(),
        }
        merchant.refunds.append(made)
        self._tell_refund(merchant, made)
        return made

    def _merchant(self, call: Call) -> Merchant | None:
        if self.contract:
            body = call.json if call.body else None
            found = self.contract.breaches_of(call.method, call.path, call.query, body)
            self.breaches += [
                each
                for each in found
                if each not in ONLY_IN_PAGES and "/transactions?page: unknown" not in each
            ]
        return self.merchants.get(call.header("authorization").removeprefix("Bearer "))

    def _page(self, merchant: Merchant | None, rows: list[dict[str, Any]], call: Call) -> Reply:
        if merchant is None:
            return invalid_key()
        if since := call.query.get("from"):
            rows = [each for each in rows if str(each.get("createdAt", "")) >= since]
        page, size = int(call.query.get("page", "1")), int(call.query.get("perPage", self.page_rows))
        meta = {"total": len(rows), "skipped": 0, "perPage": size, "page": page}
        meta["pageCount"] = -(-len(rows) // size)
        chosen = rows[(page - 1) * size : page * size]
        return reply_json({"status": True, "message": "Retrieved", "data": chosen, "meta": meta})

    def _one(self, rows: list[dict[str, Any]], call: Call, message: str) -> Reply:
        found = next((each for each in rows if str(each["id"]) == call.groups[0]), None)
        return told(message, found) if found else not_found()

    def _next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def _now(self) -> str:
        instant = datetime.fromtimestamp(self.clock(), UTC)
        return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def told(message: str, data: object) -> Reply:
    return reply_json({"status": True, "message": message, "data": data})


def refusal(message: str, code: str, status: int = 400) -> Reply:
    return reply_json(
        {"status": False, "message": message, "meta": {}, "type": "validation_error", "code": code}, status
    )


def invalid_key() -> Reply:
    return refusal("Invalid key", "invalid_Key", 401)


def not_found() -> Reply:
    return reply_json({"status": False, "message": "Entity not found"}, 404)
