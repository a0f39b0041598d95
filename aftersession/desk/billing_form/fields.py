# SPDX-License-Identifier: Apache-2.0
"""Fields of a billing form that read figures: strict, and in the practice's own way of writing them."""

import re
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from aftersession.billing.pricing import Discount, DiscountKind
from aftersession.lib.money import MoneyInput, parse
from aftersession.practices.models import Practice

KINDS: Final = ((DiscountKind.PERCENT, "%"), (DiscountKind.FIXED, ""))
LARGEST_QUANTITY: Final = 999
WHOLE: Final = 10_000
"""A hundred percent, in hundredths of a percent."""

_PERCENT: Final = re.compile(r"(\d{1,3})(?:[.,](\d{1,2}))?", re.ASCII)


class FigureField(forms.CharField):
    """A figure typed as text; `practice` is given before use."""

    practice: Practice

    def __init__(self, **options: Any) -> None:
        options.setdefault("widget", forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}))
        super().__init__(max_length=40, **options)


class AmountField(FigureField):
    """An amount of money, nothing included; `clean` gives minor units, or None for an empty field."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse(text, self.practice.currency, self.practice.locale).minor
        except MoneyInput as error:
            raise forms.ValidationError(str(error)) from error


class QuantityField(FigureField):
    """How often: whole, from 1."""

    def clean(self, value: Any) -> int:
        text = str(super().clean(value))
        if not (text.isascii() and text.isdigit() and 1 <= int(text) <= LARGEST_QUANTITY):
            raise forms.ValidationError(
                _("Write a whole number from 1 to %(most)d.") % {"most": LARGEST_QUANTITY}
            )
        return int(text)


class DiscountMixin(forms.Form):
    """A discount in three fields: how much, of what kind, and why. `discount()` is None where there is none."""

    practice: Practice

    discount_value = FigureField(label=_lazy("Discount"), required=False)
    discount_kind = forms.ChoiceField(label=_lazy("Kind of discount"), choices=KINDS, required=False)
    discount_reason = forms.CharField(label=_lazy("Reason"), required=False)

    def discount(self) -> Discount | None:
        """What was typed, once it is valid."""
        values = self.cleaned_data
        amount = values.get("discount_value")
        if not isinstance(amount, int) or not amount:
            return None
        return Discount(self.kind(), amount, values.get("discount_reason", ""))

    def kind(self) -> DiscountKind:
        """Fixed or percent; percent where nothing was chosen."""
        return DiscountKind(self.cleaned_data.get("discount_kind") or DiscountKind.PERCENT)

    def clean_discount(self) -> None:
        """Read the figure as its kind says; ask for a reason where there is a discount."""
        text = self.cleaned_data.get("discount_value", "")
        try:
            amount = read_discount(text, self.kind(), self.practice) if text else 0
        except ValueError as error:
            self.add_error("discount_value", str(error))
            return
        self.cleaned_data["discount_value"] = amount
        if amount and not self.cleaned_data.get("discount_reason") and "discount_reason" not in self.errors:
            self.add_error("discount_reason", _("Say why: it stands on the invoice."))


def read_discount(text: str, kind: DiscountKind, practice: Practice) -> int:
    """Minor units, or hundredths of a percent. Raises ValueError with a sentence."""
    if kind is DiscountKind.FIXED:
        return parse(text, practice.currency, practice.locale).minor
    match = _PERCENT.fullmatch(text.strip().removesuffix("%").strip())
    value = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else WHOLE + 1
    if value > WHOLE:
        raise ValueError(_("Write a percentage from 0 to 100."))
    return value
