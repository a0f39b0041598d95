# SPDX-License-Identifier: Apache-2.0
from dataclasses import dataclass

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import issue_posting
from aftersession.billing.actions import void_invoice as mark_void
from aftersession.billing.debtors import debtor_of, hold_address
from aftersession.billing.messages import void_letter
from aftersession.billing.models import Invoice
from aftersession.claims.actions import close_claim
from aftersession.claims.models import Claim
from aftersession.commands.command import command
from aftersession.encounters.models import EncounterState
from aftersession.ledger.actions import post
from aftersession.messaging.actions import cancel_waiting, queue_letters
from aftersession.messaging.queries import has_left
from aftersession.payments.links import revoke_links
from aftersession.practices.actors import Actor
from aftersession.practices.models import Member
from aftersession.workflows.bill_in_advance import uncover
from aftersession.workflows.invoices import take_hold
from aftersession.workflows.package_invoice import package_voided
from aftersession.workflows.reopen_session import reopen_session


@dataclass(frozen=True)
class Voided:
    """An invoice that no longer stands; its session is open again if it had one."""

    invoice_code: str
    number: str
    appointment_code: str
    message_code: str


@command(Voided)
def void_invoice(*, invoice: Invoice, reason: str, actor: Member, key: str) -> Voided:
    """Void an unpaid invoice, once: the number stays, the pay page closes, its session opens again.

    Everybody who received it is told. Raises InvalidTransition while money settles a part of it.
    """
    return void(invoice, reason=reason, actor=actor)


def void(invoice: Invoice, *, reason: str, actor: Actor) -> Voided:
    """The voiding itself, inside a caller's transaction."""
    bill, people = take_hold(invoice, actor.practice)
    mark_void(invoice, reason=reason)
    post([issue_posting(bill, people.patient).opposite("invoice_voided", reason)], actor=actor)
    for share in bill.shares:
        revoke_links(share)
    cancel_waiting(about_kind="invoice", about_codes=[invoice.code])
    for claim in Claim.objects.filter(invoice=invoice):
        close_claim(claim, reason="void")
    facts = [Fact("invoice.voided", "invoice", invoice.code, people.patient.code, reason)]
    package_voided(invoice, reason=reason, actor=actor)
    appointment_code = ""
    encounter = invoice.encounter or uncover(invoice, reason=reason, reopens=True, actor=actor)
    if encounter is not None and encounter.state == EncounterState.LIVE:
        appointment_code = reopen_session(encounter, actor=actor)
    letters = []
    for share in bill.shares:
        debtor = hold_address(debtor_of(share, actor.practice))
        if debtor.email and has_left("invoice", invoice.code, debtor.ref):
            letters.append(void_letter(invoice, debtor, actor.practice))
    messages = queue_letters(letters, actor=actor)
    record_facts(facts, actor=actor)
    return Voided(invoice.code, invoice.number_label, appointment_code, messages[0].code if messages else "")
