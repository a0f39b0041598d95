# SPDX-License-Identifier: Apache-2.0
from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import lock_invoice
from aftersession.billing.models import Invoice
from aftersession.claims.actions import take_submission_back
from aftersession.commands.command import command
from aftersession.messaging.changes import Changed, fact, stop
from aftersession.messaging.models import Message
from aftersession.practices.models import Member


@command(Changed)
def cancel_message(*, message: Message, actor: Member, key: str) -> Changed:
    """Stop a message that has not left, once; a claim that would have gone with it is not submitted.

    Raises InvalidTransition for a message that has left, or was cancelled before.
    """
    if message.about_kind == "invoice":
        lock_invoice(Invoice.objects.get(code=message.about_code))
    stop(message)
    facts = [fact("message.cancelled", message)]
    claim = take_submission_back(message, actor=actor)
    if claim is not None:
        facts.append(Fact("claim.submission_cancelled", "claim", claim.code, message.patient_code))
    record_facts(facts, actor=actor)
    return Changed(message.code)
