# SPDX-License-Identifier: Apache-2.0
"""The partner's own books, in its own SQLite file: accounts, payments and what to tell of them."""

import hashlib
import json
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KEY_SHAPE = re.compile(r"sk_test_([a-z0-9-]{1,32})_[A-Za-z0-9]{8,64}")
CHECKOUT_LIFETIME = 24 * 3600
PAGE_SIZE = 50

SCHEMA = """
CREATE TABLE IF NOT EXISTS account (
    name TEXT PRIMARY KEY, secret_key TEXT NOT NULL UNIQUE, webhook_secret TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS payment (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL REFERENCES account,
    reference TEXT NOT NULL, idempotency_key TEXT NOT NULL, fingerprint TEXT NOT NULL,
    state TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL, fee INTEGER,
    description TEXT NOT NULL, return_url TEXT NOT NULL, webhook_url TEXT NOT NULL,
    created_at INTEGER NOT NULL, expires_at INTEGER NOT NULL, changed_at INTEGER NOT NULL,
    paid_at INTEGER, succeeds_after REAL,
    UNIQUE (account, reference), UNIQUE (account, idempotency_key)
);
CREATE TABLE IF NOT EXISTS refund (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL REFERENCES account,
    payment TEXT NOT NULL REFERENCES payment (id), reference TEXT NOT NULL, idempotency_key TEXT NOT NULL,
    fingerprint TEXT NOT NULL, state TEXT NOT NULL, amount INTEGER NOT NULL, currency TEXT NOT NULL,
    problem TEXT, done_after REAL, UNIQUE (account, reference), UNIQUE (account, idempotency_key)
);
CREATE TABLE IF NOT EXISTS notice (
    number INTEGER PRIMARY KEY, payment TEXT NOT NULL REFERENCES payment (id),
    body TEXT NOT NULL, due_at REAL, forged INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0, last_answer TEXT NOT NULL DEFAULT '', done_at REAL
);
CREATE INDEX IF NOT EXISTS notice_due ON notice (due_at) WHERE done_at IS NULL;
"""

INSERT_PAYMENT = """
INSERT INTO payment (id, account, idempotency_key, fingerprint, state, amount, currency, reference,
    description, return_url, webhook_url, created_at, expires_at, changed_at)
VALUES (:id, :account, :idempotency_key, :fingerprint, 'created', :amount, :currency, :reference,
    :description, :return_url, :webhook_url, :now, :expires_at, :now)
"""

REMEMBER_PAYMENT = """
INSERT INTO payment (id, account, idempotency_key, fingerprint, state, amount, currency, reference,
    description, return_url, webhook_url, created_at, expires_at, changed_at, paid_at, fee)
VALUES (:id, :account, :id, '', 'succeeded', :amount, :currency, :reference,
    '', '', :webhook_url, :paid_at, :paid_at, :paid_at, :paid_at, :fee) ON CONFLICT DO NOTHING
"""

MOVE_PAYMENT = """
UPDATE payment SET state = :state, changed_at = :now, succeeds_after = :succeeds_after,
    amount = coalesce(:amount, amount), currency = coalesce(:currency, currency),
    fee = coalesce(:fee, fee), paid_at = CASE WHEN :state = 'succeeded' THEN :now END
WHERE id = :id AND state IN (SELECT value FROM json_each(:source))
"""

BY_ID = "SELECT * FROM payment WHERE id = ? AND ? IN (account, '')"
BY_REFERENCE = "SELECT * FROM payment WHERE reference = ? AND ? IN (account, '')"
BY_KEY = "SELECT * FROM payment WHERE idempotency_key = ? AND account = ?"

