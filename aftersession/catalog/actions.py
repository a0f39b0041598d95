# SPDX-License-Identifier: Apache-2.0
"""Everything that changes the catalogue. Bookings and bills keep the copy they made."""

from dataclasses import dataclass, fields

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.catalog.models import Service, ServiceKind, TaxTreatment
from aftersession.commands.command import command
from aftersession.lib.changes import changed_names, digest_of
from aftersession.lib.errors import BadInput, InvalidTransition
from aftersession.practices.actors import Actor


@dataclass(frozen=True, kw_only=True)
class ServiceDetails:
    """What is offered, for how much. `price_minor` in minor units of the practice's currency."""

    kind: str = ServiceKind.SESSION
    name: str
    minutes: int | None = None
    price_minor: int
    tax_treatment: str = TaxTreatment.STANDARD
    procedure_code: str = ""

    @classmethod
    def names(cls) -> list[str]:
        """The fields, as the model calls them too."""
        return [each.name for each in fields(cls)]


@dataclass(frozen=True)
class ServiceSaved:
    """The service's public code."""

    service_code: str


@command(ServiceSaved)
def add_service(*, details: ServiceDetails, actor: Actor, key: str) -> ServiceSaved:
    """Offer something new from now on. Raises BadInput beside `name` for a name that is offered already."""
    _check(details)
    _refuse_namesake(details.name, besides=0)
    service = Service(practice=actor.practice, currency=actor.practice.currency, **_values(details))
    service.save(force_insert=True)
    record_facts([Fact("service.added", "service", service.code, data=_price(service))], actor=actor)
    return ServiceSaved(service.code)


@command(ServiceSaved)
def change_service(
    *, service: Service, details: ServiceDetails, seen: str, actor: Actor, key: str
) -> ServiceSaved:
    """Another name, price or code, for what is booked from now on.

    `seen` is `digest_of(service, ServiceDetails.names())` as the form showed it. Raises
    InvalidTransition if somebody else has changed it since, BadInput beside the field that is wrong.
    """
    kept: Service = Service.objects.select_for_update().get(pk=service.pk)
    if digest_of(kept, ServiceDetails.names()) != seen:
        raise InvalidTransition(
            _("Somebody else has changed this service meanwhile. Nothing was saved: open the page again."),
            code="changed_meanwhile",
        )
    _check(details)
    _refuse_namesake(details.name, besides=kept.pk)
    before, values = _price(kept), _values(details)
    changed = changed_names(kept, values)
    if changed:
        Service.objects.filter(pk=kept.pk).update(**values)
        after = {"price_minor": details.price_minor, "currency": kept.currency}
        data = {"fields": changed, "before": before, "after": after}
        record_facts([Fact("service.changed", "service", kept.code, data=data)], actor=actor)
    return ServiceSaved(kept.code)


@command(ServiceSaved)
def retire_service(*, service: Service, actor: Actor, key: str) -> ServiceSaved:
    """Offer it no more; what is booked stays booked. Safe to repeat."""
    return _offer(service, is_active=False, action="service.retired", actor=actor)


@command(ServiceSaved)
def offer_service_again(*, service: Service, actor: Actor, key: str) -> ServiceSaved:
    """Take a retired service back into the list. Safe to repeat."""
    _refuse_namesake(service.name, besides=service.pk)
    return _offer(service, is_active=True, action="service.offered_again", actor=actor)


def _offer(service: Service, *, is_active: bool, action: str, actor: Actor) -> ServiceSaved:
    if Service.objects.filter(pk=service.pk, is_active=not is_active).update(is_active=is_active):
        record_facts([Fact(action, "service", service.code)], actor=actor)
    return ServiceSaved(service.code)


def _check(details: ServiceDetails) -> None:
    if details.kind == ServiceKind.SESSION and not details.minutes:
        raise BadInput(_("Say how many minutes a session lasts."), field="minutes")


def _refuse_namesake(name: str, *, besides: int) -> None:
    if Service.objects.filter(name__iexact=name, is_active=True).exclude(pk=besides).exists():
        raise BadInput(_("Something of this name is offered already."), field="name")


def _values(details: ServiceDetails) -> dict[str, object]:
    return {name: getattr(details, name) for name in ServiceDetails.names()}


def _price(service: Service) -> dict[str, object]:
    return {"price_minor": service.price_minor, "currency": service.currency}
