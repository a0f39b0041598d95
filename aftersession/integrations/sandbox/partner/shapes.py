# SPDX-License-Identifier: Apache-2.0
"""What the API takes and shows: each field of the right shape, and nothing that is not public."""

import re
from urllib.parse import urlsplit

from aftersession.integrations.sandbox.partner.books import Refusal, Row

LABELS = {"reference": r"[A-Za-z0-9.=_-]{1,64}", "currency": r"[A-Z]{3}"}


def account_shown(account: Row) -> Row:
    secret = account["webhook_secret"]
    return {"account": account["name"], "mode": "test", "webhook_secret": secret}


def refund_shown(refund: Row) -> Row:
    public = ("id", "payment", "reference", "account", "state", "amount", "currency", "problem")
    shown = {name: refund[name] for name in public} | {"mode": "test"}
    return shown | {"reference": "" if refund["reference"] == refund["id"] else refund["reference"]}


def dispute_shown(dispute: Row) -> Row:
    public = (
        "id", "payment", "account", "state", "amount", "currency", "fee", "reason", "respond_by", "opened_at"
    )  # fmt: skip
    return {name: dispute[name] for name in public} | {"mode": "test"}


def read_refund(body: Row) -> Row:
    """The fields of a refund, each of the right shape. Raises Refusal."""
    return read(body, ("payment", "reference", "currency"))


def read(body: Row, names: tuple[str, ...]) -> Row:
    amount = body.get("amount")
    if type(amount) is not int or not 0 < amount <= 10**12:
        raise Refusal(422, "invalid", "amount is a whole number of minor units above zero.")
    asked: Row = {"amount": amount}
    for name in names:
        value = body.get(name)
        if not isinstance(value, str) or not re.fullmatch(LABELS.get(name, r".{1,500}"), value):
            raise Refusal(422, "invalid", f"{name} is missing or not of the right shape.")
        asked[name] = value
    return asked


def read_checkout(body: Row) -> Row:
    """The fields of a checkout, each of the right shape. Raises Refusal."""
    asked = read(body, ("reference", "currency", "description", "return_url", "webhook_url"))
    for name in ("return_url", "webhook_url"):
        if urlsplit(asked[name]).scheme not in ("http", "https"):
            raise Refusal(422, "invalid", f"{name} is a web address.")
    return asked
