# SPDX-License-Identifier: Apache-2.0
"""What is pasted from a partner's dashboard. Secrets go one way: no page ever shows one again."""

from collections.abc import Mapping
from typing import Any

from django import forms

from aftersession.desk.forms import CommandForm
from aftersession.payments.provider import Guide, KeyField

LONGEST_KEY = 300


class KeysForm(CommandForm):
    """The fields of a partner's guide. `is_change`: what is left empty stays as it is."""

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, guide: Guide, is_change: bool = False
    ) -> None:
        super().__init__(data)
        self.names = [each.name for each in guide.keys if not is_change or each.is_secret]
        for each in guide.keys:
            if each.name in self.names:
                self.fields[each.name] = _field(each, may_be_empty=is_change or each.may_be_empty)

    def entered(self) -> dict[str, str]:
        """What was pasted, by the names of the guide."""
        return {name: self.cleaned_data[name] for name in self.names}

    def key_fields(self) -> list[forms.BoundField]:
        """The partner's own fields, for the page."""
        return [self[name] for name in self.names]


def _field(key: KeyField, *, may_be_empty: bool) -> forms.CharField:
    attrs = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    if key.prefixes:
        attrs["placeholder"] = f"{key.prefixes[0]}…"
    widget = forms.PasswordInput(attrs=attrs) if key.is_secret else forms.TextInput(attrs=attrs)
    return forms.CharField(
        label=str(key.label),
        help_text=str(key.help),
        required=not may_be_empty,
        max_length=LONGEST_KEY,
        widget=widget,
    )
