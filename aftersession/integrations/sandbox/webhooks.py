# SPDX-License-Identifier: Apache-2.0
"""The sandbox partner's notices: `Sandbox-Signature: t=<unix>,v1=<hex>[,v1=<hex>]`."""

import re
from collections.abc import Iterable, Mapping

from aftersession.lib import clock
from aftersession.lib.signing import header_in, stamped_at
from aftersession.lib.strict_json import NotStrictJson, read_object
from aftersession.payments.provider import InboundNotice, NoticeRejected, Subject

MAX_BODY_BYTES = 64 * 1024
TOLERANCE_SECONDS = 300
HEADER = "sandbox-signature"
NAME = re.compile(r"[A-Za-z0-9._=-]{1,64}", re.ASCII)

SUBJECTS = {each.value: each for each in (Subject.PAYMENT, Subject.REFUND, Subject.DISPUTE, Subject.PAYOUT)}


def read_notice(raw_body: bytes, headers: Mapping[str, str], *, secrets: Iterable[str]) -> InboundNotice:
    """The notice these exact bytes hold, once they are proved to be the partner's.

    The signature comes first: nothing is read out of a body that anyone could have sent.
    Raises `NoticeRejected`.
    """
    if len(raw_body) > MAX_BODY_BYTES:
        raise NoticeRejected("size")
    sent_at = stamped_at(raw_body, header_in(headers, HEADER), secrets=secrets)
    if sent_at is None:
        raise NoticeRejected("signature")
    if abs(clock.now().timestamp() - sent_at) > TOLERANCE_SECONDS:
        raise NoticeRejected("stale")
    return _parse(raw_body)


def _parse(raw_body: bytes) -> InboundNotice:
    try:
        body = read_object(raw_body, max_bytes=MAX_BODY_BYTES)
    except NotStrictJson as error:
        raise NoticeRejected("shape") from error
    amount = body.get("amount", 0)
    if type(amount) is not int:
        raise NoticeRejected("shape")
    event_type = _name(body.get("type"))
    return InboundNotice(
        event_key=_name(body.get("id")),
        event_type=event_type,
        subject=SUBJECTS.get(event_type.partition(".")[0], Subject.OTHER),
        reference=_name(body.get("reference"), may_be_absent=True),
        external_id=_name(body.get("payment"), may_be_absent=True),
    )


def _name(value: object, *, may_be_absent: bool = False) -> str:
    if may_be_absent and value is None:
        return ""
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise NoticeRejected("shape")
    return value
