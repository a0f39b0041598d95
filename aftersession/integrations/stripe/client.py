# SPDX-License-Identifier: Apache-2.0
"""Stripe's API over HTTP: form fields out, JSON objects in, nothing of the product.

Its own library is not used here: it follows redirects of its transport, reads answers of any length
and repeats calls by itself. What we send is checked against that library's types by the tests.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from django.utils.translation import gettext as _

from aftersession.lib.errors import PartnerUnavailable
from aftersession.lib.http import Answer, call_json
from aftersession.payments.provider import PartnerRefused

USUAL_ADDRESS = "https://api.stripe.com"
API_VERSION = "2026-10-28.endive"
"""Pinned: another version of the account, or a new one of Stripe's, changes no answer of ours."""

MOST_PAGES = 200
CODE = re.compile(r"[a-z0-9_]{1,60}", re.ASCII)

Param: TypeAlias = "str | int | bool | Mapping[str, Param] | Sequence[Param]"


class StripeClient:
    """One account's way to the API.

    Every method may raise `PartnerUnavailable` (outcome unknown) or `PartnerRefused`.
    """

    def __init__(self, base_url: str, api_key: str) -> None:
        self._base_url = (base_url or USUAL_ADDRESS).rstrip("/")
        self._api_key = api_key

    def get(self, *path: str, **params: Param) -> dict[str, Any]:
        return _accepted(self._call("GET", path, params))

    def find(self, *path: str, **params: Param) -> dict[str, Any] | None:
        """The object, or None where Stripe itself says that there is none."""
        answer = self._call("GET", path, params)
        if answer.status == 404 and _error(answer)[1] == "resource_missing":
            return None
        return _accepted(answer)

    def post(self, *path: str, key: str, **params: Param) -> dict[str, Any]:
        """The object made or changed; asked again with the same key, the same answer comes back."""
        return _accepted(self._call("POST", path, params, key=key))

    def pages(
        self, *path: str, limit: int = 100, by: Mapping[str, Param] | None = None, expand: Sequence[str] = ()
    ) -> Iterator[dict[str, Any]]:
        """Every object of a list that fits, newest first, a page at a time.

        `limit` is how many a page has: with much expanded, a hundred are too long an answer. A list
        that does not end says nothing at all, rather than a part of the truth.
        """
        after: dict[str, Param] = {}
        for _page in range(MOST_PAGES):
            page = self.get(*path, limit=limit, expand=expand, **(by or {}), **after)
            data = page.get("data")
            if not isinstance(data, list) or not all(isinstance(each, dict) for each in data):
                raise strange_answer()
            yield from data
            if page.get("has_more") is not True or not data:
                return
            last = data[-1].get("id")
            if not isinstance(last, str) or after.get("starting_after") == last:
                raise strange_answer()
            after = {"starting_after": last}
        raise strange_answer("too_many")

    def _call(self, method: str, path: Sequence[str], params: Mapping[str, Param], key: str = "") -> Answer:
        url = "/".join([self._base_url, "v1", *(quote(part, safe="") for part in path)])
        headers = {
            "Authorization": f"Bearer {self._api_key}",
            "Accept": "application/json",
            "Stripe-Version": API_VERSION,
        }
        fields = form_fields(params)
        if method == "GET":
            return call_json(method, url, headers=headers, query=fields, fractions=True)
        headers["Idempotency-Key"] = key
        return call_json(method, url, headers=headers, form=fields, fractions=True)


def form_fields(params: Mapping[str, Param]) -> dict[str, str]:
    """Nested parameters as Stripe's form fields: `{"a": [{"b": 1}]}` is `a[0][b]=1`."""
    return dict(_flat(params))


def _flat(value: Param, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, bool):
        yield name, "true" if value else "false"
    elif isinstance(value, str | int):
        yield name, str(value)
    else:
        pairs = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, inner in pairs:
            yield from _flat(inner, f"{name}[{key}]" if name else str(key))


def strange_answer(code: str = "unreadable") -> PartnerUnavailable:
    """For JSON that is not of the agreed shape: it tells nothing, as if the answer had been lost."""
    message = _("The partner's answer could not be read. Nothing is lost; please try again later.")
    return PartnerUnavailable(message, code=code)


def _accepted(answer: Answer) -> dict[str, Any]:
    if answer.is_ok:
        return answer.body
    kind, code = _error(answer)
    if answer.status in (409, 424) or kind == "api_error":
        # The same call is under way elsewhere, or something behind Stripe is down.
        message = _("The partner did not answer. Nothing is lost; please try again in a minute.")
        raise PartnerUnavailable(message, code=f"http_{answer.status}")
    raise PartnerRefused(_why(answer.status), code=code or kind or f"http_{answer.status}")


def _why(status: int) -> str:
    if status == 401:
        return _("Stripe does not know this key. It may have been revoked or cut off when it was copied.")
    if status == 403:
        return _("This key may not do that at Stripe. Give a restricted key the rights that the steps name.")
    return _("The payment partner refused the request. Check the connection in the settings.")


def _error(answer: Answer) -> tuple[str, str]:
    """Type and code of an error, each empty if it is not a plain word. Its message may quote: never kept."""
    error = answer.body.get("error")
    found = error if isinstance(error, dict) else {}
    return _word(found.get("type")), _word(found.get("code"))


def _word(value: object) -> str:
    return value if isinstance(value, str) and CODE.fullmatch(value) else ""
