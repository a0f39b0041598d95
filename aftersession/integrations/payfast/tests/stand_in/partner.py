# SPDX-License-Identifier: Apache-2.0
"""A made-up PayFast: takes the form, tells of what became of it, and knows its own notices again."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field, replace
from urllib.parse import quote_plus

from tests.stand_in import Call, Notice, Reply, StandIn

FORM = (
    "merchant_id",
    "merchant_key",
    "return_url",
    "cancel_url",
    "notify_url",
    "name_first",
    "name_last",
    "email_address",
    "m_payment_id",
    "amount",
    "item_name",
    "item_description",
)
ITN = (
    "m_payment_id",
    "pf_payment_id",
    "payment_status",
    "item_name",
    "item_description",
    "amount_gross",
    "amount_fee",
    "amount_net",
    "custom_str1",
    "custom_int1",
    "name_first",
    "name_last",
    "email_address",
    "merchant_id",
)


@dataclass
class Shop:
    """One merchant and the forms it sent."""

    merchant_id: str
    merchant_key: str
    passphrase: str
    forms: dict[str, dict[str, str]] = field(default_factory=dict)


class PayFastStandIn(StandIn):
    routes = (
        ("POST", "/eng/process", "process"),
        ("POST", "/eng/query/validate", "validate"),
        ("GET", "/ping", "ping"),
    )

    def __init__(self) -> None:
        super().__init__()
        self.shops: dict[str, Shop] = {}
        self.sent: set[str] = set()
        self._last_id = 1_089_250

    def open_shop(self) -> Shop:
        number = 10_000_100 + len(self.shops)
        shop = Shop(str(number), f"{number:013x}", f"a passphrase/of ~{number}")
        self.shops[shop.merchant_id] = shop
        return shop

    def forget(self) -> None:
        super().forget()
        self.shops.clear()
        self.sent.clear()

    def process(self, call: Call) -> Reply:
        """The payer's browser brings the form."""
        sent = dict(call.form)
        shop = self.shops.get(sent.get("merchant_id", ""))
        if shop is None or sent.get("merchant_key") != shop.merchant_key:
            return page(400, "merchant_id or merchant_key: unknown")
        known = [(name, sent[name]) for name in FORM if sent.get(name)]
        if sent.get("signature") != md5(known, shop.passphrase):
            return page(400, "signature: Generated signature does not match submitted signature")
        shop.forms[sent["m_payment_id"]] = sent
        return page(200, "How would you like to pay?")

    def validate(self, call: Call) -> Reply:
        return page(200, "VALID" if call.body.decode() in self.sent else "INVALID")

    def ping(self, call: Call) -> Reply:
        shop = self.shops.get(call.header("merchant-id"))
        if shop is None:
            return page(
                401, '{"code":401,"status":"failed","data":{"response":"Merchant authorization failed."}}'
            )
        headers = {name: call.header(name) for name in ("merchant-id", "timestamp", "version")}
        pairs = sorted({**headers, "passphrase": shop.passphrase}.items())
        if hashlib.md5(written(pairs).encode(), usedforsecurity=False).hexdigest() != call.header(
            "signature"
        ):
            return page(
                401, '{"code":401,"status":"failed","data":{"response":"Merchant authorization failed."}}'
            )
        return page(200, '"API V1"')

    def tell(self, shop: Shop, reference: str, status: str = "COMPLETE", **changed: str) -> Notice:
        """Tell of a payment; the notice is in the outbox as well."""
        self._last_id += 1
        form = shop.forms[reference]
        gross = form["amount"]
        fields = dict.fromkeys(ITN, "") | {
            "m_payment_id": reference,
            "pf_payment_id": str(self._last_id),
            "payment_status": status,
            "item_name": form["item_name"],
            "amount_gross": gross,
            "amount_fee": "-4.60",
            "amount_net": f"{float(gross) - 4.6:.2f}",
            "name_first": "Test",
            "name_last": "User 01 & söns",
            "email_address": "payer@example.org",
            "merchant_id": shop.merchant_id,
        }
        notice = self.signed(shop, list((fields | changed).items()))
        self.outbox.append(notice)
        return notice

    def signed(self, shop: Shop, pairs: list[tuple[str, str]]) -> Notice:
        self.sent.add(written(pairs))
        body = f"{written(pairs)}&signature={md5(pairs, shop.passphrase)}"
        return Notice(body.encode(), content_type="application/x-www-form-urlencoded")

    def forged(self, notice: Notice, dice: random.Random) -> Notice:
        """Another amount under the old signature, or all signed anew without the passphrase."""
        text = notice.body.decode().rpartition("&signature=")
        if dice.random() < 0.5:
            spot = text[0].replace("amount_gross=", "amount_gross=1")
            return replace(notice, body=f"{spot}&signature={text[2]}".encode(), is_forged=True)
        bare = hashlib.md5(text[0].encode(), usedforsecurity=False).hexdigest()
        return replace(notice, body=f"{text[0]}&signature={bare}".encode(), is_forged=True)


def written(pairs: list[tuple[str, str]]) -> str:
    """As PHP's `urlencode` writes."""
    return "&".join(f"{name}={quote_plus(value, safe='').replace('~', '%7E')}" for name, value in pairs)


def md5(pairs: list[tuple[str, str]], passphrase: str) -> str:
    text = written([*pairs, ("passphrase", passphrase)])
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def page(status: int, text: str) -> Reply:
    return Reply(status, text.encode(), "text/html")
