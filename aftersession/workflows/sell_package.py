# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib.errors import BadInput
from aftersession.patients.models import Patient
from aftersession.practices.models import Member, Practitioner
from aftersession.prepaid.models import PackageOffer
from aftersession.prepaid.packages import sale_posting, sell
from aftersession.workflows.bill_in_advance import check_advance
from aftersession.workflows.complete_session import Billing, draft_bill
from aftersession.workflows.finalise import Finish, finalise
from aftersession.workflows.outcome import Outcome, still_stands


@command(Outcome, stands=still_stands)
def sell_package(
    *,
    offer: PackageOffer,
    patient: Patient,
    practitioner: Practitioner,
    billing: Billing,
    finish: Finish,
    actor: Member,
    key: str,
) -> Outcome:
    """Sell sessions together, once: their invoice, whose first line is the price, and the package.

    Nothing of it is earned before a session takes place. Raises BadInput for a draft, for an insurer, and
    for an offer that is sold no more.
    """
    check_advance(billing, finish)
    if not offer.is_active:
        raise BadInput(_("%(name)s is not offered any more.") % {"name": offer.name})
    buyer = Patient.objects.select_related("guarantor").get(pk=patient.pk)
    bill, people = draft_bill(buyer, practitioner, billing, actor=actor)
    package = sell(offer, bill, actor=actor)
    fact = Fact("package.sold", "package", package.code, buyer.code, data={"invoice": bill.invoice.code})
    outcome = finalise(bill, people, finish, facts=[fact], actor=actor)
    post([sale_posting(package, bill.share.code)], actor=actor)
    return replace(outcome, package_code=package.code)
