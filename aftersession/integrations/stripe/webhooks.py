# SPDX-License-Identifier: Apache-2.0
"""Stripe's notices: `Stripe-Signature: t=<unix>,v1=<hex>[,v1=<hex>]` over `<unix>.<raw body>`."""

import logging
import re
from collections.abc import Iterable, Mapping
from typing import Any

from aftersession.integrations.stripe.readers import reference_of
from aftersession.lib import clock
from aftersession.lib.signing import header_in, stamped_at
from aftersession.lib.strict_json import NotStrictJson, read_object
from aftersession.payments.provider import InboundNotice, Mode, NoticeRejected, Subject

MAX_BODY_BYTES = 256 * 1024
TOLERANCE_SECONDS = 300
HEADER = "stripe-signature"
NAME = re.compile(r"[A-Za-z0-9._-]{1,120}", re.ASCII)
EXTERNAL_ID = re.compile(r"[A-Za-z0-9_]{1,80}", re.ASCII)

# Money is settled by the sessions alone: intents and charges tell of the same money once more.
SUBJECTS = (
    ("checkout.session.", Subject.PAYMENT),
    ("refund.", Subject.REFUND),
    ("charge.refund", Subject.REFUND),  # charge.refunded, charge.refund.updated
    ("charge.dispute.", Subject.DISPUTE),
    ("payout.", Subject.PAYOUT),
)

log = logging.getLogger("aftersession.inbox")


def read_notice(
    raw_body: bytes, headers: Mapping[str, str], *, secrets: Iterable[str], mode: Mode
) -> InboundNotice:
    """The notice these exact bytes hold, once they are proved to be Stripe's.

    The signature comes first: nothing is read out of a body that anyone could have sent. One of the
    other mode is Stripe's, but tells of other money: it is kept as one about nothing of ours. Raises
    `NoticeRejected`.
    """
    if len(raw_body) > MAX_BODY_BYTES:
        raise NoticeRejected("size")
    sent_at = stamped_at(raw_body, header_in(headers, HEADER), secrets=secrets)
    if sent_at is None:
        raise NoticeRejected("signature")
    if abs(clock.now().timestamp() - sent_at) > TOLERANCE_SECONDS:
        raise NoticeRejected("stale")
    return _parse(raw_body, mode)


def _parse(raw_body: bytes, mode: Mode) -> InboundNotice:
    try:
        event = read_object(raw_body, max_bytes=MAX_BODY_BYTES, fractions=True)
    except NotStrictJson as error:
        raise NoticeRejected("shape") from error
    event_key, event_type = _name(event.get("id")), _name(event.get("type"))
    data = event.get("data")
    thing = data.get("object") if isinstance(data, dict) else None
    subject = _subject_of(event_type)
    if subject is not Subject.OTHER and not _is_of_mode(event, mode):
        log.warning("notice of the other mode", extra={"facts": {"event": event_key}})
        subject = Subject.OTHER
    if subject is Subject.OTHER or not isinstance(thing, dict):
        return InboundNotice(
            event_key=event_key,
            event_type=event_type[:60],
            reference="",
            external_id="",
            subject=Subject.OTHER,
        )
    return InboundNotice(
        event_key=event_key,
        event_type=event_type[:60],
        reference=reference_of(thing),
        external_id=_external_id(thing, subject),
        subject=subject,
    )


def _subject_of(event_type: str) -> Subject:
    return next((subject for start, subject in SUBJECTS if event_type.startswith(start)), Subject.OTHER)


def _is_of_mode(event: Mapping[str, Any], mode: Mode) -> bool:
    is_live = event.get("livemode")
    if type(is_live) is not bool:
        raise NoticeRejected("shape")
    return is_live == (mode is Mode.LIVE)


def _external_id(thing: Mapping[str, Any], subject: Subject) -> str:
    """The payment's id, the payout's for a payout, or the session's while nobody has paid."""
    intent = thing.get("payment_intent")
    if isinstance(intent, dict):
        intent = intent.get("id")
    named_itself = subject in (Subject.PAYMENT, Subject.PAYOUT)
    found = intent or (thing.get("id") if named_itself else "")
    return found if isinstance(found, str) and EXTERNAL_ID.fullmatch(found) else ""


def _name(value: object) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise NoticeRejected("shape")
    return value
