# SPDX-License-Identifier: Apache-2.0
"""Packages: sold, used session by session, closed. Inside the caller's transaction.

Selling earns nothing yet. The income is put off, and each session earns its part: what is left of it,
shared out over what is left of the sessions, so that the last one earns the rest.
"""

from calendar import monthrange
from datetime import date

from django.db.models import F
from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill
from aftersession.billing.models import InvoiceState
from aftersession.encounters.models import Encounter
from aftersession.ledger.actions import Posting, Side
from aftersession.ledger.models import Account
from aftersession.lib import clock
from aftersession.lib.errors import InvalidTransition
from aftersession.lib.money import apportion
from aftersession.patients.models import Patient
from aftersession.practices.actors import Actor
from aftersession.prepaid.models import Package, PackageOffer, PackageUse


def sell(offer: PackageOffer, bill: Bill, *, actor: Actor, instead_of: Package | None = None) -> Package:
    """Write what was sold: the first line of this bill is its price, as agreed in the end.

    `instead_of`: the package whose place it takes, on the same terms: what was offered may have changed.
    """
    line, today = bill.lines[0], clock.today(actor.practice.time_zone)
    full_minor = line.unit_price_minor * line.quantity - line.discount_minor - line.invoice_discount_minor
    package: Package = Package.objects.create(
        practice=actor.practice,
        offer=offer,
        patient=bill.invoice.patient,
        service=instead_of.service if instead_of else offer.service,
        invoice=bill.invoice,
        name=instead_of.name if instead_of else offer.name,
        session_count=instead_of.session_count if instead_of else offer.session_count,
        price_minor=full_minor,
        single_price_minor=instead_of.single_price_minor if instead_of else offer.service.price_minor,
        net_minor=line.net_minor,
        currency=bill.invoice.currency,
        expires_on=instead_of.expires_on if instead_of else _expiry(offer, today),
        sold_at=clock.now(),
        sold_by=actor.label,
    )
    return package


def _expiry(offer: PackageOffer, today: date) -> date | None:
    return last_day(today, offer.months_valid) if offer.months_valid else None


def last_day(start: date, months: int) -> date:
    """The same day of the month, so many months on; the last of a shorter month."""
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def sale_posting(package: Package, share_code: str) -> Posting:
    """What selling means in the books, beside the invoice: none of it is earned yet."""
    return _posting("package_sold", package, share_code, -package.net_minor)


def use_package(package: Package, encounter: Encounter, *, actor: Actor) -> Posting:
    """Give one session of a package, and earn its part. Returns what to post.

    Raises InvalidTransition where the package cannot pay for this session any more.
    """
    held = _hold(package)
    check_usable(held, encounter)
    income_minor = apportion(held.deferred_minor, [1] * held.left_count)[0]
    _write(held, encounter, income_minor, actor=actor)
    return _posting("package_used", held, _share_code(held), income_minor)


def give_back(encounter: Encounter, *, actor: Actor) -> list[Posting]:
    """Give a session back to its package, if it was paid from one: its completion is taken back.

    Raises InvalidTransition once the package is closed: what was given back for it counted this session.
    """
    rows = PackageUse.objects.filter(encounter=encounter, undoes=None, undone_by=None)
    use = rows.select_related("package__patient").first()
    if use is None:
        return []
    held = _hold(use.package)
    if held.closed_at is not None:
        raise InvalidTransition(
            _(
                "The package that paid for this session is closed, and this session was counted. It stays completed."
            )
        )
    _write(held, encounter, -use.income_minor, undoes=use, actor=actor)
    return [_posting("package_use_undone", held, _share_code(held), -use.income_minor)]


def release(package: Package, amount_minor: int, *, kind: str, reason: str) -> Posting:
    """Put off so much less: it is taken back, or earned because the package is closed. Returns what to post."""
    Package.objects.filter(pk=package.pk).update(released_minor=F("released_minor") + amount_minor)
    package.released_minor += amount_minor
    return _posting(kind, package, _share_code(package), amount_minor, reason)


def close(package: Package, *, reason: str) -> None:
    """Give no more sessions of it, by compare-and-set. Raises InvalidTransition if it was closed before."""
    now = clock.now()
    if Package.objects.filter(pk=package.pk, closed_at=None).update(closed_at=now, close_reason=reason) != 1:
        raise InvalidTransition(_("This package has been closed already."))
    package.closed_at, package.close_reason = now, reason


def hold_of(invoice_pk: int) -> Package | None:
    """The package that this invoice sold, held until commit; None for any other invoice."""
    rows = Package.objects.select_for_update(of=("self",)).filter(invoice=invoice_pk)
    return rows.select_related("patient", "invoice", "service", "offer").first()


def check_usable(package: Package, encounter: Encounter) -> None:
    """Refuse a package that cannot pay for this session. Raises InvalidTransition."""
    facts = {"name": package.name}
    if package.patient_id != encounter.patient_id:
        raise InvalidTransition(_("This package is another client's."))
    if package.closed_at is not None or package.invoice.state != InvoiceState.ISSUED:
        raise InvalidTransition(_("%(name)s is closed. Bill the session instead.") % facts)
    if not package.left_count:
        raise InvalidTransition(_("%(name)s is used up. Bill the session instead.") % facts)
    if package.expires_on is not None and package.expires_on < encounter.service_on:
        raise InvalidTransition(
            _("%(name)s was to be used before this day. Bill the session instead.") % facts
        )
    if package.service_id != encounter.appointment.service_id:
        raise InvalidTransition(_("%(name)s is for another service. Bill the session instead.") % facts)


def _hold(package: Package) -> Package:
    rows = Package.objects.select_for_update(of=("self",)).select_related("invoice", "patient")
    held: Package = rows.get(pk=package.pk)
    return held


def _share_code(package: Package) -> str:
    return str(package.invoice.shares.order_by("position").values_list("code", flat=True)[0])


def _write(
    held: Package,
    encounter: Encounter,
    income_minor: int,
    *,
    undoes: PackageUse | None = None,
    actor: Actor,
) -> None:
    step = -1 if undoes else 1
    PackageUse.objects.create(
        practice=actor.practice,
        package=held,
        encounter=encounter,
        count=step,
        income_minor=income_minor,
        undoes=undoes,
        at=clock.now(),
        by=actor.label,
    )
    Package.objects.filter(pk=held.pk).update(
        used_count=F("used_count") + step, released_minor=F("released_minor") + income_minor
    )
    held.used_count += step
    held.released_minor += income_minor


def _posting(kind: str, package: Package, share_code: str, earned_minor: int, reason: str = "") -> Posting:
    """Positive: so much is put off no more and counts as income. Negative: the way back."""
    patient: Patient = package.patient
    return Posting(
        kind,
        package.currency,
        (
            Side(Account.DEFERRED_INCOME, earned_minor, share_code, patient_code=patient.code),
            Side(Account.INCOME, -earned_minor, share_code, patient_code=patient.code),
        ),
        reason,
        package.code,
    )
