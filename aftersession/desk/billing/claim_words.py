# SPDX-License-Identifier: Apache-2.0
"""What a claim waits for, or why it waits no more, and the way on from there."""

from django.utils.translation import gettext as _

from aftersession.claims.models import Claim, ClaimState
from aftersession.lib.money import Money, format_money
from aftersession.practices.models import Practice


def claim_note(claim: Claim, open_now: Money, practice: Practice) -> str:
    """A sentence for each state of a claim; `open_now` is what its insurer still owes."""
    facts = {"payer": claim.payer.name, "open": format_money(open_now, practice.locale)}
    if claim.state == ClaimState.CLOSED:
        return _closed(claim) % facts
    if claim.state == ClaimState.DRAFT and not claim.payer.claims_email:
        text = _(
            "%(payer)s has no address for claims: the owner of the practice adds it in the settings. Or hand the"
            " account over yourself, and mark it as paid once it is."
        )
    elif claim.state == ClaimState.DRAFT:
        text = _("Send it to %(payer)s. Once it is paid, mark it as paid.")
    elif claim.state == ClaimState.SUBMITTED:
        text = _(
            "When %(payer)s answers, mark as paid what it paid. What it leaves can be moved or written off."
        )
    else:
        text = _(
            "%(payer)s left %(open)s: move it to somebody else, write it off, or mark a further payment as paid."
        )
    return text % facts


def _closed(claim: Claim) -> str:
    return {
        "paid": _(
            "%(payer)s owes nothing more. If a payment is taken off or reversed, the claim opens again."
        ),
        "moved": _("What %(payer)s left is somebody else's to pay. Moved back to %(payer)s, it opens again."),
        "credited": _("It was taken back by a credit note. Billed again, %(payer)s gets a claim of its own."),
        "written_off": _("What %(payer)s left is written off. Taken back, the claim opens again."),
        "void": _("Its invoice is void. Billed again, %(payer)s gets a claim of its own."),
    }.get(claim.closed_reason, _("Nothing is owed on it by %(payer)s."))
