# SPDX-License-Identifier: Apache-2.0
"""*Mark session complete* as a browser without scripts has it: the fields of the form, and its buttons."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any

from django.test import Client

from aftersession.payments.connections import connect_provider
from aftersession.payments.models import ProviderConnection
from aftersession.payments.provider import ConnectionSettings, Mode
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.models import Appointment
from tests.cast import Cast

FORM = "completion"
Fields = dict[str, Any]


@dataclass
class Page:
    """One answer with the form on it, to be filled in and sent."""

    client: Client
    path: str
    response: Any
    fields: Fields

    @property
    def text(self) -> str:
        return str(self.response.content.decode())

    def post(self, do: str = "", **changes: Any) -> Any:
        """Send the form as it stands with some fields changed; `do` is the button."""
        values = {**self.fields, **changes, **({"do": do} if do else {})}
        return self.client.post(
            self.path, {name: value for name, value in values.items() if value is not None}
        )

    def press(self, do: str, **changes: Any) -> Any:
        """Change some fields, look at what they come to, then press a final button."""
        return (self.step("refresh", **changes) if changes else self).post(do)

    def step(self, do: str, **changes: Any) -> Page:
        """Press a button that finishes nothing, and go on with what comes back."""
        answer = self.post(do, **changes)
        assert answer.status_code == 200, answer.content.decode()
        return Page(self.client, self.path, answer, read_fields(answer))


def open_form(client: Client, appointment: Appointment, **changes: Any) -> Page:
    """The form of a session, with some fields changed and the total looked at."""
    path = f"/appointments/{appointment.code}/completion/"
    answer = client.get(path)
    assert answer.status_code == 200, answer.content.decode()
    page = Page(client, path, answer, read_fields(answer))
    return page.step("refresh", **changes) if changes else page


def read_fields(answer: Any, form: str = FORM) -> Fields:
    """What a browser would send of the form."""
    reader = FormReader(form)
    reader.feed(answer.content.decode())
    return reader.fields


class FormReader(HTMLParser):
    """Collects the values of one form's controls; those of several with one name as a list."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.fields: Fields = {}
        self._is_inside = False
        self._is_template = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._is_inside = given.get("id") == self.form_id
        if tag == "template":
            self._is_template = True
        if not self._is_inside or self._is_template:
            return
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "select":
            self._select = name
            self.fields.setdefault(name, "")
        elif tag == "option" and "selected" in given:
            self.fields[self._select] = value
        elif tag == "input" and name:
            self._take(given, name, value)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        if tag == "template":
            self._is_template = False

    def _take(self, given: dict[str, str | None], name: str, value: str) -> None:
        if given.get("type") in ("radio", "checkbox") and "checked" not in given:
            return
        if name == "diagnosis":
            self.fields.setdefault(name, []).append(value)
        elif name != "csrfmiddlewaretoken":
            self.fields[name] = value


def connect(cast: Cast) -> ProviderConnection:
    """Connect the practice to a payment partner; nobody speaks to it here."""
    settings = ConnectionSettings(
        base_url="http://127.0.0.1:9", account="acct", mode=Mode.TEST, api_key="sk", webhook_secrets=("w",)
    )
    with practice_scope(cast.practice):
        return connect_provider(practice=cast.practice, kind="sandbox", connection=settings)
