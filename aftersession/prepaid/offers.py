# SPDX-License-Identifier: Apache-2.0
"""What packages a practice offers. Sold ones keep the copy they were sold with."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.catalog.models import Service
from aftersession.commands.command import command
from aftersession.lib.errors import BadInput
from aftersession.practices.actors import Actor
from aftersession.prepaid.models import PackageOffer


@dataclass(frozen=True, kw_only=True)
class OfferDetails:
    """So many sessions of a service for one price (minor units); usable so many months, or without end."""

    name: str
    service: Service
    session_count: int
    price_minor: int
    months_valid: int | None = None


@dataclass(frozen=True)
class OfferSaved:
    """The offer's public code."""

    offer_code: str


@command(OfferSaved)
def save_offer(
    *, details: OfferDetails, offer: PackageOffer | None = None, actor: Actor, key: str
) -> OfferSaved:
    """Offer a new package, or change one for whoever buys it from now on.

    Raises BadInput beside `name` for a name that is offered already.
    """
    namesakes = PackageOffer.objects.filter(name__iexact=details.name, is_active=True)
    if namesakes.exclude(pk=offer.pk if offer else 0).exists():
        raise BadInput(_("Something of this name is offered already."), field="name")
    values = {
        "name": details.name,
        "service": details.service,
        "session_count": details.session_count,
        "price_minor": details.price_minor,
        "months_valid": details.months_valid,
    }
    if offer is None:
        offer = PackageOffer.objects.create(
            practice=actor.practice, currency=actor.practice.currency, **values
        )
    else:
        PackageOffer.objects.filter(pk=offer.pk).update(**values)
    data = {"price_minor": details.price_minor, "sessions": details.session_count}
    record_facts([Fact("package_offer.saved", "package_offer", offer.code, data=data)], actor=actor)
    return OfferSaved(offer.code)


@command(OfferSaved)
def switch_offer(*, offer: PackageOffer, is_active: bool, actor: Actor, key: str) -> OfferSaved:
    """Sell it no more, or again; what was sold stays. Safe to repeat."""
    if PackageOffer.objects.filter(pk=offer.pk, is_active=not is_active).update(is_active=is_active):
        action = "package_offer.offered_again" if is_active else "package_offer.retired"
        record_facts([Fact(action, "package_offer", offer.code)], actor=actor)
    return OfferSaved(offer.code)
