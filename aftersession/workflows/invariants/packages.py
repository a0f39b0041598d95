# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

from django.db.models import Sum

from aftersession.billing.models import InvoiceShare
from aftersession.ledger.models import Account, Line
from aftersession.practices.models import Practice
from aftersession.prepaid.models import Package, PackageUse
from aftersession.workflows.invariants.breach import Breach


def packages_add_up(practice: Practice) -> Iterator[Breach]:
    """I-43: what is left of packages is what was sold less what was used, and the books put off as much."""
    used = dict(PackageUse.objects.values_list("package_id").annotate(n=Sum("count")).order_by())
    lines = Line.objects.filter(account=Account.DEFERRED_INCOME)
    by_share = dict(lines.values_list("share_code").annotate(total=Sum("amount_minor")).order_by())
    for package in Package.objects.all():
        if package.used_count != used.get(package.pk, 0):
            yield Breach("I-43", practice.code, package.code, "differs from the sessions given")
        codes = InvoiceShare.objects.filter(invoice=package.invoice_id).values_list("code", flat=True)
        if package.deferred_minor != -sum(by_share.pop(code, 0) for code in codes):
            yield Breach("I-43", practice.code, package.code, "differs from the books")
        if package.closed_at is not None and package.deferred_minor:
            yield Breach("I-43", practice.code, package.code, "is closed, and something is still put off")
    for share_code, total in by_share.items():
        if total:
            yield Breach("I-43", practice.code, f"share {share_code}", "puts off income without a package")
