# SPDX-License-Identifier: Apache-2.0
"""What a practice reads while it connects Stripe, and the keys it pastes."""

import re
from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from aftersession.lib.errors import BadInput
from aftersession.payments.provider import ConnectionSettings, Guide, KeyField, Mode

API_KEY = re.compile(r"(?:sk|rk)_(test|live)_[A-Za-z0-9_]{16,240}", re.ASCII)
ANY_KEY = re.compile(r"(?:sk|rk|pk)_(?:test|live)_")
WEBHOOK_SECRET = re.compile(r"whsec_[A-Za-z0-9+/=_-]{16,240}", re.ASCII)

GUIDE = Guide(
    title="Stripe",
    summary=gettext_lazy("Cards, wallets and local ways to pay, in many countries and currencies."),
    keys=(
        KeyField(
            name="api_key",
            label=gettext_lazy("Secret or restricted key"),
            help=gettext_lazy(
                "Begins with sk_test_ or rk_test_ to practise, with sk_live_ or rk_live_ for real money."
            ),
            prefixes=("sk_test_", "sk_live_", "rk_test_", "rk_live_"),
        ),
        KeyField(
            name="webhook_secret",
            label=gettext_lazy("Signing secret of the webhook"),
            help=gettext_lazy(
                "Begins with whsec_. Stripe shows it once you have added the webhook address; it can be added "
                "here later. The test webhook and the live one have different secrets."
            ),
            prefixes=("whsec_",),
            may_be_empty=True,
        ),
    ),
    steps=(
        gettext_lazy("Sign in at dashboard.stripe.com. To practise first, switch to a sandbox there."),
        gettext_lazy("Open Developers, then API keys."),
        gettext_lazy(
            "Choose Create restricted key and name it after this practice. Allow Write for Checkout Sessions "
            "and for Charges and Refunds, Read for Payment Intents, Disputes, Payouts, Balance, Balance "
            "transactions and Accounts, and None for everything else."
        ),
        gettext_lazy("Copy the key and paste it here. Stripe shows a live key once."),
    ),
    webhook_steps=(
        gettext_lazy("In the same account and mode, open Developers, then Webhooks, and add a destination."),
        gettext_lazy("Paste the webhook address as its endpoint URL, for events of your account."),
        gettext_lazy(
            "Choose these events: all of checkout.session, refund and charge.dispute; charge.refunded; "
            "payout.paid and payout.failed."
        ),
        gettext_lazy("Reveal the signing secret, which begins with whsec_, and paste it here."),
    ),
    payer_sees=gettext_lazy(
        "Stripe is told the name of the practice, the invoice number and the amount. It asks you for your "
        "e-mail address and card on its own page."
    ),
    origins=("https://checkout.stripe.com",),
)


def read_keys(entered: Mapping[str, str]) -> ConnectionSettings:
    """The pasted keys as settings. Raises `BadInput` beside the field."""
    api_key = entered.get("api_key", "").strip()
    secret = entered.get("webhook_secret", "").strip()
    if not api_key:
        raise BadInput(_("Paste the secret key here."), field="api_key")
    found = API_KEY.fullmatch(api_key)
    if not found:
        raise BadInput(_what_is_wrong(api_key), field="api_key")
    if secret and not WEBHOOK_SECRET.fullmatch(secret):
        raise BadInput(
            _(
                "The signing secret begins with whsec_ and has no blanks. Copy it whole from the webhook's page."
            ),
            field="webhook_secret",
        )
    return ConnectionSettings(
        base_url="",
        account="",
        mode=Mode(found[1]),
        api_key=api_key,
        webhook_secrets=(secret,) if secret else (),
    )


def _what_is_wrong(key: str) -> str:
    """Why this is not a key to connect with, without repeating any of it."""
    if len(ANY_KEY.findall(key)) > 1:
        return _("Paste one key only: a test key and a live key cannot be used together.")
    if key.startswith("pk_"):
        return _("This is the publishable key, made for browsers. Paste the secret or a restricted key.")
    if key.startswith("whsec_"):
        return _("This is the signing secret of a webhook. It belongs into the other field.")
    if key.startswith("sk_org_"):
        return _("This key is of an organization. Paste a key of the one account that shall be paid.")
    if ANY_KEY.match(key):
        return _("This key looks cut off, or has something in it that keys never have. Copy it once more.")
    return _("A secret key of Stripe begins with sk_test_, sk_live_, rk_test_ or rk_live_.")
