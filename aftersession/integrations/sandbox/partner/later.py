# SPDX-License-Identifier: Apache-2.0
"""What happens to money after it was paid: disputes, refunds made here by hand, payouts to the bank."""

import datetime
import secrets

from aftersession.integrations.sandbox.partner.books import Books, Refusal, Row

SCHEMA = """
CREATE TABLE IF NOT EXISTS dispute (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL REFERENCES account,
    payment TEXT NOT NULL REFERENCES payment (id), state TEXT NOT NULL, amount INTEGER NOT NULL,
    currency TEXT NOT NULL, fee INTEGER NOT NULL, reason TEXT NOT NULL, respond_by INTEGER NOT NULL,
    opened_at INTEGER NOT NULL, changed_at INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS payout (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL REFERENCES account,
    amount INTEGER NOT NULL, currency TEXT NOT NULL, paid_on TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS payout_line (
    payout TEXT NOT NULL REFERENCES payout (id), kind TEXT NOT NULL, about TEXT NOT NULL,
    amount INTEGER NOT NULL, fee INTEGER NOT NULL, UNIQUE (kind, about, amount)
);
"""

INSERT_DISPUTE = """
INSERT INTO dispute (id, account, payment, state, amount, currency, fee, reason, respond_by, opened_at,
    changed_at)
VALUES (:id, :account, :payment, 'open', :amount, :currency, :fee, :reason, :respond_by, :now, :now)
"""

# Everything that moved an account's money and has not been paid out yet: gross, and what we keep of it.
NOT_PAID_OUT = """
SELECT * FROM (
    SELECT 'payment' AS kind, id AS about, amount, coalesce(fee, amount * 29 / 1000) AS fee, currency
        FROM payment WHERE account = :account AND state = 'succeeded' AND paid_at < :came_before
    UNION ALL SELECT 'refund', id, -amount, 0, currency FROM refund
        WHERE account = :account AND state = 'done'
    UNION ALL SELECT 'dispute', id, -amount, fee, currency FROM dispute WHERE account = :account
    UNION ALL SELECT 'dispute', id, amount, 0, currency FROM dispute
        WHERE account = :account AND state = 'won'
) AS moved WHERE NOT EXISTS (
    SELECT 1 FROM payout_line AS line
    WHERE line.kind = moved.kind AND line.about = moved.about AND line.amount = moved.amount
)
"""

RESPOND_SECONDS = 7 * 24 * 3600
DISPUTE_FEE = 150_00
FOR_EVER = float(2**62)


class LaterBooks(Books):
    """The books with everything that can follow a payment."""

    def open_tables(self) -> None:
        super().open_tables()
        self._db.executescript(SCHEMA)

    # Refunds made here

    def refund_by_hand(self, payment: Row, amount: int) -> Row:
        """A refund that somebody at the practice made on our own pages: no reference of theirs."""
        asked = {"payment": payment["id"], "amount": amount, "currency": payment["currency"]}
        with self._transaction():
            self.check_refund(payment["account"], asked)
            refund_id = "re_" + secrets.token_urlsafe(18).replace("-", "x")
            values = {"id": refund_id, "reference": refund_id, "idempotency_key": refund_id}
            more = {"account": payment["account"], "fingerprint": "", "done_after": None}
            self.insert_refund(asked | values | more)
            return self.refund_of_reference(refund_id)

    def refunds_of(self, account: str, payment_id: str) -> list[Row]:
        return self._all(
            "SELECT * FROM refund WHERE account = ? AND payment = ? ORDER BY number", (account, payment_id)
        )

    # Disputes

    def open_dispute(self, payment: Row, amount: int, *, fee: int, reason: str) -> Row:
        """The payer's bank asks for its money back."""
        if payment["state"] != "succeeded":
            raise Refusal(422, "invalid", "Only a paid payment can be disputed.")
        now = int(self.clock())
        values = {
            "id": "dp_" + secrets.token_urlsafe(18).replace("-", "x"),
            "account": payment["account"],
            "payment": payment["id"],
            "amount": amount,
            "currency": payment["currency"],
            "fee": fee,
            "reason": reason,
            "respond_by": now + RESPOND_SECONDS,
            "now": now,
        }
        with self._transaction():
            self._run(INSERT_DISPUTE, values)
            return self.dispute(values["id"])

    def dispute(self, dispute_id: str) -> Row:
        found = self._find("SELECT * FROM dispute WHERE id = ?", dispute_id)
        if found is None:
            raise Refusal(404, "not_found", "There is no such dispute.")
        return found

    def close_dispute(self, dispute_id: str, state: str) -> bool:
        """The bank has decided, or for the payee on appeal after all; False when it had before."""
        with self._transaction():
            return (
                self._run(
                    "UPDATE dispute SET state = ?, changed_at = ? WHERE id = ?"
                    " AND (state = 'open' OR state = 'lost' AND ? = 'won')",
                    (state, int(self.clock()), dispute_id, state),
                )
                == 1
            )

    def disputes_of(self, account: str, *, payment_id: str, since: int) -> list[Row]:
        return self._all(
            "SELECT * FROM dispute WHERE account = ? AND ? IN (payment, '') AND changed_at >= ?"
            " ORDER BY number",
            (account, payment_id, since),
        )

    # Payouts

    def pay_out(self, account: str, *, on: datetime.date | None = None, came_before: float = FOR_EVER) -> Row:
        """Send everything that is not paid out yet to the practice's bank, today unless another day is told."""
        day = on or datetime.datetime.fromtimestamp(self.clock(), datetime.UTC).date()
        asked = {"account": account, "came_before": came_before}
        with self._transaction():
            due = [dict(row) for row in self._db.execute(NOT_PAID_OUT, asked).fetchall()]
            if not due:
                raise Refusal(422, "nothing_due", "There is nothing to pay out.")
            values = (
                "po_" + secrets.token_urlsafe(18).replace("-", "x"),
                account,
                sum(line["amount"] - line["fee"] for line in due),
                due[0]["currency"],
                day.isoformat(),
            )
            self._run(
                "INSERT INTO payout (id, account, amount, currency, paid_on) VALUES (?, ?, ?, ?, ?)", values
            )
            for line in due:
                self._run(
                    "INSERT INTO payout_line VALUES (?, ?, ?, ?, ?)",
                    (values[0], line["kind"], line["about"], line["amount"], line["fee"]),
                )
            return self._shown_payout(self._all("SELECT * FROM payout WHERE id = ?", (values[0],))[0])

    def payouts_since(self, account: str, since: str) -> list[Row]:
        rows = self._all(
            "SELECT * FROM payout WHERE account = ? AND paid_on >= ? ORDER BY number", (account, since)
        )
        return [self._shown_payout(row) for row in rows]

    def _shown_payout(self, payout: Row) -> Row:
        lines = self._all(
            "SELECT kind, about, amount, fee FROM payout_line WHERE payout = ? ORDER BY rowid",
            (payout["id"],),
        )
        public = ("id", "account", "amount", "currency", "paid_on")
        return {name: payout[name] for name in public} | {"mode": "test", "lines": lines}
