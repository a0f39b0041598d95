# SPDX-License-Identifier: Apache-2.0
"""What is typed about a payment that came: what it settles, what is taken off again, what is given back."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersession.billing.models import InvoiceShare
from aftersession.desk.billing.forms import MoneyField, SendForm
from aftersession.desk.forms import CommandForm, DayField, LinesField, NameField
from aftersession.lib import clock
from aftersession.lib.money import Money, format_money, format_plain
from aftersession.payments.models import Payment, RefundMethod
from aftersession.payments.refunds import RefundInput
from aftersession.practices.models import Practice

BY_HAND = (RefundMethod.CASH, RefundMethod.TRANSFER, RefundMethod.CARD_MACHINE)
SAME_WAY = {"cash": "cash", "transfer": "transfer", "card_machine": "card_machine"}


class AmountForm(CommandForm):
    """An amount of the practice's currency, with what is usual filled in."""

    amount = MoneyField(label=_("Amount"))

    def __init__(
        self, data: Mapping[str, Any] | None, *, practice: Practice, amount: Money, **initial: Any
    ) -> None:
        super().__init__(data, initial={"amount": format_plain(amount, practice.locale), **initial})
        field = self.fields["amount"]
        assert isinstance(field, MoneyField)
        field.practice = practice
        self.practice = practice


class UseForm(AmountForm):
    """Which invoice unused money shall settle, and how much of it."""

    share = forms.ChoiceField(label=_("Invoice"), widget=forms.RadioSelect)

    def __init__(
        self,
        data: Mapping[str, Any] | None,
        *,
        practice: Practice,
        payment: Payment,
        shares: Sequence[InvoiceShare],
        chosen: str = "",
    ) -> None:
        first = next((each for each in shares if each.code == chosen), shares[0] if shares else None)
        most = min(payment.unallocated_minor, first.open_minor if first else payment.unallocated_minor)
        super().__init__(
            data,
            practice=practice,
            amount=Money(most, payment.currency),
            share=first.code if first else "",
        )
        self.offer("share", [(each.code, self._label(each)) for each in shares])

    def _label(self, share: InvoiceShare) -> str:
        return _("%(number)s, %(name)s: %(open)s open") % {
            "number": share.invoice.number_label,
            "name": share.account.full_name,
            "open": format_money(share.open, self.practice.locale),
        }


class ReleaseForm(AmountForm):
    """How much is taken off an invoice again, and why. The form names the invoice itself: which one is first
    may have changed by then."""

    share = forms.CharField(widget=forms.HiddenInput, max_length=16, required=False)
    reason = LinesField(label=_("Reason"), rows=2, max_length=300)


class RefundForm(AmountForm, SendForm):
    """Money given back by hand."""

    method = forms.ChoiceField(
        label=_("Given back by"),
        choices=[(method, method.label) for method in BY_HAND],
        widget=forms.RadioSelect,
    )
    refunded_on = DayField(label=_("Given back on"))
    reference = NameField(label=_("Reference"), max_length=80, required=False)
    reason = LinesField(label=_("Reason"), rows=2, max_length=300)
    sends_paper = forms.BooleanField(label=_("Send the confirmation"), required=False)

    def __init__(
        self, data: Mapping[str, Any] | None, *, practice: Practice, payment: Payment, email: str
    ) -> None:
        super().__init__(
            data,
            practice=practice,
            amount=payment.unallocated,
            method=SAME_WAY.get(payment.method, "transfer"),
            refunded_on=clock.today(practice.time_zone),
            send_to=email,
            sends_paper=bool(email),
        )
        if not email:
            del self.fields["sends_paper"]

    def refund(self) -> RefundInput:
        """What a valid form says was given back."""
        values = self.cleaned_data
        return RefundInput(
            method=values["method"],
            refunded_on=values["refunded_on"],
            amount_minor=values["amount"],
            reason=values["reason"],
            reference=values["reference"],
        )

    def paper_to(self) -> str:
        """Where the confirmation goes; nowhere if it was not asked for."""
        return str(self.cleaned_data["send_to"]) if self.cleaned_data.get("sends_paper") else ""
