# SPDX-License-Identifier: Apache-2.0
"""Looking at answers and at the whole database from outside."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.http import HttpResponseBase
from django.test import Client

from aftersession.practices.models import Practice
from aftersession.practices.tenancy import TenantModel

# What every request may move: who is signed in since when, and how often somebody asked.
RESTLESS = {"sessions.Session", "usersessions.UserSession"}
# Made anew for each page.
FRESH = re.compile(
    r'name="(csrfmiddlewaretoken|key)"[^>]*value="[^"]*"|value="[^"]*"[^>]*name="(csrfmiddlewaretoken|key)"'
    r'|"X-CSRFToken":\s*"[^"]*"|id="[a-z0-9-]*[0-9a-f]{8,}"'
)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever happens inside has not happened afterwards. (No block of its own: commands want to be outermost.)"""
    before = transaction.savepoint()
    try:
        yield
    finally:
        transaction.set_rollback(False)
        transaction.savepoint_rollback(before)


def rows(model: type[models.Model], practice: Practice | None = None) -> list[tuple[Any, ...]]:
    """All rows of a table, or one practice's."""
    manager = model.unscoped if issubclass(model, TenantModel) else model._default_manager
    found = (
        manager.filter(practice=practice) if practice and issubclass(model, TenantModel) else manager.all()
    )
    return list(found.order_by("pk").values_list())


def tables(*, of: Practice | None = None) -> dict[str, str]:
    """A digest of each table; of one practice only that practice's rows."""
    chosen = [model for model in apps.get_models() if of is None or issubclass(model, TenantModel)]
    return {
        model._meta.label: hashlib.sha256(repr(rows(model, of)).encode()).hexdigest()
        for model in chosen
        if model._meta.label not in RESTLESS
    }


def changed(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return sorted(name for name in before if before[name] != after[name])


def text_of(response: HttpResponseBase) -> str:
    """Everything an answer says: body and headers."""
    body = getattr(response, "content", b"").decode("utf-8", "replace")
    return f"{body}\n{response.headers}"


def shape_of(response: HttpResponseBase, *codes: str) -> tuple[int, str]:
    """Status and body without what is new each time and without the codes that were asked for."""
    body = FRESH.sub("", getattr(response, "content", b"").decode("utf-8", "replace"))
    for code in codes:
        body = body.replace(code, "")
    return response.status_code, body + response.headers.get("Location", "")


def patient_client(client: Client) -> Client:
    """The same browser, which reports an unforeseen error as a page (500), as a person would see it."""
    client.raise_request_exception = False
    return client


def ask(client: Client, method: str, address: str, data: Any = None, **headers: str) -> Any:
    """One request whose effects are taken back."""
    with undone():
        call: Callable[..., Any] = getattr(client, method)
        return call(address, data or {}, headers=headers or None)
