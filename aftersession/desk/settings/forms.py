# SPDX-License-Identifier: Apache-2.0
"""What an owner sets, read into plain values."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersession.accounts.models import User
from aftersession.catalog.actions import ServiceDetails
from aftersession.catalog.models import Service, ServiceKind, TaxTreatment
from aftersession.coverage.actions import PayerDetails
from aftersession.coverage.models import Payer
from aftersession.desk.forms import AddressField, CleanedField, CommandForm, DayField, LinesField, NameField
from aftersession.lib.changes import digest_of
from aftersession.lib.money import Money, MoneyInput, format_plain, parse
from aftersession.practices.actions import PracticeDetails, PractitionerDetails
from aftersession.practices.models import Member, Practice, Practitioner

# What a country calls the parts of bank details, and where a practice keeps them.
BANK_FIELDS = {
    "bank_name": "bank_name",
    "account_holder": "bank_account_name",
    "account_number": "bank_account_number",
    "branch_code": "bank_branch",
}
LIMITS = ("biller_refund_limit_minor", "practitioner_refund_limit_minor")
LONGEST_UNDO = 300
LONGEST_TERM = 120


class LimitField(forms.CharField):
    """An amount in the practice's currency as minor units; None where nothing is written. 0 is an amount."""

    practice: Practice

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, required=False, **options)

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        try:
            return parse(text, self.practice.currency, self.practice.locale).minor
        except MoneyInput as error:
            raise forms.ValidationError(str(error)) from error


class PracticeForm(CommandForm):
    """What the practice says of itself, on papers, pages and letters."""

    name = NameField(label=_("Trading name"))
    legal_name = NameField(label=_("Legal name"), required=False)
    tagline = NameField(label=_("Line under the name"), max_length=80, required=False)
    address = LinesField(label=_("Address"), required=False, rows=4)
    phone = CleanedField(label=_("Phone"), max_length=40, required=False)
    email = AddressField(required=False)
    support_email = AddressField(
        label=_("Support address"),
        required=False,
        help_text=_("Where clients and colleagues ask for help. It stands on the help pages and in letters."),
    )
    practice_number = CleanedField(max_length=40, required=False)
    tax_number = CleanedField(max_length=40, required=False)
    tax_vendor_from = DayField(required=False)
    tax_vendor_to = DayField(required=False)
    accent_colour = forms.RegexField(
        r"\A#[0-9a-fA-F]{6}\Z",
        label=_("Colour of papers"),
        widget=forms.TextInput(attrs={"type": "color"}),
        error_messages={"invalid": _("Write the colour like #2d3bcb.")},
    )
    bank_name = NameField(max_length=80, required=False)
    bank_account_name = NameField(max_length=80, required=False)
    bank_account_number = CleanedField(max_length=40, required=False)
    bank_branch = CleanedField(max_length=20, required=False)
    invoice_terms = LinesField(label=_("Terms on invoices"), required=False, rows=4, max_length=1000)
    payment_days = forms.IntegerField(label=_("Days to pay"), min_value=0, max_value=LONGEST_TERM)
    undo_seconds = forms.IntegerField(
        label=_("Undo window, in seconds"),
        min_value=0,
        max_value=LONGEST_UNDO,
        help_text=_("How long a message waits before it leaves, so that it can be taken back."),
    )
    allows_part_payment = forms.BooleanField(
        label=_("Clients may pay a part on the pay page"),
        required=False,
        help_text=_("Otherwise the pay page takes all that is open, or nothing."),
    )
    prints_diagnosis = forms.BooleanField(
        label=_("Diagnoses may stand on clients' own invoices, where the client agrees"), required=False
    )

    biller_refund_limit_minor = LimitField(label=_("A biller may refund up to"))
    practitioner_refund_limit_minor = LimitField(label=_("A practitioner may refund up to"))

    def __init__(self, data: Mapping[str, Any] | None = None, *, practice: Practice) -> None:
        values = {name: getattr(practice, name) for name in PracticeDetails.names()}
        country = practice.profile
        values["phone"] = country.format_phone(practice.phone)
        values["seen"] = digest_of(practice, PracticeDetails.names())
        for name in LIMITS:
            limit = getattr(practice, name)
            shown = None if limit is None else Money(limit, practice.currency)
            values[name] = "" if shown is None else format_plain(shown, practice.locale)
        super().__init__(data, initial=values)
        for name in LIMITS:
            field = self.fields[name]
            assert isinstance(field, LimitField)
            field.practice = practice
        words = country.words
        self.call("practice_number", words.practice_number)
        self.call("tax_number", words.tax_number)
        self.call("tax_vendor_from", _("%(vendor)s from") % {"vendor": words.tax_vendor})
        self.call("tax_vendor_to", _("%(vendor)s until") % {"vendor": words.tax_vendor})
        for part in country.bank_fields:
            if part.name in BANK_FIELDS:
                self.call(BANK_FIELDS[part.name], part.label)
        self.clean_with(
            phone=country.clean_phone,
            practice_number=country.clean_practice_number,
            tax_number=country.clean_tax_number,
            bank_account_number=country.clean_account_number,
            bank_branch=country.clean_branch_code,
        )

    def clean_accent_colour(self) -> str:
        return str(self.cleaned_data["accent_colour"]).lower()

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        since, until = values.get("tax_vendor_from"), values.get("tax_vendor_to")
        if until and (not since or until < since):
            self.add_error("tax_vendor_to", _("This is before the first day."))
        if since and not values.get("tax_number") and "tax_number" not in self.errors:
            self.add_error("tax_number", _("An invoice with tax on it must show this number."))
        return values

    def details(self) -> PracticeDetails:
        """What a valid form says."""
        return PracticeDetails(**{name: self.cleaned_data[name] for name in PracticeDetails.names()})


