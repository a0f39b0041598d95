# SPDX-License-Identifier: Apache-2.0
"""What is typed to credit, write off, move and take off. Nothing here saves."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from aftersession.billing.credits import Left
from aftersession.desk.billing.forms import MoneyField, ReasonForm
from aftersession.desk.billing_form.fields import AmountField
from aftersession.desk.forms import AddressField, CleanedField, Label, NameField
from aftersession.lib.money import Money, format_plain
from aftersession.patients.actions import GuarantorDetails
from aftersession.practices.models import Practice
from aftersession.workflows.credit_invoice import CreditInput

ALL, LINES, AMOUNT = "all", "lines", "amount"
NEW = "new"


class AmountForm(ReasonForm):
    """An amount, and why."""

    field_order = ("amount", "reason")

    amount = MoneyField(label=_lazy("Amount"))

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, practice: Practice, suggested: Money, **options: Any
    ) -> None:
        initial = {"amount": format_plain(suggested, practice.locale), **options.pop("initial", {})}
        super().__init__(data, initial=initial, **options)
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)
        amount.practice = practice


class CreditForm(ReasonForm):
    """What a credit note takes back: all, some of the lines, or an amount; and what goes with it."""

    kind = forms.ChoiceField(
        label=_lazy("What is taken back"),
        choices=[(ALL, _lazy("All of it")), (LINES, _lazy("By line")), (AMOUNT, _lazy("An amount"))],
        initial=ALL,
    )
    amount = AmountField(label=_lazy("Amount, tax included"), required=False)
    reopens = forms.BooleanField(label=_lazy("Open the session again, to be billed anew"), required=False)
    gives_back = forms.BooleanField(label=_lazy("Then give back what was paid of it"), required=False)
    sends = forms.BooleanField(label=_lazy("Send the credit note"), required=False)
    send_to = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        practice: Practice,
        left: Sequence[Left],
        can_reopen: bool,
        addresses: Sequence[str],
        is_settled: bool,
        gives_back: bool = False,
    ) -> None:
        super().__init__(data, initial={"send_to": " ".join(addresses), "gives_back": gives_back})
        self.left = left
        for each in left:
            name = f"line_{each.line.position}"
            self.fields[name] = AmountField(label=each.line.description, required=False)
        for field in self.fields.values():
            if isinstance(field, AmountField):
                field.practice = practice
        if not can_reopen:
            del self.fields["reopens"]
        if not is_settled:
            del self.fields["gives_back"]
        if not addresses:
            del self.fields["sends"]

    @property
    def line_fields(self) -> list[tuple[Left, forms.BoundField]]:
        """Each line with its field."""
        return [(each, self[f"line_{each.line.position}"]) for each in self.left]

    @property
    def picks_all(self) -> bool:
        return bool(self["kind"].value() == ALL)

    @property
    def picks_lines(self) -> bool:
        return bool(self["kind"].value() == LINES)

    @property
    def picks_amount(self) -> bool:
        return bool(self["kind"].value() == AMOUNT)

    def clean(self) -> dict[str, Any]:
        kind = self.cleaned_data.get("kind")
        if kind != AMOUNT:
            self.errors.pop("amount", None)
        elif not self.cleaned_data.get("amount") and "amount" not in self.errors:
            self.add_error("amount", _("Write an amount above nothing."))
        if kind != LINES:
            for name in [each for each in self.errors if each.startswith("line_")]:
                del self.errors[name]
        elif not self._lines() and not any(name.startswith("line_") for name in self.errors):
            self.add_error(None, _("Write an amount beside at least one line."))
        if kind in (AMOUNT, LINES) and self.cleaned_data.get("reopens"):
            self.add_error("reopens", _("A session opens again only when its bill is taken back whole."))
        return self.cleaned_data

    def credit(self) -> CreditInput:
        """What a valid form asks for."""
        values = self.cleaned_data
        kind = values["kind"]
        return CreditInput(
            reason=values["reason"],
            lines=self._lines() if kind == LINES else (),
            amount_minor=values["amount"] if kind == AMOUNT else None,
            reopens=bool(values.get("reopens")),
            send_to=tuple(values["send_to"].split()) if values.get("sends") else (),
        )

    def _lines(self) -> tuple[tuple[int, int], ...]:
        typed = (
            (each.line.position, self.cleaned_data.get(f"line_{each.line.position}")) for each in self.left
        )
        return tuple((position, minor) for position, minor in typed if minor)


class MoveForm(AmountForm):
    """Who shall owe it instead: somebody the practice knows, or somebody written down here."""

    to = forms.ChoiceField(
        label=_lazy("Who pays it"),
        widget=forms.RadioSelect,
        error_messages={"required": _lazy("Choose who shall owe it.")},
    )
    q = forms.CharField(
        label=_lazy("Find somebody by name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"type": "search"}),
    )
    given_names = NameField(label=_lazy("Given names"), required=False)
    family_name = NameField(label=_lazy("Family name"), required=False)
    relationship = NameField(label=_lazy("Who they are to the client"), max_length=40, required=False)
    email = AddressField(required=False)
    phone = CleanedField(label=_lazy("Phone"), required=False, max_length=40)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        choices: Iterable[tuple[str, Label]],
        practice: Practice,
        suggested: Money,
        **options: Any,
    ) -> None:
        super().__init__(data, practice=practice, suggested=suggested, **options)
        self.offer("to", choices)
        self.clean_with(phone=practice.profile.clean_phone)

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("to") == NEW and not self.cleaned_data.get("given_names"):
            self.add_error("given_names", _("Write the name of whoever shall owe it."))
        return self.cleaned_data

    def somebody(self) -> GuarantorDetails:
        """Who was written down."""
        names = ("given_names", "family_name", "relationship", "email", "phone")
        return GuarantorDetails(**{name: self.cleaned_data[name] for name in names})
