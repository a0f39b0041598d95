# SPDX-License-Identifier: Apache-2.0
"""Reading the forms of a page as a browser would, to send them back."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Form:
    """One form: where it goes, and what it would send untouched."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


class FormReader(HTMLParser):
    """Collects forms with their prefilled values; of radio buttons and options the chosen one, else the first."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._open: Form | None = None
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self._open = Form(given.get("action") or "", (given.get("method") or "get").lower())
            self.forms.append(self._open)
        if self._open is None:
            return
        name, value = given.get("name") or "", given.get("value") or ""
        fields = self._open.fields
        if tag == "input" and name:
            self._take_input(given, name, value)
        elif tag == "button" and name:
            self._open.buttons.append((name, value))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and ("selected" in given or not fields.get(self._select)):
            fields[self._select] = value
        elif tag == "textarea":
            self._area = name
            fields[name] = ""

    def _take_input(self, given: dict[str, str | None], name: str, value: str) -> None:
        assert self._open
        if given.get("type") in ("radio", "checkbox"):
            if "checked" in given or (given["type"] == "radio" and name not in self._open.fields):
                self._open.fields[name] = value or "on"
        elif given.get("type") not in ("submit", "button", "file"):
            self._open.fields[name] = value

    def handle_data(self, data: str) -> None:
        if self._open is not None and self._area:
            self._open.fields[self._area] += data.removeprefix("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""


def forms_of(page: str) -> list[Form]:
    """The forms of a page that change something."""
    reader = FormReader()
    reader.feed(page)
    return [form for form in reader.forms if form.method == "post"]