class OwnForm(forms.Form):
    """What people set for themselves. Sending it twice sets the same twice, so it carries no key."""

    theme = forms.ChoiceField(label=_("Colours"), choices=User.Theme.choices, widget=forms.RadioSelect)
    has_shortcuts = forms.BooleanField(
        label=_("Single keys do something while no field has the focus"), required=False
    )


class PractitionerForm(CommandForm):
    """What accounts say of who treats."""

    title = NameField(label=_("Title"), max_length=20, required=False)
    given_names = NameField(label=_("Given names"), max_length=80)
    family_name = NameField(label=_("Family name"), max_length=80)
    discipline = NameField(label=_("Discipline"), max_length=80, required=False)
    registration_number = NameField(max_length=32, required=False)
    practice_number = CleanedField(max_length=32, required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, practitioner: Practitioner, member: Member
    ) -> None:
        values = {name: getattr(practitioner, name) for name in PractitionerDetails.names()}
        values["seen"] = digest_of(practitioner, PractitionerDetails.names())
        super().__init__(data, initial=values)
        country = member.practice.profile
        self.call("registration_number", country.words.registration_number)
        self.call("practice_number", _("Own %(number)s") % {"number": country.words.practice_number})
        self.clean_with(practice_number=country.clean_practice_number)

    def details(self) -> PractitionerDetails:
        """What a valid form says."""
        return PractitionerDetails(**{name: self.cleaned_data[name] for name in PractitionerDetails.names()})


class ServiceForm(CommandForm):
    """What is offered, for how much."""

    kind = forms.ChoiceField(label=_("Kind"), choices=ServiceKind.choices, initial=ServiceKind.SESSION)
    name = NameField(label=_("Name, as it stands on invoices"))
    minutes = forms.IntegerField(
        label=_("Minutes"),
        required=False,
        min_value=5,
        max_value=720,
        help_text=_("How long a session lasts. Items have none."),
    )
    price = NameField(label=_("Price"), max_length=24)
    tax_treatment = forms.ChoiceField(choices=TaxTreatment.choices, initial=TaxTreatment.STANDARD)
    procedure_code = CleanedField(max_length=16, required=False)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, member: Member, service: Service | None = None
    ) -> None:
        super().__init__(data, initial=_service_values(service, member))
        self.practice = member.practice
        words = member.practice.profile.words
        self.call("procedure_code", words.procedure_code)
        self.call("tax_treatment", words.tax)
        self.price_minor = 0

    def clean_price(self) -> str:
        try:
            price = parse(self.cleaned_data["price"], self.practice.currency, self.practice.locale)
        except MoneyInput as error:
            raise forms.ValidationError(str(error)) from error
        self.price_minor = price.minor
        return str(self.cleaned_data["price"])

    def details(self) -> ServiceDetails:
        """What a valid form says."""
        values = {name: self.cleaned_data[name] for name in ServiceDetails.names() if name != "price_minor"}
        if values["kind"] == ServiceKind.ITEM:
            values["minutes"] = None
        return ServiceDetails(**values, price_minor=self.price_minor)


class PayerForm(CommandForm):
    """How an insurer is called and reached."""

    name = NameField(label=_("Name"))
    claims_email = AddressField(
        label=_("Where claims go"), required=False, help_text=_("Send to insurer writes to this address.")
    )
    phone = CleanedField(label=_("Phone"), max_length=40, required=False)
    address = LinesField(label=_("Postal address"), required=False)
    is_active = forms.BooleanField(label=_("Can be chosen for clients"), required=False, initial=True)

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, member: Member, payer: Payer | None = None
    ) -> None:
        country = member.practice.profile
        values: dict[str, Any] = {}
        if payer is not None:
            values = {name: getattr(payer, name) for name in PayerDetails.names()}
            values["phone"] = country.format_phone(payer.phone)
            values["seen"] = digest_of(payer, PayerDetails.names())
        super().__init__(data, initial=values)
        self.clean_with(phone=country.clean_phone)

    def details(self) -> PayerDetails:
        """What a valid form says."""
        return PayerDetails(**{name: self.cleaned_data[name] for name in PayerDetails.names()})


def _service_values(service: Service | None, member: Member) -> dict[str, Any]:
    if service is None:
        return {}
    values = {name: getattr(service, name) for name in ServiceDetails.names()}
    price = format_plain(Money(service.price_minor, service.currency), member.practice.locale)
    return {**values, "price": price, "seen": digest_of(service, ServiceDetails.names())}
