# SPDX-License-Identifier: Apache-2.0
"""What packages are offered: the owner's list, a new one, another price."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_GET, require_http_methods

from aftersession.catalog.models import ServiceKind
from aftersession.catalog.queries import active_services
from aftersession.desk.forms import CommandForm, NameField
from aftersession.desk.requests import DeskRequest
from aftersession.lib.errors import DomainError
from aftersession.lib.money import MoneyInput, format_plain, parse
from aftersession.practices.models import Member
from aftersession.prepaid.models import PackageOffer
from aftersession.prepaid.offers import OfferDetails, save_offer, switch_offer
from aftersession.prepaid.queries import offer_for, offers_of

MOST_SESSIONS = 200
MOST_MONTHS = 60


class OfferForm(CommandForm):
    """So many sessions of a service for one price."""

    name = NameField(label=_lazy("Name"))
    service = forms.ChoiceField(label=_lazy("Service"))
    session_count = forms.IntegerField(
        label=_lazy("Number of sessions"), min_value=1, max_value=MOST_SESSIONS
    )
    price = NameField(label=_lazy("Price of all"), max_length=24)
    months_valid = forms.IntegerField(
        label=_lazy("Months to use them"),
        min_value=1,
        max_value=MOST_MONTHS,
        required=False,
        help_text=_lazy("Counted from the sale. Empty: they never expire."),
    )

    def __init__(
        self, data: Mapping[str, Any] | None = None, *, member: Member, offer: PackageOffer | None = None
    ) -> None:
        super().__init__(data, initial=_values(offer, member))
        self.practice = member.practice
        services = active_services(member.practice, ServiceKind.SESSION)
        if offer is not None and offer.service not in services:
            services.append(offer.service)
        self.services = {each.code: each for each in services}
        self.offer("service", [(each.code, each.name) for each in services])
        self.price_minor = 0

    def clean_price(self) -> str:
        text = str(self.cleaned_data["price"])
        try:
            self.price_minor = parse(text, self.practice.currency, self.practice.locale).minor
        except MoneyInput as error:
            raise forms.ValidationError(str(error)) from error
        return text

    def details(self) -> OfferDetails:
        """What a valid form says."""
        values = self.cleaned_data
        return OfferDetails(
            name=values["name"],
            service=self.services[values["service"]],
            session_count=values["session_count"],
            price_minor=self.price_minor,
            months_valid=values["months_valid"],
        )


@require_GET
def offer_list(request: DeskRequest) -> HttpResponse:
    """What packages are offered, and which are no more."""
    offers = offers_of(request.member.practice, is_active=None)
    context = {
        "offered": [each for each in offers if each.is_active],
        "retired": [each for each in offers if not each.is_active],
    }
    return render(request, "desk/prepaid/offers.html", context)


@require_http_methods(["GET", "POST"])
def offer_new(request: DeskRequest) -> HttpResponse:
    """A new package to offer."""
    return _page(request, OfferForm(request.POST or None, member=request.member), None)


@require_http_methods(["GET", "POST"])
def offer_edit(request: DeskRequest, code: str) -> HttpResponse:
    """Another price, name or number; or offer it no more."""
    offer = offer_for(request.member, code)
    if request.method == "POST" and ("retire" in request.POST or "offer" in request.POST):
        form = CommandForm(request.POST)
        if form.is_valid():
            switch_offer(
                offer=offer,
                is_active="offer" in request.POST,
                actor=request.member,
                key=form.cleaned_data["key"],
            )
            messages.success(request, _("Saved."))
        return redirect("desk:offer_list")
    return _page(request, OfferForm(request.POST or None, member=request.member, offer=offer), offer)


def _page(request: DeskRequest, form: OfferForm, offer: PackageOffer | None) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            save_offer(
                details=form.details(), offer=offer, actor=request.member, key=form.cleaned_data["key"]
            )
        except DomainError as error:
            form.add_refusal(error)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk:offer_list")
    status = 422 if request.method == "POST" else 200
    return render(request, "desk/prepaid/offer.html", {"form": form, "offer": offer}, status=status)


def _values(offer: PackageOffer | None, member: Member) -> dict[str, Any]:
    if offer is None:
        return {}
    return {
        "name": offer.name,
        "service": offer.service.code,
        "session_count": offer.session_count,
        "price": format_plain(offer.price, member.practice.locale),
        "months_valid": offer.months_valid,
    }
