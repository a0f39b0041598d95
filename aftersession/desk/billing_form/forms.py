# SPDX-License-Identifier: Apache-2.0
"""The forms of billing details: one for the whole bill, one for each line. They read shape and save nothing."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from django import forms
from django.forms.utils import ErrorDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from aftersession.billing.models import InvoiceShare
from aftersession.billing.pricing import DiscountKind, LineInput
from aftersession.catalog.models import TaxTreatment
from aftersession.coverage.models import Coverage
from aftersession.desk.billing_form.fields import (
    KINDS,
    AmountField,
    DiscountMixin,
    FigureField,
    QuantityField,
)
from aftersession.desk.forms import DayField, NameField
from aftersession.lib import clock
from aftersession.lib.money import currency_sign
from aftersession.payments.actions import PaymentInput
from aftersession.payments.models import PaymentMethod
from aftersession.practices.models import Practice
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import STEPS_OF_CORRECTION, STEPS_OF_TYPE, Step
from aftersession.workflows.kept_split import Part, field_of

METHODS: Final = (
    PaymentMethod.CASH,
    PaymentMethod.TRANSFER,
    PaymentMethod.CARD_MACHINE,
    PaymentMethod.OTHER,
)
PAYMENT_FIELDS: Final = ("method", "received_on", "reference", "amount")
ONLINE_FIELDS: Final = ("partner",)
INSURANCE_FIELDS: Final = ("coverage", "authorisation_number", "co_payment")
TEMPLATES: Final = (("standard", _lazy("Practice invoice")),)


class LineForm(DiscountMixin):
    """One line: what, how often, at which price, less what."""

    field_order = ("description", "procedure_code", "quantity", "price", "tax_treatment")

    description = NameField(
        label=_lazy("What"), max_length=200, error_messages={"required": _lazy("Say what it is for.")}
    )
    procedure_code = NameField(label=_lazy("Code"), max_length=16, required=False)
    quantity = QuantityField(label=_lazy("Quantity"))
    price = AmountField(
        label=_lazy("Price"), error_messages={"required": _lazy("Write a price; 0 if it is free.")}
    )
    tax_treatment = forms.ChoiceField(label=_lazy("Tax"), choices=TaxTreatment.choices, required=False)
    discount_reason = NameField(label=_lazy("Reason"), max_length=120, required=False)

    def __init__(self, data: Mapping[str, str], *, prefix: str, practice: Practice) -> None:
        super().__init__(data, prefix=prefix)
        self.practice = practice
        _give_practice(self, practice)
        self.fields["procedure_code"].label = practice.profile.words.procedure_code

    @property
    def is_blank(self) -> bool:
        """A line that was added and not filled in: it bills nothing and is in nobody's way."""
        return not any(self.data.get(self.add_prefix(name), "").strip() for name in ("description", "price"))

    def full_clean(self) -> None:
        super().full_clean()
        if self.is_blank:
            self._errors = ErrorDict()

    def clean(self) -> dict[str, Any]:
        self.clean_discount()
        return self.cleaned_data

    def line(self) -> LineInput:
        """The line as priced, once the form is valid."""
        values = self.cleaned_data
        return LineInput(
            description=values["description"],
            unit_price_minor=values["price"],
            quantity=values["quantity"],
            tax_treatment=values["tax_treatment"] or TaxTreatment.STANDARD,
            procedure_code=values["procedure_code"],
            discount=self.discount(),
        )