REFUND_BY_REFERENCE = "SELECT * FROM refund WHERE reference = ? AND ? IN (account, '')"
REFUND_BY_KEY = "SELECT * FROM refund WHERE idempotency_key = ? AND account = ?"
GIVEN_BACK = "SELECT coalesce(sum(amount), 0) AS amount FROM refund WHERE payment = ? AND state <> 'failed'"
INSERT_REFUND = """
INSERT INTO refund (id, account, payment, reference, idempotency_key, fingerprint, state, amount, currency,
    done_after)
VALUES (:id, :account, :payment, :reference, :idempotency_key, :fingerprint, 'pending', :amount, :currency,
    :done_after)
"""

Row = dict[str, Any]


class Refusal(Exception):
    """What the caller asked is not possible; becomes an error answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code


class Books:
    """Every read and write of the partner. Safe to use from several threads.

    `clock` gives the seconds written into payments and signatures. Waiting times always run on
    the machine's clock, so a stopped clock stops no delivery.
    """

    def __init__(self, path: Path | str, *, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._db.row_factory = sqlite3.Row
        self.open_tables()

    def open_tables(self) -> None:
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    # Accounts

    def register(self, secret_key: str, webhook_secret: str) -> None:
        """Make an account with secrets known beforehand, or give a known one these secrets."""
        with self._transaction():
            self._run(
                "INSERT INTO account VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                " secret_key = excluded.secret_key, webhook_secret = excluded.webhook_secret",
                (_account_name(secret_key), secret_key, webhook_secret),
            )

    def account_of_key(self, secret_key: str) -> Row:
        """The account of a key; a well-formed key nobody has used yet opens a new account."""
        name = _account_name(secret_key)
        with self._transaction():
            self._run(
                "INSERT INTO account VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (name, secret_key, _new_webhook_secret()),
            )
            account = self._account(name)
        if not secrets.compare_digest(str(account["secret_key"]), secret_key):
            raise Refusal(401, "wrong_key", "This key does not belong to the account it names.")
        return account

    def rotate_webhook_secret(self, name: str) -> Row:
        """Sign with a new secret from now on."""
        fresh = _new_webhook_secret()
        with self._transaction():
            self._run("UPDATE account SET webhook_secret = ? WHERE name = ?", (fresh, name))
            return self._account(name)

    def _account(self, name: str) -> Row:
        return self._all("SELECT * FROM account WHERE name = ?", (name,))[0]

    # Payments

    def open_payment(self, account: str, idempotency_key: str, asked: Row) -> tuple[Row, bool]:
        """The payment this key asks for, and whether it was made only now."""
        fingerprint = _fingerprint(asked)
        now = int(self.clock())
        with self._transaction():
            before = self._find(BY_KEY, idempotency_key, account)
            if before is not None:
                if before["fingerprint"] != fingerprint:
                    raise Refusal(422, "key_reused", "This key was used with another request.")
                return before, False
            if self._find(BY_REFERENCE, asked["reference"], account):
                raise Refusal(409, "reference_taken", "This reference has a payment already.")
            values: Row = {
                "id": "co_" + secrets.token_urlsafe(18).replace("-", "x"),
                "account": account,
                "idempotency_key": idempotency_key,
                "fingerprint": fingerprint,
                "now": now,
                "expires_at": now + CHECKOUT_LIFETIME,
            }
            self._run(INSERT_PAYMENT, asked | values)
            return self.payment(values["id"]), True

    def payment(self, payment_id: str, *, account: str = "") -> Row:
        """One payment by its id, expired by now if its time is over."""
        self._expire_if_late(payment_id)
        found = self._find(BY_ID, payment_id, account)
        if found is None:
            raise Refusal(404, "not_found", "There is no such payment.")
        return found

    def payment_of_reference(self, reference: str, *, account: str = "") -> Row:
        found = self._find(BY_REFERENCE, reference, account)
        if found is None:
            raise Refusal(404, "not_found", "There is no such payment.")
        return self.payment(found["id"])

    def remember_payment(self, told: Row) -> bool:
        """Keep a payment that was paid before these books began; False where it is known."""
        with self._transaction():
            return self._run(REMEMBER_PAYMENT, told | {"fee": fee_of(told["amount"])}) == 1

    def payments_since(self, account: str, since: int, after: int) -> list[Row]:
        """A page of payments changed at or after a time, in the order they were made."""
        return self._all(
            "SELECT * FROM payment WHERE account = ? AND changed_at >= ? AND number > ?"
            " ORDER BY number LIMIT ?",
            (account, since, after, PAGE_SIZE),
        )

    def move(
        self,
        payment_id: str,
        state: str,
        *,
        source: tuple[str, ...],
        amount: int | None = None,
        currency: str | None = None,
        fee: int | None = None,
        succeeds_after: float | None = None,
    ) -> bool:
        """Change the state if it is one of the source states; False when another was faster."""
        values = {
            "id": payment_id,
            "state": state,
            "source": json.dumps(source),
            "now": int(self.clock()),
            "amount": amount,
            "currency": currency,
            "fee": fee,
            "succeeds_after": succeeds_after,
        }
        with self._transaction():
            return self._run(MOVE_PAYMENT, values) == 1

    def ripe_payments(self) -> list[Row]:
        """Pending payments whose money has come in the meantime."""
        return self._all(
            "SELECT * FROM payment WHERE state = 'pending' AND succeeds_after <= ?", (time.time(),)
        )

    # Refunds

    def open_refund(
        self, account: str, idempotency_key: str, asked: Row, *, done_after: float | None
    ) -> tuple[Row, bool]:
        """The refund this key asks for, and whether it was made only now."""
        fingerprint = _fingerprint(asked)
        with self._transaction():
            before = self._find(REFUND_BY_KEY, idempotency_key, account)
            if before is not None:
                if before["fingerprint"] != fingerprint:
                    raise Refusal(422, "key_reused", "This key was used with another request.")
                return before, False
            if self._find(REFUND_BY_REFERENCE, asked["reference"], account):
                raise Refusal(409, "reference_taken", "This reference has a refund already.")
            self.check_refund(account, asked)
            values = {
                "id": "re_" + secrets.token_urlsafe(18).replace("-", "x"),
                "account": account,
                "idempotency_key": idempotency_key,
                "fingerprint": fingerprint,
                "done_after": done_after,
            }
            self.insert_refund(asked | values)
            return self.refund_of_reference(asked["reference"], account=account), True

    def insert_refund(self, values: Row) -> None:
        """Write a refund, and that its payment changed."""
        self._run(INSERT_REFUND, values)
        self._run("UPDATE payment SET changed_at = ? WHERE id = ?", (int(self.clock()), values["payment"]))

    def refund_of_reference(self, reference: str, *, account: str = "") -> Row:
        found = self._find(REFUND_BY_REFERENCE, reference, account)
        if found is None:
            raise Refusal(404, "not_found", "There is no such refund.")
        return found

    def move_refund(self, refund_id: str, state: str, *, source: tuple[str, ...], problem: str = "") -> bool:
        """Change the state if it is one of the source states; False when another was faster."""
        with self._transaction():
            return (
                self._run(
                    "UPDATE refund SET state = ?, problem = ?, done_after = NULL"
                    " WHERE id = ? AND state IN (SELECT value FROM json_each(?))",
                    (state, problem or None, refund_id, json.dumps(source)),
                )
                == 1
            )

    def ripe_refunds(self) -> list[Row]:
        """Pending refunds whose money has arrived in the meantime."""
        return self._all("SELECT * FROM refund WHERE state = 'pending' AND done_after <= ?", (time.time(),))

    def check_refund(self, account: str, asked: Row) -> None:
        payment = self.payment(asked["payment"], account=account)
        if payment["state"] != "succeeded" or payment["currency"] != asked["currency"]:
            raise Refusal(422, "not_refundable", "This payment holds no such money.")
        if self._all(GIVEN_BACK, (payment["id"],))[0]["amount"] + asked["amount"] > payment["amount"]:
            raise Refusal(422, "too_much", "This is more than is left of the payment.")

    # Notices

    def queue_notice(self, payment: str, body: str, *, due_at: float | None, forged: bool) -> None:
        """Put a notice in the queue. Without a due time it is held until released."""
        with self._transaction():
            self._run(
                "INSERT INTO notice (payment, body, due_at, forged) VALUES (?, ?, ?, ?)",
                (payment, body, due_at, forged),
            )

    def claim_notices(self, *, lease_seconds: float) -> list[Row]:
        """Take the notices that are due. One not reported back comes again after the lease."""
        now = time.time()
        with self._transaction():
            due = self._all(
                "SELECT notice.*, webhook_url, webhook_secret FROM notice"
                " JOIN payment ON payment.id = notice.payment"
                " JOIN account ON account.name = payment.account"
                " WHERE done_at IS NULL AND due_at <= ? ORDER BY due_at, notice.number LIMIT 20",
                (now,),
            )
            for notice in due:
                self._run(
                    "UPDATE notice SET due_at = ?, tries = tries + 1 WHERE number = ?",
                    (now + lease_seconds, notice["number"]),
                )
        return due

    def report_notice(self, number: int, answer: str, *, again_at: float | None) -> None:
        """Note what came of a delivery: done, or again at a time."""
        done_at = time.time() if again_at is None else None
        with self._transaction():
            self._run(
                "UPDATE notice SET last_answer = ?, done_at = ?, due_at = ? WHERE number = ?",
                (answer, done_at, again_at, number),
            )

    def reschedule(self, numbers: list[int], times: list[float]) -> None:
        with self._transaction():
            for number, due_at in zip(numbers, times, strict=True):
                self._run(
                    "UPDATE notice SET due_at = ?, done_at = NULL WHERE number = ?",
                    (due_at, number),
                )

    def forget_notices(self) -> None:
        """Take what is held or still to be sent from the queue: it never comes."""
        with self._transaction():
            self._run(
                "UPDATE notice SET last_answer = 'forgotten', done_at = ?, due_at = NULL WHERE done_at IS NULL",
                (time.time(),),
            )

    def notices(self, *, reference: str = "", held: bool = False) -> list[Row]:
        """Notices in the order they were made: of one reference, or only those held back."""
        return self._all(
            "SELECT notice.*, reference, webhook_secret FROM notice"
            " JOIN payment ON payment.id = notice.payment"
            " JOIN account ON account.name = payment.account"
            " WHERE (? = '' OR reference = ?)"
            " AND (NOT ? OR (due_at IS NULL AND done_at IS NULL)) ORDER BY notice.number",
            (reference, reference, held),
        )

    # SQLite

    def _expire_if_late(self, payment_id: str) -> None:
        with self._transaction():
            self._run(
                "UPDATE payment SET state = 'expired', changed_at = expires_at"
                " WHERE id = ? AND state = 'created' AND expires_at <= ?",
                (payment_id, int(self.clock())),
            )

    def _find(self, sql: str, *values: object) -> Row | None:
        found = self._all(sql, values)
        return found[0] if found else None

    def _all(self, sql: str, values: tuple[object, ...]) -> list[Row]:
        with self._lock:
            return [dict(row) for row in self._db.execute(sql, values).fetchall()]

    def _run(self, sql: str, values: tuple[object, ...] | Row) -> int:
        return self._db.execute(sql, values).rowcount

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            if self._db.in_transaction:
                yield
                return
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")


def fee_of(amount: int) -> int:
    """What the partner keeps of a payment: 2.9 percent."""
    return (amount * 29 + 500) // 1000


def _fingerprint(asked: Row) -> str:
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def _account_name(secret_key: str) -> str:
    shape = KEY_SHAPE.fullmatch(secret_key)
    if shape is None:
        raise Refusal(401, "wrong_key", "A key looks like sk_test_<account>_<8 to 64 letters>.")
    return shape[1]


def _new_webhook_secret() -> str:
    return "whsec_" + secrets.token_hex(24)
