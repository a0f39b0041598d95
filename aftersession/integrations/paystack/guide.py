# SPDX-License-Identifier: Apache-2.0
"""What the settings and the pay page say of Paystack."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersession.lib.errors import BadInput
from aftersession.payments.provider import ConnectionSettings, Guide, KeyField, Mode

KEY = re.compile(r"sk_(test|live)_([A-Za-z0-9]{20,100})", re.ASCII)
HEX = re.compile(r"[0-9a-f]*", re.ASCII)
HEX_DIGITS = 40

GUIDE = Guide(
    title="Paystack",
    summary=gettext_lazy("Cards, bank transfer and QR codes, paid out to your bank account."),
    keys=(
        KeyField(
            name="api_key",
            label=gettext_lazy("Secret key"),
            help=gettext_lazy(
                "Begins with sk_live_ for real payments, with sk_test_ to try everything without money."
            ),
            prefixes=("sk_live_", "sk_test_"),
        ),
    ),
    steps=(
        gettext_lazy("Sign in to your Paystack dashboard."),
        gettext_lazy("Open Settings, then API Keys & Webhooks."),
        gettext_lazy("Copy the secret key and paste it here. The public key is not needed."),
    ),
    webhook_steps=(
        gettext_lazy(
            "On the same page of the dashboard, find Webhook URL: Live for a live key, Test for a test key."
        ),
        gettext_lazy("Paste this address there and save."),
    ),
    payer_sees=gettext_lazy(
        "Paystack is told the amount, the name of the practice, the invoice number and your e-mail address."
    ),
    origins=("https://checkout.paystack.com",),
    needs_email=True,
)


def settings_of(entered: Mapping[str, str]) -> ConnectionSettings:
    """The settings that a pasted key makes. Raises `BadInput` for what cannot be a whole secret key.

    The key tells the mode and nothing about whose it is; notices are signed with it as well.
    """
    key = entered.get("api_key", "").strip()
    if key.startswith("pk_"):
        raise _wrong(_("This is the public key. Copy the secret key: it begins with sk_."))
    if not key.startswith(("sk_test_", "sk_live_")):
        raise _wrong(_("A secret key begins with sk_live_ or sk_test_."))
    found = KEY.fullmatch(key)
    if not found or (HEX.fullmatch(found[2]) and len(found[2]) != HEX_DIGITS):
        raise _wrong(_("This key is not whole. Copy it once more, from the first character to the last."))
    return ConnectionSettings(
        base_url="", account="", mode=Mode(found[1]), api_key=key, webhook_secrets=(key,)
    )


def _wrong(message: str) -> BadInput:
    return BadInput(message, field="api_key")
