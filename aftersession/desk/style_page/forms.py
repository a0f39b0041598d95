# SPDX-License-Identifier: Apache-2.0
from django import forms
from django.utils.translation import gettext_lazy as _


class SampleForm(forms.Form):
    """One field of every kind, for the style page."""

    reason = forms.CharField(label=_("Reason"), required=False, help_text=_("Shown on the invoice."))
    amount = forms.CharField(label=_("Amount"))
    member_number = forms.RegexField(
        r"^[0-9]{9}$",
        label=_("Member number"),
        error_messages={"invalid": _("This insurer uses 9 figures.")},
    )
    day = forms.DateField(label=_("Date of service"), widget=forms.DateInput(attrs={"type": "date"}))
    method = forms.ChoiceField(
        label=_("Method"),
        choices=[("cash", _("Cash")), ("transfer", _("Transfer")), ("card", _("Card machine"))],
    )
    role = forms.ChoiceField(
        label=_("Sent to"),
        choices=[("client", _("The client")), ("guarantor", _("The responsible person"))],
        widget=forms.RadioSelect,
    )
    note = forms.CharField(label=_("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3}))
    receipt = forms.BooleanField(label=_("E-mail a receipt"), required=False)
    locked = forms.CharField(label=_("Number"), required=False, disabled=True)


class SampleFilters(forms.Form):
    """A search text, two choices and a date, for the style page."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Client or number")}),
    )
    owes = forms.ChoiceField(
        label=_("Who owes"), required=False, choices=[("", _("Anyone")), ("client", _("Client"))]
    )
    practitioner = forms.ChoiceField(
        label=_("Practitioner"), required=False, choices=[("", _("Everyone")), ("1", "Dr Ayesha Parker")]
    )
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
