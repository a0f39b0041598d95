# SPDX-License-Identifier: Apache-2.0
"""The sandbox partner's API over HTTP: requests out, JSON objects in, nothing of the product."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from aftersession.lib.http import Answer, call_json
from aftersession.payments.provider import PartnerRefused


class SandboxClient:
    """One account's way to the API.

    Every method may raise `PartnerUnavailable` (outcome unknown) or `PartnerRefused`.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = base_url.rstrip("/")
        self._api_key = api_key

    def account(self) -> dict[str, Any]:
        return _accepted(self._call("GET", "/v1/account"))

    def open_checkout(self, fields: Mapping[str, object], *, key: str) -> dict[str, Any]:
        return _accepted(self._call("POST", "/v1/checkouts", body=fields, key=key))

    def expire_checkout(self, checkout_id: str) -> dict[str, Any]:
        return _accepted(self._call("POST", f"/v1/checkouts/{quote(checkout_id, safe='')}/expire"))

    def checkout(self, checkout_id: str) -> dict[str, Any] | None:
        return _found(self._call("GET", f"/v1/checkouts/{quote(checkout_id, safe='')}"))

    def payment(self, reference: str) -> dict[str, Any] | None:
        return _found(self._call("GET", f"/v1/payments/{quote(reference, safe='')}"))

    def open_refund(self, fields: Mapping[str, object], *, key: str) -> dict[str, Any]:
        return _accepted(self._call("POST", "/v1/refunds", body=fields, key=key))

    def refund(self, reference: str) -> dict[str, Any] | None:
        return _found(self._call("GET", f"/v1/refunds/{quote(reference, safe='')}"))

    def refunds(self, *, payment: str) -> dict[str, Any]:
        return _accepted(self._call("GET", "/v1/refunds", query={"payment": payment}))

    def disputes(self, *, payment: str, since: int) -> dict[str, Any]:
        query = {"payment": payment, "since": str(since)}
        return _accepted(self._call("GET", "/v1/disputes", query=query))

    def payouts(self, *, since: str) -> dict[str, Any]:
        return _accepted(self._call("GET", "/v1/payouts", query={"since": since}))

    def payments(self, *, since: int, after: int) -> dict[str, Any]:
        """One page of payments changed since a Unix time, after the page mark given."""
        query = {"since": str(since), "after": str(after)}
        return _accepted(self._call("GET", "/v1/payments", query=query))

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
        key: str = "",
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self._api_key}", "Accept": "application/json"}
        if key:
            headers["Idempotency-Key"] = key
        return call_json(method, self._base_url + path, headers=headers, body=body, query=query)


def _found(answer: Answer) -> dict[str, Any] | None:
    """The object, or None where the partner itself says that there is none."""
    if answer.status == 404 and _error_code(answer) == "not_found":
        return None
    return _accepted(answer)


def _accepted(answer: Answer) -> dict[str, Any]:
    if answer.is_ok:
        return answer.body
    message = _("The payment partner refused the request. Check the connection in the settings.")
    raise PartnerRefused(message, code=_error_code(answer) or f"http_{answer.status}")


def _error_code(answer: Answer) -> str:
    error = answer.body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else ""
