# SPDX-License-Identifier: Apache-2.0
"""Where payers pay: what each card number does, and the news that follows every change."""

import json
import secrets
import time
from dataclasses import dataclass

from aftersession.integrations.sandbox.partner.books import Refusal, Row, fee_of
from aftersession.integrations.sandbox.partner.later import DISPUTE_FEE, LaterBooks
from aftersession.integrations.sandbox.partner.mischief import Mischief

STILL_OPEN = ("created",)
REFUND_SECONDS = 5
UNPAID = ("created", "pending", "failed", "abandoned", "expired")


@dataclass(frozen=True)
class Card:
    number: str
    does: str
    state: str
    succeeds_after: float | None = None


CARDS = (
    Card("4242 4242 4242 4242", "Succeeds at once", "succeeded"),
    Card("4000 0000 0000 0002", "Is declined", "failed"),
    Card("4000 0000 0000 0077", "Stays pending, succeeds after 5 seconds", "pending", 5),
    Card("4000 0000 0000 3220", "Stays pending", "pending"),
)


class UnknownCard(Exception):
    """Not one of the numbers that do something here."""


class Till:
    """Moves payments and queues the notice of each move, with the mischief that is switched on."""

    def __init__(self, books: LaterBooks, mischief: Mischief) -> None:
        self.books, self.mischief = books, mischief

    def open(self, account: str, idempotency_key: str, asked: Row) -> Row:
        payment, is_new = self.books.open_payment(account, idempotency_key, asked)
        return self._told(payment["id"], is_new)

    def pay(self, payment_id: str, card_number: str) -> Row:
        """Try a card. A payment that is no longer open stays as it is."""
        digits = "".join(card_number.split())
        card = next((card for card in CARDS if card.number.replace(" ", "") == digits), None)
        if card is None:
            raise UnknownCard
        if card.state == "succeeded":
            return self._succeed(payment_id, source=STILL_OPEN)
        later = None if card.succeeds_after is None else time.time() + card.succeeds_after
        has_moved = self.books.move(payment_id, card.state, source=STILL_OPEN, succeeds_after=later)
        return self._told(payment_id, has_moved)

    def abandon(self, payment_id: str) -> Row:
        return self._close(payment_id, "abandoned")

    def expire(self, payment_id: str) -> Row:
        return self._close(payment_id, "expired")

    def settle(self, payment_id: str, state: str) -> Row:
        """Decide a payment from outside, even after its page is closed: money can come late."""
        if state == "succeeded":
            return self._succeed(payment_id, source=UNPAID)
        if state != "failed":
            raise Refusal(422, "invalid", "A payment can be settled as succeeded or failed.")
        has_moved = self.books.move(payment_id, "failed", source=("created", "pending"))
        return self._told(payment_id, has_moved)

    def settle_ripe(self) -> None:
        for payment in self.books.ripe_payments():
            self._succeed(payment["id"], source=("pending",))

    def give_back(self, account: str, idempotency_key: str, asked: Row) -> Row:
        """Open a refund, which is done some seconds later unless the mischief says otherwise."""
        fate = self.mischief.refund
        done_after = None if fate else time.time() + REFUND_SECONDS
        refund, is_new = self.books.open_refund(account, idempotency_key, asked, done_after=done_after)
        if is_new:
            self._tell_refund(refund)
            if fate in ("done", "failed"):
                return self.decide_refund(refund["reference"], fate)
        return refund

    def decide_refund(self, reference: str, state: str) -> Row:
        """Let a refund be done or fail, also one that was called done."""
        sources = {"done": ("pending",), "failed": ("pending", "done")}
        if state not in sources:
            raise Refusal(422, "invalid", "A refund can be done or failed.")
        refund = self.books.refund_of_reference(reference)
        problem = "account_closed" if state == "failed" else ""
        has_moved = self.books.move_refund(refund["id"], state, source=sources[state], problem=problem)
        refund = self.books.refund_of_reference(reference)
        if has_moved:
            self._tell_refund(refund)
        return refund

    def finish_ripe_refunds(self) -> None:
        for refund in self.books.ripe_refunds():
            self.decide_refund(refund["reference"], "done")

    def refund_by_hand(self, reference: str, amount: int) -> Row:
        """A refund that the practice made on our pages, done at once."""
        payment = self.books.payment_of_reference(reference)
        refund = self.books.refund_by_hand(payment, amount or payment["amount"])
        return self.decide_refund(refund["reference"], "done")

    def dispute(
        self, reference: str, amount: int, *, fee: int = DISPUTE_FEE, reason: str = "fraudulent"
    ) -> Row:
        """The payer's bank takes a payment back, all or a part."""
        payment = self.books.payment_of_reference(reference)
        dispute = self.books.open_dispute(payment, amount or payment["amount"], fee=fee, reason=reason)
        self._tell_dispute(dispute)
        return dispute

    def decide_dispute(self, dispute_id: str, state: str) -> Row:
        if state not in ("won", "lost"):
            raise Refusal(422, "invalid", "A dispute can be won or lost.")
        if self.books.close_dispute(dispute_id, state):
            self._tell_dispute(self.books.dispute(dispute_id))
        return self.books.dispute(dispute_id)

    def _succeed(self, payment_id: str, *, source: tuple[str, ...]) -> Row:
        payment, faults = self.books.payment(payment_id), self.mischief
        amount = payment["amount"] if faults.paid_amount is None else faults.paid_amount
        return self._told(
            payment_id,
            self.books.move(
                payment_id,
                "succeeded",
                source=source,
                amount=amount,
                currency=faults.paid_currency,
                fee=None if faults.late_fee else fee_of(amount),
            ),
        )

    def _close(self, payment_id: str, state: str) -> Row:
        self.books.payment(payment_id)
        return self._told(payment_id, self.books.move(payment_id, state, source=STILL_OPEN))

    def _told(self, payment_id: str, has_moved: bool) -> Row:
        payment = self.books.payment(payment_id)
        if has_moved:
            # Apart from the move: a partner killed in between never tells, as real ones do.
            self._tell(payment)
        return payment

    def _tell(self, payment: Row) -> None:
        self._queue(f"payment.{payment['state']}", payment["id"], payment)

    def _tell_refund(self, refund: Row) -> None:
        self._queue(f"refund.{refund['state']}", refund["payment"], refund)

    def _tell_dispute(self, dispute: Row) -> None:
        reference = self.books.payment(dispute["payment"])["reference"]
        self._queue(f"dispute.{dispute['state']}", dispute["payment"], dispute | {"reference": reference})

    def _queue(self, event_type: str, payment_id: str, about: Row) -> None:
        faults = self.mischief
        if faults.drop:
            return
        body = json.dumps(
            {
                "id": "evt_" + secrets.token_hex(12),
                "type": event_type,
                "created": int(self.books.clock()),
                "account": about["account"],
                "mode": "test",
                "payment": payment_id,
                "reference": None if about["reference"] == about["id"] else about["reference"],
                "amount": about["amount"],
                "currency": about["currency"],
            }
        )
        due_at = None if faults.hold else time.time() + faults.delay
        for _ in range(faults.copies):
            self.books.queue_notice(payment_id, body, due_at=due_at, forged=faults.forge)
