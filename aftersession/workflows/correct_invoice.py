# SPDX-License-Identifier: Apache-2.0
"""Correct an issued invoice: the old one is credited whole, and its successor issued, in one step."""

from dataclasses import replace

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import supersede
from aftersession.billing.credit_notes import issue_credit_note, left_of
from aftersession.billing.credits import credit_all
from aftersession.billing.models import Invoice
from aftersession.claims.actions import note_balance
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib.codes import new_code
from aftersession.lib.errors import BadInput
from aftersession.messaging.actions import cancel_waiting
from aftersession.payments.links import revoke_links
from aftersession.practices.models import Member
from aftersession.prepaid.covers import hand_over
from aftersession.prepaid.packages import sale_posting
from aftersession.workflows.complete_session import Billing, draft_bill
from aftersession.workflows.credit_invoice import check_stands, credited_fact, expect_again, take_back
from aftersession.workflows.finalise import Finish, Step, finalise
from aftersession.workflows.invoices import take_hold
from aftersession.workflows.kept_split import Part, carry_over, money_on, part_inputs, split_of
from aftersession.workflows.outcome import Outcome, still_stands
from aftersession.workflows.package_invoice import sell_again, take_package_back


@command(Outcome, stands=still_stands)
def correct_invoice(
    *,
    invoice: Invoice,
    billing: Billing,
    finish: Finish,
    reason: str,
    parts: tuple[Part, ...] | None = None,
    actor: Member,
    key: str,
) -> Outcome:
    """Put a corrected invoice in the place of an issued one, once.

    After: a credit note takes the old one back, its pay page says that it was replaced, the successor is
    issued as the button says, and money that had settled the old one settles the new one, each debtor's
    their own part; what is over stays as credit. `parts` is what the further debtors of the old one pay of
    the new one; without it, what they were to pay. The first debtor pays the rest. Raises BadInput beside
    `part_<position>` for parts that do not fit, and InvalidTransition for an invoice that does not stand or
    was replaced before. A package that the old one sold follows, sold anew by the first line, as long as no
    session of it was used.
    """
    if finish.step == Step.SAVE:
        raise BadInput(_("A correction is issued at once: choose how."))
    bill, people = take_hold(invoice, actor.practice)
    check_stands(invoice)
    package = take_package_back(invoice, billing, finish, reason=reason, actor=actor)
    expect_again(bill, reason=reason, actor=actor)
    others = part_inputs(
        split_of(bill, actor.practice).parts if parts is None else parts, bill, actor.practice
    )
    came = money_on(bill)
    credited = credit_all(left_of(bill))
    code = new_code()
    on_shares, _freed_minor = (
        take_back(bill, credited, note_code=code, reason=reason, actor=actor) if credited else ([], 0)
    )
    supersede(invoice)
    for share in bill.shares:
        revoke_links(share)
    cancel_waiting(about_kind="invoice", about_codes=[invoice.code])
    successor, people_now = draft_bill(
        invoice.patient,
        invoice.practitioner,
        billing,
        encounter=invoice.encounter,
        corrects=invoice,
        others=others,
        actor=actor,
    )
    hand_over(invoice, successor.invoice, actor=actor)
    fact = Fact("invoice.corrected", "invoice", invoice.code, invoice.patient.code, reason)
    # Only what had settled the old one: other money of theirs waits until somebody decides.
    carry_over(came, successor, practice=actor.practice, actor=actor)
    again = sell_again(package, successor, actor=actor) if package is not None else None
    outcome = finalise(successor, people_now, finish, facts=[fact], actor=actor)
    if again is not None:
        post([sale_posting(again, successor.share.code)], actor=actor)
        outcome = replace(outcome, package_code=again.code)
    for share in successor.shares:
        note_balance(share, reason="paid")
    if credited:
        note = issue_credit_note(bill, people, credited, on_shares, code=code, reason=reason, actor=actor)
        record_facts([credited_fact(invoice, note.code, note.total_minor, reason)], actor=actor)
    return outcome
