# SPDX-License-Identifier: Apache-2.0
"""What is typed about invoices and payments, read into plain values. Nothing here saves."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersession.desk.forms import CommandForm, DayField, LinesField, NameField
from aftersession.desk.partners.choosing import partner_choices, to_store
from aftersession.lib import clock
from aftersession.lib.money import Money, MoneyInput, format_plain, parse
from aftersession.payments.actions import PaymentInput
from aftersession.payments.connections import usable_connections
from aftersession.payments.models import PaymentMethod
from aftersession.practices.models import Practice
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import STEPS_OF_TYPE, Finish, Step

BY_HAND = (
    PaymentMethod.CASH,
    PaymentMethod.TRANSFER,
    PaymentMethod.CARD_MACHINE,
    PaymentMethod.OTHER,
)
"""How a client pays at the practice; the other methods are told by partners and insurers."""


class MoneyField(forms.CharField):
    """An amount above nothing, in the practice's currency; `clean` gives minor units.

    `practice` is given before use: what a sign means depends on where it is typed.
    """

    practice: Practice

    def __init__(self, **options: Any) -> None:
        super().__init__(max_length=40, **options)

    def clean(self, value: Any) -> int:
        text = super().clean(value)
        try:
            minor = parse(text, self.practice.currency, self.practice.locale).minor
        except MoneyInput as error:
            raise forms.ValidationError(str(error)) from error
        if minor == 0:
            raise forms.ValidationError(_("Write an amount above nothing."))
        return minor


class SendForm(CommandForm):
    """A letter to the address that the button names."""

    send_to = forms.CharField(max_length=254, required=False, widget=forms.HiddenInput)


class PaymentForm(SendForm):
    """Money that came: how much, when, how, under which reference."""

    amount = MoneyField(label=_("Amount"))
    received_on = DayField(label=_("Received on"))
    method = forms.ChoiceField(
        label=_("Method"), choices=[(method, method.label) for method in BY_HAND], widget=forms.RadioSelect
    )
    reference = NameField(
        label=_("Reference"),
        max_length=80,
        required=False,
        help_text=_("As the bank statement or the slip has it."),
    )
    sends_receipt = forms.BooleanField(label=_("Send the receipt"), required=False)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        practice: Practice,
        open_amount: Money,
        email: str = "",
    ) -> None:
        initial = {
            "amount": format_plain(open_amount, practice.locale),
            "received_on": clock.today(practice.time_zone),
            "send_to": email,
            "sends_receipt": bool(email),
        }
        super().__init__(data, initial=initial)
        self.practice = practice
        amount = self.fields["amount"]
        assert isinstance(amount, MoneyField)
        amount.practice = practice
        if not email:
            del self.fields["sends_receipt"]

    def clean_received_on(self) -> date:
        day: date = self.cleaned_data["received_on"]
        if day > clock.today(self.practice.time_zone):
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def payment(self) -> PaymentInput:
        """What a valid form says came in."""
        values = self.cleaned_data
        return PaymentInput(values["method"], values["received_on"], values["amount"], values["reference"])

    def receipt_to(self) -> str:
        """Where the receipt goes; nowhere if it was not asked for."""
        return str(self.cleaned_data["send_to"]) if self.cleaned_data.get("sends_receipt") else ""


class InsurerPaymentForm(PaymentForm):
    """An insurer's payment: how much of its share, when, under which reference."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["method"]
        self.fields["reference"].help_text = _("The remittance or the bank statement has it.")

    def payment(self) -> PaymentInput:
        values = self.cleaned_data
        return PaymentInput(
            PaymentMethod.INSURER, values["received_on"], values["amount"], values["reference"]
        )


class ReasonForm(CommandForm):
    """Why something is taken back."""

    reason = LinesField(label=_("Reason"), rows=2, max_length=300)


class DraftForm(PaymentForm):
    """A final button on a draft; the money counts only where the button takes some."""

    step = forms.ChoiceField(widget=forms.HiddenInput)
    partner = forms.ChoiceField(label=_("Payment partner"), required=False)

    def __init__(self, *args: Any, payment_type: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        is_online = payment_type == PaymentType.ONLINE
        self.partners = usable_connections(self.practice) if is_online else []
        self.offer("partner", partner_choices(self.partners))
        if len(self.partners) < 2:
            del self.fields["partner"]
        steps = [step for step in STEPS_OF_TYPE[payment_type] if step is not Step.SAVE]
        self.offer("step", [(step, step) for step in steps])
        self.fields.pop("sends_receipt", None)

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("step") != Step.SEND_RECEIPT:
            # What another button does not ask for is kept as typed, and not judged.
            for name in ("amount", "received_on", "method", "reference"):
                self.errors.pop(name, None)
        return self.cleaned_data

    def finish(self) -> Finish:
        """The button as pressed."""
        step = Step(self.cleaned_data["step"])
        payment = self.payment() if step is Step.SEND_RECEIPT else None
        send_to = "" if step is Step.GENERATE else self.cleaned_data["send_to"]
        partner = to_store(self.partners, self.cleaned_data.get("partner", ""))
        return Finish(step, payment, send_to, partner if step is Step.REQUEST_PAYMENT else "")
