# SPDX-License-Identifier: Apache-2.0
"""The filter bars of the billing lists. Drawn from choices that have read the address already."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersession.billing.lists import GROWING, Choice, Period
from aftersession.billing.models import DebtorKind
from aftersession.payments import queries as payments
from aftersession.payments.models import PaymentMethod
from aftersession.practices.models import Practitioner

PERIODS = (
    (Period.MONTH, _("Last 30 days")),
    (Period.QUARTER, _("Last 90 days")),
    (Period.YEAR, _("Last 365 days")),
    (Period.THIS_MONTH, _("This month")),
    (Period.LAST_MONTH, _("Last month")),
    (Period.ANY, _("Any time")),
)


def _periods(usual: Period) -> list[tuple[str, object]]:
    """The periods; the usual one stands for no choice."""
    return [("" if period == usual else str(period), label) for period, label in PERIODS]


class SearchFilter(forms.Form):
    """A bar that begins with a search text."""

    q = forms.CharField(
        label=_("Search"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Number, reference or client")}),
    )


class InvoiceFilter(SearchFilter):
    """The filters of the invoices page."""

    period = forms.ChoiceField(label=_("Session date"), choices=PERIODS, required=False)
    owes = forms.ChoiceField(
        label=_("Who owes"), choices=[("", _("Anyone")), *DebtorKind.choices], required=False
    )
    practitioner = forms.ChoiceField(label=_("Practitioner"), required=False)

    def __init__(self, choice: Choice, practitioners: Sequence[Practitioner]) -> None:
        super().__init__(
            initial={
                "q": choice.search,
                "period": choice.period,
                "owes": choice.owes,
                "practitioner": choice.practitioner,
            }
        )
        codes = [(each.code, each.short_name) for each in practitioners]
        self.fields["practitioner"].choices = [("", _("Everyone")), *codes]  # type: ignore[attr-defined]
        # What leaves no choice is not asked.
        if len(codes) < 2:
            del self.fields["practitioner"]
        if choice.tab in GROWING:
            self.fields["period"].choices = _periods(choice.usual_period)  # type: ignore[attr-defined]
        else:
            del self.fields["period"]


class PaymentFilter(SearchFilter):
    """The filters of the payments page."""

    period = forms.ChoiceField(label=_("Received"), choices=PERIODS, required=False)
    method = forms.ChoiceField(
        label=_("Method"), choices=[("", _("Every method")), *PaymentMethod.choices], required=False
    )

    def __init__(self, choice: payments.Choice, *, has_method: bool = True) -> None:
        super().__init__(initial={"q": choice.search, "period": choice.period, "method": choice.method})
        self.fields["period"].choices = _periods(choice.usual_period)  # type: ignore[attr-defined]
        self.fields["q"].widget.attrs["placeholder"] = _("Client or reference")
        if not has_method:
            del self.fields["method"]
            self.fields["q"].widget.attrs["placeholder"] = _("Number or client")
