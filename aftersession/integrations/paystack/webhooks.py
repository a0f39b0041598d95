# SPDX-License-Identifier: Apache-2.0
"""Paystack's notices: `x-paystack-signature` is the HMAC-SHA512 of the raw bytes, keyed with the secret key.

They carry no time and no id of their own. An old one sent again is harmless: what it is about is looked up
as it is now, and copies have one key here.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from aftersession.integrations.paystack.reading import id_of, text_of, transaction_of
from aftersession.lib.signing import header_in, is_signed_by_any
from aftersession.lib.strict_json import NotStrictJson, read_object
from aftersession.payments.provider import InboundNotice, NoticeRejected, Subject

MAX_BODY_BYTES = 128 * 1024
HEADER = "x-paystack-signature"


def read_notice(raw_body: bytes, headers: Mapping[str, str], *, secrets: Iterable[str]) -> InboundNotice:
    """The notice these exact bytes hold, once they are proved to be Paystack's.

    The signature comes first: nothing is read out of a body that anyone could have sent. What is not
    known (an event made up after this was written) is a notice all the same. Raises `NoticeRejected`.
    """
    if len(raw_body) > MAX_BODY_BYTES:
        raise NoticeRejected("size")
    given = header_in(headers, HEADER).strip().lower()
    if not is_signed_by_any(raw_body, signatures=[given], secrets=secrets, algorithm="sha512"):
        raise NoticeRejected("signature")
    try:
        body = read_object(raw_body, max_bytes=MAX_BODY_BYTES, fractions=True)
    except NotStrictJson as error:
        raise NoticeRejected("shape") from error
    event = text_of(body.get("event"))
    data = body.get("data")
    if not event or len(event) > 60:
        raise NoticeRejected("shape")
    return _notice(event, data if isinstance(data, dict) else {}, raw_body)


def _notice(event: str, data: dict[str, Any], raw_body: bytes) -> InboundNotice:
    subject = _subject(event)
    reference = external_id = ""
    if subject is Subject.PAYMENT:
        reference, external_id = text_of(data.get("reference")), id_of(data.get("id"))
    elif subject in (Subject.REFUND, Subject.DISPUTE):
        reference, external_id = _transaction_reference(data), transaction_of(data)
    return InboundNotice(
        event_key=_event_key(event, data, raw_body),
        event_type=event,
        reference=reference,
        external_id=external_id,
        subject=subject,
    )


def _subject(event: str) -> Subject:
    if event.startswith("charge.dispute."):
        return Subject.DISPUTE
    if event.startswith("charge."):
        return Subject.PAYMENT
    # A paid payment request also sends its `charge.success`: one of the two is enough.
    return Subject.REFUND if event.startswith("refund.") else Subject.OTHER


def _transaction_reference(data: dict[str, Any]) -> str:
    transaction = data.get("transaction")
    nested = text_of(transaction.get("reference")) if isinstance(transaction, dict) else ""
    return text_of(data.get("transaction_reference")) or nested


def _event_key(event: str, data: dict[str, Any], raw_body: bytes) -> str:
    """What makes copies of a notice one: event and object, else the bytes themselves.

    The state belongs to it: a dispute that is reopened is resolved twice, and not always in the same way.
    """
    named = id_of(data.get("id")) or text_of(data.get("refund_reference")) or text_of(data.get("reference"))
    if not named:
        named = hashlib.sha256(raw_body).hexdigest()[:32]
    state = [text_of(data.get("status")), text_of(data.get("resolution"))]
    key = ":".join([event, named, state[0], *filter(None, state[1:])])
    return key if len(key) <= 120 else f"{event}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
