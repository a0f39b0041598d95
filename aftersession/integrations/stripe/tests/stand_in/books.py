# SPDX-License-Identifier: Apache-2.0
"""What the made-up Stripe knows: its objects, in the shape that it answers with, and what changes them."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

DAY = 86_400
DISPUTE_FEE = 1_500
KNOWN = {
    "mode",
    "client_reference_id",
    "metadata",
    "payment_intent_data",
    "line_items",
    "adaptive_pricing",
    "success_url",
    "cancel_url",
    "expires_at",
}


@dataclass(frozen=True)
class Account:
    """Somebody's account in one of its modes, with the key to it."""

    id: str
    key: str
    secret: str
    is_live: bool = False
    currency: str = "zar"


class Refused(Exception):
    """What the partner says no to; the text is for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Books:
    """Every object by its id. Each belongs to one account and mode, and nobody else ever sees it."""

    def __init__(
        self, *, now: Callable[[], int], tell: Callable[[str, dict[str, Any], Account], None]
    ) -> None:
        self.now, self._tell = now, tell
        self.clear()

    def clear(self) -> None:
        self.accounts: dict[str, Account] = {}
        self.by_id: dict[str, dict[str, Any]] = {}
        self._owners: dict[str, Account] = {}
        self._numbers = itertools.count(1)
        self._in_payout: dict[str, str] = {}
        self._intended: dict[str, dict[str, str]] = {}
        self.refund_status = "succeeded"

    def open_account(self, *, is_live: bool = False, currency: str = "zar") -> Account:
        number, mode = next(self._numbers), "live" if is_live else "test"
        account = Account(
            f"acct_{number:016d}",
            f"sk_{mode}_{number:024d}",
            f"whsec_{number:032d}",
            is_live,
            currency,
        )
        self.accounts[account.key] = account
        return account

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers):014d}"

    def identity(self, account: Account) -> dict[str, Any]:
        return {
            "id": account.id,
            "object": "account",
            "default_currency": account.currency,
            "email": "practice@example.org",
            "charges_enabled": True,
            "metadata": {},
        }

    def balance(self, account: Account) -> dict[str, Any]:
        funds = {"amount": 0, "currency": account.currency, "source_types": {"card": 0}}
        return {"object": "balance", "livemode": account.is_live, "available": [funds], "pending": [funds]}

    def find(self, kind: str, id_: str, account: Account) -> dict[str, Any]:
        thing = self.by_id.get(id_)
        if thing is None or thing["object"] != kind or self._owners[id_] != account:
            raise Refused(404, "resource_missing", f"No such {kind}: '{id_}'")
        return self._aged(thing)

    def all_of(self, kind: str, account: Account) -> list[dict[str, Any]]:
        """Newest first, as lists come."""
        found = [
            each
            for id_, each in self.by_id.items()
            if each["object"] == kind and self._owners[id_] == account
        ]
        return [self._aged(each) for each in reversed(found)]

    def payout_of(self, transaction: dict[str, Any]) -> str:
        return self._in_payout.get(transaction["id"], "")

    def _aged(self, thing: dict[str, Any]) -> dict[str, Any]:
        if thing.get("status") == "open" and thing["expires_at"] <= self.now():
            thing.update(status="expired", url=None)
        return thing

    def _add(self, prefix: str, kind: str, account: Account, **fields: Any) -> dict[str, Any]:
        id_ = self.new_id(prefix)
        thing = {"id": id_, "object": kind, "created": self.now(), "livemode": account.is_live, **fields}
        if kind in ("refund", "balance_transaction"):
            del thing["livemode"]
        self.by_id[id_], self._owners[id_] = thing, account
        return thing

    def tell(self, kind: str, thing: dict[str, Any]) -> None:
        self._tell(kind, thing, self._owners[thing["id"]])

    # What the practice asks for.

    def open_session(self, params: dict[str, Any], account: Account) -> dict[str, Any]:
        unknown = set(params) - KNOWN
        if unknown:
            raise Refused(400, "parameter_unknown", f"Received unknown parameter: {min(unknown)}")
        (item,) = params["line_items"]
        price = item["price_data"]
        amount = int(price["unit_amount"]) * int(item["quantity"])
        if amount < 50:
            raise Refused(400, "amount_too_small", "The amount must be greater than the minimum.")
        mode = "live" if account.is_live else "test"
        session = self._add(
            f"cs_{mode}",
            "checkout.session",
            account,
            mode=params["mode"],
            status="open",
            payment_status="unpaid",
            amount_subtotal=amount,
            amount_total=amount,
            currency=price["currency"],
            client_reference_id=params.get("client_reference_id"),
            metadata=params.get("metadata", {}),
            payment_intent=None,
            expires_at=int(params.get("expires_at", self.now() + DAY)),
            success_url=params["success_url"],
            cancel_url=params["cancel_url"],
        )
        session["url"] = f"https://checkout.stripe.com/c/pay/{session['id']}#fid{'kdWx' * 90}"
        self._intended[session["id"]] = params.get("payment_intent_data", {}).get("metadata", {})
        return session

    def expire_session(self, id_: str, account: Account) -> dict[str, Any]:
        session = self.find("checkout.session", id_, account)
        if session["status"] != "open":
            raise Refused(400, "", "Only Checkout Sessions with a status in [open] can be expired.")
        session.update(status="expired", url=None)
        self.tell("checkout.session.expired", session)
        return session

    def open_refund(self, params: dict[str, Any], account: Account) -> dict[str, Any]:
        intent = self.find("payment_intent", params["payment_intent"], account)
        return self.give_back(intent["id"], int(params["amount"]), params.get("metadata", {}))

    # What payers, banks and the practice's people at the dashboard do.

    def pay(self, session_id: str, *, waits: bool = False, **changes: Any) -> dict[str, Any]:
        """Pay at the page: at once, or by a way that a bank has yet to confirm. `changes` spoil the session."""
        session = self._aged(self.by_id[session_id])
        if session["status"] != "open":
            raise Refused(400, "", "This page is not open.")
        session.update(status="complete", url=None, **changes)
        intent = self._add(
            "pi",
            "payment_intent",
            self._owners[session_id],
            amount=session["amount_total"],
            amount_received=0,
            currency=session["currency"],
            metadata=self._intended[session_id],
            latest_charge=None,
            status="processing" if waits else "requires_confirmation",
        )
        session["payment_intent"] = intent["id"]
        if waits:
            self.tell("checkout.session.completed", session)
        else:
            self._receive(session, "checkout.session.completed")
        return session

    def decide(self, session_id: str, *, is_paid: bool) -> None:
        """What the bank says in the end of a payment that had to wait."""
        session = self.by_id[session_id]
        if is_paid:
            self._receive(session, "checkout.session.async_payment_succeeded")
            return
        self.by_id[session["payment_intent"]]["status"] = "requires_payment_method"
        self.tell("checkout.session.async_payment_failed", session)

    def _receive(self, session: dict[str, Any], event: str) -> None:
        intent = self.by_id[session["payment_intent"]]
        account = self._owners[intent["id"]]
        charge = self._add(
            "ch",
            "charge",
            account,
            amount=intent["amount"],
            amount_refunded=0,
            currency=intent["currency"],
            metadata=intent["metadata"],
            payment_intent=intent["id"],
            status="succeeded",
            disputed=False,
        )
        fee = (intent["amount"] * 29 + 500) // 1000 + 30
        charge["balance_transaction"] = self._book("charge", intent["amount"], fee, charge)
        intent.update(status="succeeded", amount_received=intent["amount"], latest_charge=charge["id"])
        session["payment_status"] = "paid"
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)
        self.tell(event, session)

    def _book(self, kind: str, amount: int, fee: int, source: dict[str, Any]) -> str:
        transaction = self._add(
            "txn",
            "balance_transaction",
            self._owners[source["id"]],
            type=kind,
            amount=amount,
            fee=fee,
            net=amount - fee,
            currency=source["currency"],
            source=source["id"],
            exchange_rate=None,
            reporting_category=kind,
        )
        return str(transaction["id"])

    def give_back(
        self, intent_id: str, amount: int, metadata: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """A refund, asked for by the practice's software or by hand at the dashboard."""
        charge = self.by_id[self.by_id[intent_id]["latest_charge"] or ""]
        if charge["disputed"]:
            raise Refused(400, "charge_disputed", "This charge has been charged back.")
        if amount > charge["amount"] - charge["amount_refunded"]:
            raise Refused(400, "charge_already_refunded", "More than is left of this charge.")
        charge["amount_refunded"] += amount
        refund = self._add(
            "re",
            "refund",
            self._owners[intent_id],
            amount=amount,
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=intent_id,
            metadata=metadata or {},
            status=self.refund_status,
            reason=None,
        )
        refund["balance_transaction"] = self._book("refund", -amount, 0, refund)
        self.tell("refund.created", refund)
        self.tell("charge.refunded", charge)
        return refund

    def end_refund(self, id_: str, status: str, reason: str = "") -> None:
        refund = self.by_id[id_]
        refund["status"] = status
        if status in ("failed", "canceled"):
            charge = self.by_id[refund["charge"]]
            charge["amount_refunded"] -= refund["amount"]
            refund["failure_reason"] = reason or None
            self._book("refund_failure", refund["amount"], 0, refund)
            self.tell("refund.failed", refund)
        self.tell("refund.updated", refund)

    def dispute(self, intent_id: str, *, status: str = "needs_response") -> dict[str, Any]:
        """The payer's bank asks for the money back; a status of `warning_…` only asks about it."""
        charge = self.by_id[self.by_id[intent_id]["latest_charge"]]
        dispute = self._add(
            "dp",
            "dispute",
            self._owners[intent_id],
            amount=charge["amount"] - charge["amount_refunded"],
            currency=charge["currency"],
            charge=charge["id"],
            payment_intent=intent_id,
            reason="fraudulent",
            status=status,
            evidence_details={"due_by": self.now() + 9 * DAY, "has_evidence": False, "past_due": False},
            balance_transactions=[],
        )
        self.tell("charge.dispute.created", dispute)
        if not status.startswith("warning_"):
            self.take_disputed(dispute["id"])
        return dispute

    def take_disputed(self, id_: str) -> None:
        dispute = self.by_id[id_]
        self.by_id[dispute["charge"]]["disputed"] = True
        dispute["status"] = "needs_response"
        booked = self._book("adjustment", -dispute["amount"], DISPUTE_FEE, dispute)
        dispute["balance_transactions"].append(dict(self.by_id[booked]))
        self.tell("charge.dispute.funds_withdrawn", dispute)

    def close_dispute(self, id_: str, status: str) -> None:
        dispute = self.by_id[id_]
        dispute["status"] = status
        if status == "won":
            booked = self._book("adjustment", dispute["amount"], 0, dispute)
            dispute["balance_transactions"].append(dict(self.by_id[booked]))
            self.tell("charge.dispute.funds_reinstated", dispute)
        self.tell("charge.dispute.closed", dispute)

    def pay_out(self, account: Account, **changes: Any) -> dict[str, Any]:
        """Everything booked since the last payout goes to the practice's bank."""
        booked = [
            each
            for each in self.all_of("balance_transaction", account)
            if each["id"] not in self._in_payout and each["type"] != "payout"
        ]
        fields = {
            "amount": sum(each["net"] for each in booked),
            "currency": account.currency,
            "arrival_date": self.now() // DAY * DAY,
            "automatic": True,
            "reconciliation_status": "completed",
            "status": "paid",
            **changes,
        }
        payout = self._add("po", "payout", account, **fields)
        own = self._book("payout", -payout["amount"], 0, payout)
        for id_ in [own, *(each["id"] for each in booked)]:
            self._in_payout[id_] = payout["id"]
        self.tell("payout.paid", payout)
        return payout

    def return_payout(self, id_: str) -> None:
        """The bank sends a payout back: the money is the account's again."""
        payout = self.by_id[id_]
        payout["status"] = "failed"
        self._book("payout_failure", payout["amount"], 0, payout)
        self.tell("payout.failed", payout)

    def received(self) -> dict[str, int]:
        """What each reference has brought: paid, less what was given back or lies with a bank."""
        totals: dict[str, int] = defaultdict(int)
        for thing in list(self.by_id.values()):
            if thing["object"] == "charge":
                totals[thing["metadata"].get("reference", "")] += thing["amount"] - thing["amount_refunded"]
            elif thing["object"] == "dispute" and thing["status"] != "won" and thing["balance_transactions"]:
                charge = self.by_id[thing["charge"]]
                totals[charge["metadata"].get("reference", "")] -= thing["amount"]
        return dict(totals)
