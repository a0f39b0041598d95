# SPDX-License-Identifier: Apache-2.0
"""What a billing command did, in a sentence for the notice after it."""

from django.utils.translation import gettext as _

from aftersession.workflows import record_payment, submit_claim
from aftersession.workflows.finalise import Step
from aftersession.workflows.outcome import Outcome


def tell(outcome: Outcome) -> str:
    """The result with number and address, in the tense that is true."""
    facts = {"number": outcome.number, "address": outcome.sent_to}
    if outcome.step == submit_claim.STEP:
        return _("Sending the account %(number)s to %(address)s.") % facts
    if outcome.step in (record_payment.STEP, Step.SEND_RECEIPT):
        if outcome.sent_to:
            return _("Payment recorded. Sending the receipt to %(address)s.") % facts
        return _("Payment recorded for %(number)s.") % facts
    if outcome.step == Step.GENERATE:
        return _("%(number)s is issued. Nothing was sent: it waits for the insurer.") % facts
    if outcome.step == Step.ISSUE:
        return _("%(number)s is issued. Nothing was sent.") % facts
    if outcome.sent_to:
        return _("Sending %(number)s to %(address)s.") % facts
    return _("Draft saved.")
