# SPDX-License-Identifier: Apache-2.0
"""How much a payer chooses to pay, read strictly, and what it settles: said before anything is paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from aftersession.billing.models import InvoiceShare
from aftersession.lib.errors import BadInput
from aftersession.lib.money import Money, MoneyInput, format_plain, parse
from aftersession.portal.partners import EmailForm, Partner
from aftersession.practices.models import Practice
from aftersession.workflows.start_checkout import open_minor_of, parts_to_pay

ONE, ALL = "one", "all"


@dataclass(frozen=True)
class Owed:
    """One invoice by its number and day, with what is open of it: nothing about the care."""

    number: str
    issued_on: date | None
    amount: Money


@dataclass(frozen=True)
class Chosen:
    """An amount that the payer wrote: what it settles, and what stays open."""

    amount: Money
    settles: list[Owed]
    left: Money


class AmountForm(forms.Form):
    """Another amount than all. `clean` refuses what cannot be paid, beside the field."""

    amount = forms.CharField(label=_("Amount"), max_length=40)

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        of: str,
        shares: Sequence[InvoiceShare],
        practice: Practice,
    ) -> None:
        whole = Money(open_minor_of(shares), practice.currency)
        initial = {"amount": format_plain(whole, practice.locale)}
        super().__init__(data, initial=initial, auto_id=f"id_{of}_%s")
        self.fields["amount"].widget.attrs |= {"inputmode": "decimal", "autocomplete": "off"}
        self.shares, self.practice = shares, practice
        self.amount_minor: int | None = None

    def clean_amount(self) -> str:
        text = str(self.cleaned_data["amount"])
        try:
            self.amount_minor = parse(text, self.practice.currency, self.practice.locale).minor
            parts_to_pay(self.shares, self.amount_minor, self.practice)
        except (MoneyInput, BadInput) as error:
            raise forms.ValidationError(getattr(error, "message", str(error))) from error
        return text

    def chosen(self) -> Chosen:
        """What a valid form settles."""
        currency = self.practice.currency
        parts = parts_to_pay(self.shares, self.amount_minor, self.practice)
        paid_minor = sum(minor for _share, minor in parts)
        return Chosen(
            amount=Money(paid_minor, currency),
            settles=[owed(share, minor) for share, minor in parts],
            left=Money(open_minor_of(self.shares) - paid_minor, currency),
        )


@dataclass(frozen=True)
class Offer:
    """Something that can be paid now: this invoice, or all that is owed."""

    of: str
    total: Money
    is_several: bool
    form: AmountForm | None
    chosen: Chosen | None
    email: EmailForm | None = None

    @property
    def amount(self) -> Money:
        """What the button says."""
        return self.chosen.amount if self.chosen else self.total


def offer_of(
    of: str,
    shares: Sequence[InvoiceShare],
    practice: Practice,
    data: Mapping[str, Any] | None = None,
    *,
    partner: Partner | None,
) -> Offer:
    """The offer for these shares; `data` is what was typed of another amount or an address, if anything was."""
    total = Money(open_minor_of(shares), practice.currency)
    typed = data if data is not None and data.get("amount") is not None else None
    form = AmountForm(typed, of=of, shares=shares, practice=practice)
    chosen = form.chosen() if form.is_valid() else None
    shows_form = practice.allows_part_payment or bool(form.errors)
    asks = partner is not None and partner.needs_email
    email = EmailForm(data, of=of, own_email=partner.own_email) if partner and asks else None
    return Offer(of, total, len(shares) > 1, form if shows_form else None, chosen, email)


def owed(share: InvoiceShare, amount_minor: int) -> Owed:
    """An amount of a share as the payer reads it."""
    invoice = share.invoice
    return Owed(invoice.number_label, invoice.issued_on, Money(amount_minor, share.currency))
