# SPDX-License-Identifier: Apache-2.0
"""A partner of the other kind: paid through a posted form, told by notices alone, and it wants an address."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

from aftersession.lib.errors import PartnerUnavailable
from aftersession.lib.money import Money
from aftersession.payments.provider import (
    Capability,
    Checkout,
    CheckoutRequest,
    ConnectionSettings,
    Guide,
    InboundNotice,
    Mode,
    PartnerAccount,
    PartnerPayment,
    PartnerRefused,
    PaymentProvider,
    PaymentState,
)

SETTINGS = ConnectionSettings(base_url="", account="posting", mode=Mode.TEST, api_key="key")


class PostOnly(PaymentProvider):
    """Knows nothing that it can be asked; a notice that says `"true": 1` is its own."""

    kind: ClassVar[str] = "post_only"
    guide: ClassVar[Guide] = Guide(
        title="Post only",
        summary="",
        keys=(),
        steps=(),
        webhook_steps=(),
        payer_sees="",
        origins=(),
        needs_email=True,
    )
    capabilities: ClassVar[frozenset[Capability]] = frozenset(
        {Capability.NOTICES, Capability.CONFIRM_NOTICES}
    )

    @classmethod
    def read_keys(cls, entered: Mapping[str, str]) -> ConnectionSettings:
        return SETTINGS

    def check_connection(self) -> PartnerAccount:
        return PartnerAccount(account=SETTINGS.account, mode=SETTINGS.mode)

    def start_checkout(self, request: CheckoutRequest) -> Checkout:
        fields = (("reference", request.reference), ("email", request.payer_email))
        return Checkout(url="http://localhost:1/process", external_id="", expires_at=None, fields=fields)

    def fetch(
        self, *, reference: str = "", external_id: str = "", begun_at: datetime | None = None
    ) -> PartnerPayment | None:
        raise PartnerUnavailable("It cannot be asked.")

    def verify_and_parse(self, raw_body: bytes, headers: Mapping[str, str]) -> InboundNotice:
        told = json.loads(raw_body)
        return InboundNotice(
            event_key=told["id"], event_type="paid", reference=told["reference"], external_id=told["id"]
        )

    def confirm_notice(self, raw_body: bytes) -> PartnerPayment:
        told = json.loads(raw_body)
        if not told.get("true"):
            raise PartnerRefused("Not ours.")
        return PartnerPayment(
            reference=told["reference"],
            external_id=told["id"],
            state=PaymentState.SUCCEEDED,
            amount=Money(told["amount"], "ZAR"),
            mode=SETTINGS.mode,
            account=SETTINGS.account,
        )
