# SPDX-License-Identifier: Apache-2.0
"""Paystack's API over HTTP: requests out, JSON out of the usual envelope in, nothing of the product."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from django.utils.translation import gettext as _

from aftersession.integrations.paystack.reading import row_list, strange_answer
from aftersession.lib.errors import PartnerUnavailable
from aftersession.lib.http import Answer, call_json
from aftersession.payments.provider import PartnerRefused

BASE_URL = "https://api.paystack.co"
PAGE_ROWS = 50
MOST_PAGES = 200
# What an unknown transaction is called; the documents say 404, the service says 400.
UNKNOWN = ("transaction_not_found", "Transaction reference not found", "Transaction not found")
# Said by what stands before the service: whether the request went through is not known.
OUTCOME_UNKNOWN = {408, 425}


class PaystackClient:
    """One account's way to the API.

    Every method may raise `PartnerUnavailable` (outcome unknown) or `PartnerRefused`.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = (base_url or BASE_URL).rstrip("/")
        self._api_key = api_key

    def initialize(self, fields: Mapping[str, object]) -> dict[str, Any]:
        return _data(self._call("POST", "/transaction/initialize", body=fields))

    def verify(self, reference: str) -> dict[str, Any] | None:
        return _found(self._call("GET", f"/transaction/verify/{quote(reference, safe='')}"))

    def transaction(self, transaction_id: str) -> dict[str, Any] | None:
        return _found(self._call("GET", f"/transaction/{quote(transaction_id, safe='')}"))

    def transactions(self, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        return self._rows("/transaction", query)

    def open_refund(self, fields: Mapping[str, object]) -> dict[str, Any]:
        return _data(self._call("POST", "/refund", body=fields))

    def refund(self, refund_id: str) -> dict[str, Any] | None:
        return _found(self._call("GET", f"/refund/{quote(refund_id, safe='')}"))

    def refunds(self, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        return self._rows("/refund", query)

    def disputes(self, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        return self._rows("/dispute", query)

    def disputes_of(self, transaction_id: str) -> list[dict[str, Any]]:
        """Of one transaction; the answer holds one object, or a list of them."""
        answer = self._call("GET", f"/dispute/transaction/{quote(transaction_id, safe='')}")
        if _is_unknown(answer):
            return []
        data = _accepted(answer).get("data")
        if not data:
            return []
        return row_list([data] if isinstance(data, dict) else data)

    def settlements(self, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        return self._rows("/settlement", query)

    def last_settlement(self) -> dict[str, Any] | None:
        answer = self._call("GET", "/settlement", query={"perPage": "1"})
        rows = [] if _is_unknown(answer) else row_list(_accepted(answer).get("data"))
        return rows[0] if rows else None

    def settled_transactions(self, settlement_id: str) -> Iterator[dict[str, Any]]:
        return self._rows(f"/settlement/{quote(settlement_id, safe='')}/transactions", {})

    def balance(self) -> list[dict[str, Any]]:
        return row_list(_accepted(self._call("GET", "/balance")).get("data"))

    def _rows(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """Every row of a list, over as many pages as there are.

        Pages may shift while they are read: a row can come twice, and none is missed, since lists
        begin with the newest.
        """
        for page in range(1, MOST_PAGES + 1):
            body = _accepted(self._call("GET", path, query={**query, "page": str(page)}))
            rows = row_list(body.get("data"))
            yield from rows
            if not rows or page >= _page_count(body, page, len(rows)):
                return
        raise PartnerUnavailable(
            _("The partner's list is too long. Nothing is lost; please try again later."), code="too_long"
        )

    def _call(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, object] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self._api_key}", "Accept": "application/json"}
        url = self._base_url + path
        answer = call_json(method, url, headers=headers, body=body, query=query, fractions=True)
        if answer.status in OUTCOME_UNKNOWN:
            raise strange_answer(f"http_{answer.status}")
        return answer


def _page_count(body: Mapping[str, Any], page: int, row_count: int) -> int:
    meta = body.get("meta")
    count = meta.get("pageCount") if isinstance(meta, dict) else None
    if type(count) is int:
        return count
    return page + 1 if row_count >= PAGE_ROWS else page


def _found(answer: Answer) -> dict[str, Any] | None:
    """The object, or None where Paystack itself says that there is none."""
    return None if _is_unknown(answer) else _data(answer)


def _is_unknown(answer: Answer) -> bool:
    if answer.status not in (400, 404) or answer.body.get("status") is not False:
        return False
    message = str(answer.body.get("message", "")).rstrip(". ")
    return answer.status == 404 or answer.body.get("code") in UNKNOWN or message in UNKNOWN


def _data(answer: Answer) -> dict[str, Any]:
    data = _accepted(answer).get("data")
    if not isinstance(data, dict):
        raise strange_answer()
    return data


def _accepted(answer: Answer) -> dict[str, Any]:
    """The whole envelope. Its `status` says that the call worked, nothing about money."""
    said = answer.body.get("status")
    if type(said) is not bool and not _is_refusal_without_envelope(answer):
        raise strange_answer()
    if answer.is_ok and said is True:
        return answer.body
    message = _("The payment partner refused the request. Check the connection in the settings.")
    raise PartnerRefused(message, code=_error_code(answer))


def _is_refusal_without_envelope(answer: Answer) -> bool:
    return answer.status in (401, 403) and "message" in answer.body


def _error_code(answer: Answer) -> str:
    """Paystack's own word, in our writing: it has `invalid_Key` and `duplicate_reference`."""
    code = answer.body.get("code")
    if isinstance(code, str) and 0 < len(code) <= 60 and code.isascii() and code.isprintable():
        return code.lower()
    if answer.status == 401:
        return "invalid_key"
    if str(answer.body.get("message", "")).startswith("Duplicate Transaction Reference"):
        return "duplicate_reference"
    return f"http_{answer.status}"
