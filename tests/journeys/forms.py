# SPDX-License-Identifier: Apache-2.0
"""A form as a browser without scripts would send it."""

from __future__ import annotations

from html.parser import HTMLParser

from django.test import Client


class Form(HTMLParser):
    """What the form with this id would send as it stands; buttons send nothing until pressed."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.fields: dict[str, list[str]] = {}
        self._id = form_id
        self._is_inside = False
        self._select = ""
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = values.get("id") == self._id
        if not self._is_inside or "disabled" in values:
            return
        name, kind = values.get("name", ""), values.get("type", "text")
        if tag == "input" and name and (kind not in ("radio", "checkbox", "submit") or "checked" in values):
            self.fields.setdefault(name, []).append(values.get("value", "on" if kind == "checkbox" else ""))
        if tag == "select":
            self._select = name
        if tag == "option" and (self._select not in self.fields or "selected" in values):
            self.fields[self._select] = [values.get("value", "")]
        if tag == "textarea":
            self._area = name
            self.fields[name] = [""]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] = [self.fields[self._area][0] + data]

    def handle_endtag(self, tag: str) -> None:
        self._is_inside = self._is_inside and tag != "form"
        self._select = "" if tag == "select" else self._select
        self._area = None if tag == "textarea" else self._area


def press(client: Client, path: str, form_id: str, button: str, **typed: str) -> str:
    """Open a page, type into its form, press the button `do=…`; the page it leads to."""
    form = Form(form_id)
    form.feed(client.get(path).content.decode())
    fields = form.fields | {name: [value] for name, value in typed.items()} | {"do": [button]}
    response = client.post(path, fields, follow=True)
    html = response.content.decode()
    assert response.status_code == 200, html
    return html.replace("\u00a0", " ")
