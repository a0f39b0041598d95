# SPDX-License-Identifier: Apache-2.0
"""Partners whose notices are delivered in every order: what happens at each, and what its own books say."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from typing import Any

import httpx

from aftersession.integrations.paystack.tests.stand_in.partner import PaystackStandIn
from aftersession.integrations.stripe.tests.stand_in.server import StripeStandIn
from aftersession.lib import clock
from aftersession.payments.models import PaymentAttempt
from aftersession.payments.provider import ConnectionSettings, Mode
from tests.fixtures.sandbox import SandboxControl
from tests.stand_in import Notice

GIVEN_BACK, DISPUTE_FEE = 200_00, 15_00


class Partner(ABC):
    """One account at one partner. Its payments are paid, given back in part, disputed and decided."""

    kind: str
    settings: ConnectionSettings

    @abstractmethod
    def live_through(self, attempt: PaymentAttempt) -> list[Notice]:
        """Everything that can happen to a payment happens. The five notices of it, in their order."""

    @abstractmethod
    def forged(self, notice: Notice, dice: random.Random) -> Notice:
        """A notice as somebody without the secret would send it."""

    @abstractmethod
    def holds(self, attempt: PaymentAttempt) -> int:
        """What is left of a payment, by the partner's own books (minor units)."""


class AtStripe(Partner):
    kind = "stripe"

    def __init__(self) -> None:
        self.stand_in = StripeStandIn()
        self.stand_in.clock = lambda: clock.now().timestamp()
        self._account = self.stand_in.books.open_account()
        self.settings = ConnectionSettings(
            base_url=self.stand_in.url,
            account=self._account.id,
            mode=Mode.TEST,
            api_key=self._account.key,
            webhook_secrets=(self._account.secret,),
        )

    def live_through(self, attempt: PaymentAttempt) -> list[Notice]:
        books, wanted = self.stand_in.books, list[Notice]()
        intent = books.pay(attempt.external_id)["payment_intent"]
        wanted.append(self.stand_in.outbox[-1])
        books.give_back(intent, GIVEN_BACK)
        wanted.append(self.stand_in.outbox[-1])
        dispute = books.dispute(intent)
        wanted.append(self.stand_in.outbox[-2])
        books.close_dispute(dispute["id"], "lost")
        wanted.append(self.stand_in.outbox[-1])
        books.pay_out(self._account)
        return [*wanted, self.stand_in.outbox[-1]]

    def forged(self, notice: Notice, dice: random.Random) -> Notice:
        return self.stand_in.forged(notice, dice)

    def holds(self, attempt: PaymentAttempt) -> int:
        return self.stand_in.books.received()[attempt.reference]


class AtPaystack(Partner):
    kind = "paystack"

    def __init__(self) -> None:
        self.stand_in = PaystackStandIn()
        self.stand_in.clock = lambda: clock.now().timestamp()
        self._merchant = self.stand_in.open_account()
        self.settings = ConnectionSettings(
            base_url=self.stand_in.url,
            account="practice",
            mode=Mode.TEST,
            api_key=self._merchant.key,
            webhook_secrets=(self._merchant.key,),
        )

    def live_through(self, attempt: PaymentAttempt) -> list[Notice]:
        partner, merchant = self.stand_in, self._merchant
        partner.outbox.clear()
        paid = partner.move(merchant, attempt.reference, "success")
        refund = partner.refund_at_dashboard(merchant, attempt.reference, GIVEN_BACK)
        partner.move_refund(merchant, refund["id"], "processed")
        dispute = partner.dispute(merchant, attempt.reference, refund_amount=paid["amount"] - GIVEN_BACK)
        partner.resolve(merchant, dispute, "merchant-accepted")
        return list(partner.outbox)

    def forged(self, notice: Notice, dice: random.Random) -> Notice:
        return self.stand_in.forged(notice, dice)

    def holds(self, attempt: PaymentAttempt) -> int:
        paid = self._merchant.transactions[attempt.reference]
        refunds = [each for each in self._merchant.refunds if each["transaction"] == paid["id"]]
        back = sum(each["amount"] for each in refunds if each["status"] == "processed")
        disputed = [each for each in self._merchant.disputes if each["transaction"]["id"] == paid["id"]]
        lost = sum(each["refund_amount"] for each in disputed if each["resolution"] == "merchant-accepted")
        return int(paid["amount"] - back - lost)


class AtSandbox(Partner):
    kind = "sandbox"

    def __init__(self, control: SandboxControl) -> None:
        self._control = control
        self.settings = control.connect()
        control.misbehave(hold=True)

    def live_through(self, attempt: PaymentAttempt) -> list[Notice]:
        self._control.pay(attempt.checkout_url)
        self._control.refund_by_hand(attempt.reference, GIVEN_BACK)
        dispute = self._control.dispute(attempt.reference, 500_00, fee=DISPUTE_FEE)
        self._control.decide_dispute(dispute, "won")
        # The refund's names no reference of ours.
        mine = f'"payment": "{attempt.external_id}"'.encode()
        told = [Notice(body, headers) for body, headers in self._control.notices("") if mine in body]
        assert len(told) == 5
        return told

    def forged(self, notice: Notice, dice: random.Random) -> Notice:
        spot = dice.randrange(len(notice.body))
        changed = bytes([*notice.body[:spot], notice.body[spot] ^ 1, *notice.body[spot + 1 :]])
        (name, signed), *_ = notice.headers.items()
        return dice.choice(
            [
                Notice(changed, notice.headers, is_forged=True),
                Notice(notice.body, {}, is_forged=True),
                Notice(notice.body, {name: signed[:-4] + "0000"}, is_forged=True),
                Notice(notice.body, {name: signed.replace("t=", "t=9")}, is_forged=True),
            ]
        )

    def holds(self, attempt: PaymentAttempt) -> int:
        paid = self._ask(f"/v1/payments/{attempt.reference}")
        refunds = self._ask("/v1/refunds", payment=paid["id"])["refunds"]
        disputes = self._ask("/v1/disputes", payment=paid["id"], since="0")["disputes"]
        back = sum(each["amount"] for each in refunds if each["state"] == "done")
        return int(paid["amount"] - back - sum(each["amount"] for each in disputes if each["state"] != "won"))

    def _ask(self, path: str, **query: str) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.settings.api_key}"}
        answer = httpx.get(self.settings.base_url + path, params=query, headers=headers, trust_env=False)
        told: dict[str, Any] = answer.raise_for_status().json()
        return told
