# SPDX-License-Identifier: Apache-2.0
"""PayFast's notices (ITN): form fields, the signature among them as the last.

They are all that PayFast ever says of a payment, so they are read twice: when they come, for the signature
and whose they are, and again when PayFast has confirmed them, for the money.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import parse_qsl

from aftersession.integrations.payfast.signing import is_signed_by_any
from aftersession.lib.money import Money
from aftersession.payments.provider import InboundNotice, Mode, NoticeRejected, PartnerPayment, PaymentState

MAX_BODY_BYTES = 32 * 1024
MOST_FIELDS = 60
CURRENCY = "ZAR"
AMOUNT = re.compile(r"-?[0-9]{1,10}(?:\.[0-9]{1,2})?", re.ASCII)
NUMBER = re.compile(r"[0-9]{1,20}", re.ASCII)
# Names are signed as they are: one with a sign like & in it could swallow the field before it.
NAME = re.compile(r"[A-Za-z0-9_]{1,60}", re.ASCII)
STATE = re.compile(r"[A-Z_]{1,40}", re.ASCII)
REFERENCE = re.compile(r"[\x21-\x7e]{0,80}", re.ASCII)

STATES = {
    "COMPLETE": PaymentState.SUCCEEDED,
    "PENDING": PaymentState.PENDING,
    "FAILED": PaymentState.FAILED,
    "CANCELLED": PaymentState.ABANDONED,
}


@dataclass(frozen=True, slots=True)
class Itn:
    """The signed fields in the order in which they came, and the signature over them."""

    pairs: tuple[tuple[str, str], ...]
    signature: str

    def __getitem__(self, name: str) -> str:
        return next((value for each, value in self.pairs if each == name), "")


def read_itn(raw_body: bytes) -> Itn:
    """The fields of a notice. What stands behind the signature is not signed, so nothing may.

    Raises `NoticeRejected` (`size`, `shape`).
    """
    if len(raw_body) > MAX_BODY_BYTES:
        raise NoticeRejected("size")
    try:
        pairs = parse_qsl(
            raw_body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=True,
            # A payer's name may be in another writing: the bytes are what is signed, so they are kept.
            errors="surrogateescape",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError as error:
        raise NoticeRejected("shape") from error
    names = [name for name, _value in pairs]
    is_named = all(NAME.fullmatch(name) for name in names)
    if not names or not is_named or len(set(names)) != len(names) or names[-1] != "signature":
        raise NoticeRejected("shape")
    return Itn(tuple(pairs[:-1]), pairs[-1][1])


def read_notice(raw_body: bytes, *, merchant_id: str, passphrases: Iterable[str]) -> InboundNotice:
    """The notice these bytes hold, once they are proved to be signed for this merchant.

    Raises `NoticeRejected`.
    """
    itn = read_itn(raw_body)
    if not is_signed_by_any(itn.pairs, signature=itn.signature, passphrases=passphrases):
        raise NoticeRejected("signature")
    if itn["merchant_id"] != merchant_id:
        raise NoticeRejected("account")
    number, state = itn["pf_payment_id"], itn["payment_status"]
    is_named = NUMBER.fullmatch(number) and STATE.fullmatch(state)
    if not is_named or not REFERENCE.fullmatch(itn["m_payment_id"]):
        raise NoticeRejected("shape")
    return InboundNotice(
        event_key=f"{number}:{state}",
        event_type=f"itn.{state.lower()}",
        reference=itn["m_payment_id"],
        external_id=number,
    )


def read_payment(itn: Itn, *, account: str, mode: Mode) -> PartnerPayment:
    """What a confirmed notice says of its payment. Raises ValueError for one that cannot be read."""
    state, amount = _state(itn["payment_status"]), _money(itn["amount_gross"])
    if amount.minor < 0 or (state is PaymentState.SUCCEEDED and amount.is_zero):
        raise ValueError("no money")
    return PartnerPayment(
        reference=itn["m_payment_id"],
        external_id=itn["pf_payment_id"],
        state=state,
        amount=amount,
        mode=mode,
        account=account,
        fee=_fee(itn["amount_fee"]),
    )


def _state(word: str) -> PaymentState:
    if word not in STATES:
        raise ValueError("not a state")
    return STATES[word]


def _fee(text: str) -> Money | None:
    """It comes as what it does to the amount: less than nothing. One that cannot be read must not hold back money."""
    return Money(abs(_money(text).minor), CURRENCY) if AMOUNT.fullmatch(text) else None


def _money(text: str) -> Money:
    if not AMOUNT.fullmatch(text):
        raise ValueError("not an amount")
    return Money(int(Decimal(text) * 100), CURRENCY)
