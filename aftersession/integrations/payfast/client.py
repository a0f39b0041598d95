# SPDX-License-Identifier: Apache-2.0
"""PayFast over HTTP: two questions, answered in plain words."""

from django.utils.translation import gettext as _

from aftersession.integrations.payfast.signing import Pairs, header_signature, joined
from aftersession.lib import clock
from aftersession.lib.errors import PartnerUnavailable
from aftersession.lib.http import call_text
from aftersession.payments.provider import PartnerRefused

LIVE, SANDBOX = "https://www.payfast.co.za", "https://sandbox.payfast.co.za"
API = "https://api.payfast.co.za"
GREETINGS = {"api v1", "payfast api"}


class PayFastClient:
    """One merchant's way to PayFast. Both methods may raise `PartnerUnavailable` or `PartnerRefused`."""

    def __init__(self, base_url: str, *, is_test: bool) -> None:
        self.pages = base_url.rstrip("/") or (SANDBOX if is_test else LIVE)
        self._api = base_url.rstrip("/") or API
        self._is_test = is_test

    def greet(self, merchant_id: str, passphrase: str) -> None:
        """Have the API answer to this merchant's signature."""
        stamp = clock.now().replace(microsecond=0).isoformat()
        headers = {"merchant-id": merchant_id, "version": "v1", "timestamp": stamp}
        headers["signature"] = header_signature(headers, passphrase)
        query = {"testing": "true"} if self._is_test else {}
        answer = call_text("GET", f"{self._api}/ping", headers=headers, query=query)
        if answer.status in (400, 401, 403):
            raise PartnerRefused(
                _("The payment partner refused the request. Check the connection in the settings."),
                code="invalid_key",
            )
        if answer.status != 200 or answer.text.strip().strip('"').lower() not in GREETINGS:
            raise _strange_answer()

    def is_own_notice(self, pairs: Pairs) -> bool:
        """Whether PayFast knows these fields, in this order, as a notice it has sent."""
        answer = call_text("POST", f"{self.pages}/eng/query/validate", form=joined(pairs))
        word = answer.text.strip().partition("\n")[0].strip()
        if answer.status != 200 or word not in ("VALID", "INVALID"):
            raise _strange_answer()
        return word == "VALID"


def _strange_answer() -> PartnerUnavailable:
    message = _("The partner's answer could not be read. Nothing is lost; please try again later.")
    return PartnerUnavailable(message, code="unreadable")