class BillingForm(DiscountMixin):
    """All of a bill but its lines and diagnoses. `step` is the final button, if one was pressed."""

    payment_type = forms.ChoiceField(
        label=_lazy("Who pays, and how"),
        choices=PaymentType.choices,
        error_messages={"required": _lazy("Choose who pays.")},
    )
    service_on = DayField(label=_lazy("Date of service"))
    template = forms.ChoiceField(label=_lazy("Template"), choices=TEMPLATES, required=False)
    discount_reason = NameField(label=_lazy("Reason"), max_length=120, required=False)
    partner = forms.ChoiceField(
        label=_lazy("Payment partner"),
        required=False,
        error_messages={"invalid_choice": _lazy("This payment partner takes no payments now. Choose again.")},
    )
    coverage = forms.ChoiceField(label=_lazy("Policy"), required=False)
    authorisation_number = NameField(label=_lazy("Authorisation number"), max_length=40, required=False)
    co_payment = AmountField(
        label=_lazy("Client pays (co-payment)"),
        required=False,
        help_text=_lazy("Only what is known now. The insurer is billed the rest."),
    )
    method = forms.ChoiceField(
        label=_lazy("How"),
        choices=[(method, method.label) for method in METHODS],
        required=False,
        widget=forms.RadioSelect,
    )
    received_on = DayField(label=_lazy("Received on"), required=False)
    reference = NameField(label=_lazy("Reference"), max_length=80, required=False)
    amount = AmountField(label=_lazy("Amount"), required=False)

    def __init__(
        self,
        data: Mapping[str, str],
        *,
        practice: Practice,
        coverages: Sequence[Coverage],
        partners: Sequence[tuple[str, str]] = (),
        step: Step | None = None,
        is_advance: bool = False,
        shares: Sequence[InvoiceShare] = (),
    ) -> None:
        super().__init__(data)
        self.practice, self.step, self.is_advance, self.shares = practice, step, is_advance, shares
        for share in shares:
            label = _("%(name)s pays") % {"name": share.debtor_name}
            self.fields[field_of(share)] = AmountField(label=label, required=False)
        self.coverages = {each.code: each for each in coverages}
        _give_practice(self, practice)
        words = practice.profile.words
        for name, word in (("coverage", words.coverage), ("authorisation_number", words.authorisation)):
            text = str(word)
            self.fields[name].label = text[:1].upper() + text[1:]
        self.fields["partner"].choices = partners  # type: ignore[attr-defined]
        choices = [(each.code, str(each)) for each in coverages]
        self.fields["coverage"].choices = [("", _("Choose one")), *choices]  # type: ignore[attr-defined]

    def clean_service_on(self) -> date:
        day: date = self.cleaned_data["service_on"]
        if day > clock.today(self.practice.time_zone) and not self.is_advance:
            raise forms.ValidationError(
                _("This day is still to come. A session is billed once it took place.")
            )
        return day

    def clean(self) -> dict[str, Any]:
        self.clean_discount()
        kind = self.cleaned_data.get("payment_type")
        self._leave_out(ONLINE_FIELDS, unless=kind == PaymentType.ONLINE)
        self._leave_out(INSURANCE_FIELDS, unless=kind == PaymentType.INSURANCE)
        self._leave_out(PAYMENT_FIELDS, unless=kind == PaymentType.OTHER and self.takes_money)
        if kind == PaymentType.OTHER and self.takes_money:
            self._check_payment()
        if kind and self.step and self.step not in (*STEPS_OF_TYPE[kind], *STEPS_OF_CORRECTION[kind]):
            self.add_error(
                "payment_type", _("The button you pressed belongs to another choice. Look again, then press.")
            )
        return self.cleaned_data

    @property
    def parts(self) -> tuple[Part, ...]:
        """What further debtors of a corrected invoice pay; nothing where it cannot be read."""
        return tuple(Part(share, self.cleaned_data.get(field_of(share)) or 0) for share in self.shares)

    @property
    def part_fields(self) -> list[forms.BoundField]:
        """The fields of those parts."""
        return [self[field_of(share)] for share in self.shares]

    @property
    def takes_money(self) -> bool:
        return self.step is Step.SEND_RECEIPT

    @property
    def chosen_coverage(self) -> Coverage | None:
        return self.coverages.get(self.cleaned_data.get("coverage") or "")

    def payment(self) -> PaymentInput:
        """The money that came, once the form is valid for a button that takes some."""
        values = self.cleaned_data
        return PaymentInput(values["method"], values["received_on"], values["amount"], values["reference"])

    def _check_payment(self) -> None:
        values = self.cleaned_data
        missing = {
            "method": _("Choose how it was paid."),
            "received_on": _("Say when it was paid."),
            "amount": _("Say how much was paid."),
        }
        for name, sentence in missing.items():
            if name not in self.errors and not values.get(name):
                self.add_error(name, sentence)
        received_on = values.get("received_on")
        if received_on and received_on > clock.today(self.practice.time_zone):
            self.add_error("received_on", _("This day is still to come."))

    def _leave_out(self, names: Sequence[str], *, unless: bool) -> None:
        """What belongs to another choice is kept as typed, and not judged."""
        for name in () if unless else names:
            self.errors.pop(name, None)
            self.cleaned_data.pop(name, None)


def _give_practice(form: DiscountMixin, practice: Practice) -> None:
    for field in form.fields.values():
        if isinstance(field, FigureField):
            field.practice = practice
    kinds = [(kind, text or currency_sign(practice.currency, practice.locale)) for kind, text in KINDS]
    form.fields["discount_kind"].choices = kinds  # type: ignore[attr-defined]
    assert {kind for kind, _text in kinds} == set(DiscountKind)
