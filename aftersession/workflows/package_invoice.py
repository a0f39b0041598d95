# SPDX-License-Identifier: Apache-2.0
"""What becomes of a package when its invoice is taken back. Inside the transaction that does so."""

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import Bill
from aftersession.billing.credits import Credited
from aftersession.billing.models import Invoice
from aftersession.ledger.actions import post
from aftersession.lib.errors import InvalidTransition
from aftersession.practices.actors import Actor
from aftersession.prepaid.models import Package
from aftersession.prepaid.packages import close, hold_of, release, sell
from aftersession.workflows.bill_in_advance import check_advance
from aftersession.workflows.complete_session import Billing
from aftersession.workflows.finalise import Finish


def package_credited(
    invoice: Invoice, credited: list[Credited], *, is_whole: bool, reason: str, actor: Actor
) -> None:
    """A package's invoice is credited by hand, inside a caller's transaction: so much less is put off.

    Taken back whole, the package is closed. Raises InvalidTransition for that once sessions were used.
    """
    package = hold_of(invoice.pk)
    if package is None or package.closed_at is not None:
        return
    if is_whole:
        _close_unused(package, reason=reason, actor=actor)
        return
    net_minor = sum(each.net_minor for each in credited if each.line.position == 1)
    back_minor = min(net_minor, package.deferred_minor)
    post([release(package, back_minor, kind="package_credited", reason=reason)], actor=actor)


def package_voided(invoice: Invoice, *, reason: str, actor: Actor) -> None:
    """A package's invoice is voided, inside a caller's transaction: there is no package any more.

    Raises InvalidTransition once sessions were used.
    """
    package = hold_of(invoice.pk)
    if package is not None and package.closed_at is None:
        _close_unused(package, reason=reason, actor=actor)


def why_package_stays(package: Package) -> str:
    """Why no other invoice can take the place of the one that sold this package, and the way on; empty if it can."""
    facts = {"name": package.name}
    if package.closed_at is not None:
        return _("%(name)s is closed. Sell it anew: that takes an invoice of its own.") % facts
    if package.used_count:
        return (
            _(
                "Sessions of %(name)s have been used at its price. Close the package and give back the rest,"
                " then sell it anew. To lower its price alone, make a credit note."
            )
            % facts
        )
    return ""


def take_package_back(
    invoice: Invoice, billing: Billing, finish: Finish, *, reason: str, actor: Actor
) -> Package | None:
    """The package that a corrected invoice had sold, closed, so that its successor sells it anew; None for none.

    Raises InvalidTransition for a package that was used or is closed, and BadInput for billing an insurer.
    """
    package = hold_of(invoice.pk)
    if package is None:
        return None
    if refusal := why_package_stays(package):
        raise InvalidTransition(refusal)
    check_advance(billing, finish)
    _close_unused(package, reason=reason, actor=actor)
    return package


def sell_again(old: Package, bill: Bill, *, actor: Actor) -> Package:
    """The same package, sold by the invoice in the place of the one that sold it; what is to be posted follows.

    The caller posts `sale_posting` once that invoice is issued.
    """
    package = sell(old.offer, bill, actor=actor, instead_of=old)
    data = {"invoice": bill.invoice.code, "instead_of": old.code}
    record_facts(
        [Fact("package.sold", "package", package.code, package.patient.code, data=data)], actor=actor
    )
    return package


def _close_unused(package: Package, *, reason: str, actor: Actor) -> None:
    if package.used_count:
        raise InvalidTransition(
            _(
                "Sessions of %(name)s have been used. Give back what is left on the page of the package, or"
                " undo those completions first."
            )
            % {"name": package.name}
        )
    close(package, reason=reason)
    post([release(package, package.deferred_minor, kind="package_taken_back", reason=reason)], actor=actor)
    record_facts([Fact("package.closed", "package", package.code, package.patient.code, reason)], actor=actor)
