# SPDX-License-Identifier: Apache-2.0
"""What becomes of a package when its invoice is taken back. Inside the transaction that does so."""

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.credits import Credited
from aftersession.billing.models import Invoice
from aftersession.ledger.actions import post
from aftersession.lib.errors import InvalidTransition
from aftersession.practices.actors import Actor
from aftersession.prepaid.models import Package
from aftersession.prepaid.packages import close, hold_of, release


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


def check_no_package(invoice: Invoice) -> None:
    """Refuse to put another invoice in the place of one that sold a package. Raises InvalidTransition."""
    if Package.objects.filter(invoice=invoice).exists():
        raise InvalidTransition(
            _("%(number)s sold a package. Close the package on its page, then sell it anew.")
            % {"number": invoice.number_label}
        )


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
