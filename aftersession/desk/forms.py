# SPDX-License-Identifier: Apache-2.0
"""Fields that several pages share. They read what was typed into plain, clean values and save nothing."""

from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from aftersession.lib.errors import DomainError
from aftersession.lib.text import clean_name, clean_text
from aftersession.practices.models import Practitioner

Label = str | Promise


class CommandForm(forms.Form):
    """A form that is safe to send twice, by its hidden key, and safe to send late, by what it has seen."""

    key = forms.CharField(max_length=64, widget=forms.HiddenInput)
    seen = forms.CharField(max_length=16, required=False, widget=forms.HiddenInput)

    def add_refusal(self, error: DomainError) -> None:
        """Put a refusal beside the field it is about, else at the top."""
        self.add_error(error.field if error.field in self.fields else None, error.message)

    def offer(self, name: str, choices: Iterable[tuple[str, Label]]) -> None:
        """Give a field the choices that depend on who asks."""
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def call(self, name: str, label: Label) -> None:
        """Give a field the practice's own word for it."""
        self.fields[name].label = str(capfirst(str(label)))

    def clean_with(self, **cleaners: Callable[[str], str]) -> None:
        """Give fields the country's way of reading them."""
        for name, cleaner in cleaners.items():
            if name in self.fields:
                field = self.fields[name]
                assert isinstance(field, CleanedField)
                field.cleaner = cleaner


class CleanedField(forms.CharField):
    """Text that a cleaner of the country or of `lib.text` brings into shape, or refuses with a sentence."""

    def __init__(
        self, *, cleaner: Callable[[str], str] | None = None, max_length: int = 120, **options: Any
    ) -> None:
        self.cleaner = cleaner
        self.longest = max_length
        # Django's own null check would answer first, with a sentence for programmers.
        super().__init__(**options)
        self.validators = [each for each in self.validators if not _is_null_check(each)]
        if isinstance(self.widget, forms.TextInput):
            self.widget.attrs.setdefault("maxlength", str(max_length))

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            text = clean_name(text, self.longest)
            return self.cleaner(text) if self.cleaner else text
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error


class NameField(CleanedField):
    """A name or another text on one line."""


class LinesField(forms.CharField):
    """A text of several lines: an address, terms."""

    def __init__(self, *, rows: int = 3, max_length: int = 500, **options: Any) -> None:
        self.longest = max_length
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **options)
        self.validators = [each for each in self.validators if not _is_null_check(each)]

    def clean(self, value: Any) -> str:
        try:
            text = clean_text(super().clean(value), self.longest)
            for line in text.split("\n"):
                clean_name(line, self.longest)
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error
        return text


class AddressField(forms.EmailField):
    """One e-mail address in its plain form: no quoting, no comment, no second one."""

    plain = RegexValidator(
        r"\A[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+\Z", _("Enter one e-mail address.")
    )

    def __init__(self, **options: Any) -> None:
        options.setdefault("label", _("E-mail"))
        super().__init__(max_length=254, **options)
        self.error_messages["invalid"] = _("Enter one e-mail address, like naledi@example.com.")
        self.validators = [self.plain]
        self.widget.attrs |= {"autocomplete": "off", "inputmode": "email"}

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        if text:
            forms.EmailField(max_length=254).clean(text)
        return text


class DayField(forms.DateField):
    """A day, in the browser's own control."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)

    def clean(self, value: Any) -> Any:
        day = super().clean(value)
        if day is not None and not 1900 <= day.year <= 2100:
            raise forms.ValidationError(_("Please check the year."))
        return day


def people_choices(practitioners: Iterable[Practitioner]) -> list[tuple[str, Label]]:
    """Practitioners as choices of a field."""
    return [(each.code, each.full_name) for each in practitioners]


def _is_null_check(validator: object) -> bool:
    return type(validator).__name__ == "ProhibitNullCharactersValidator"
