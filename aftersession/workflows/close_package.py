# SPDX-License-Identifier: Apache-2.0
"""The end of a package: what is left of it is given back."""

from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.actions import Bill
from aftersession.billing.credit_notes import issue_credit_note, left_of
from aftersession.billing.credit_papers import credit_letters
from aftersession.billing.credits import credit_lines
from aftersession.commands.command import command
from aftersession.ledger.actions import post
from aftersession.lib.codes import new_code
from aftersession.lib.errors import InvalidTransition
from aftersession.lib.money import half_up
from aftersession.messaging.actions import queue_letters
from aftersession.practices.models import Member
from aftersession.prepaid.models import Package
from aftersession.prepaid.packages import close, hold_of, release
from aftersession.workflows.credit_invoice import check_stands, credited_fact, part_documents, take_back
from aftersession.workflows.invoices import check_addresses, take_hold


@dataclass(frozen=True)
class PackageClosed:
    """What was given back for the sessions left: the credit note over it, and the money that is free now."""

    package_code: str
    invoice_code: str
    credit_note_code: str
    number: str
    amount_minor: int
    freed_minor: int
    document_code: str
    part_document_codes: list[str] = field(default_factory=list)


@command(PackageClosed)
def refund_package(
    *, package: Package, used_count: int, reason: str, send_to: tuple[str, ...] = (), actor: Member, key: str
) -> PackageClosed:
    """Take back what is left of a package, once: its price less what was used at the single price.

    A credit note takes that off its invoice; money that had paid it is free to be refunded. The rest of the
    income is earned. `used_count` is how many the page counted; raises InvalidTransition if that is no
    longer so, or if the package is closed. `send_to`: the addresses the credit note goes to, if to any.
    """
    bill, people = take_hold(package.invoice, actor.practice)
    check_stands(bill.invoice)
    held = hold_of(bill.invoice.pk)
    if held is None or held.closed_at is not None or held.used_count != used_count:
        raise InvalidTransition(_("This package has changed meanwhile. Nothing was done: look again."))
    check_addresses(bill, send_to, actor.practice)
    close(held, reason=reason)
    amount_minor = refund_of(held, bill)
    credited = credit_lines(left_of(bill), {1: amount_minor}, actor.practice.locale) if amount_minor else []
    code = new_code()
    on_shares, freed_minor = (
        take_back(bill, credited, note_code=code, reason=reason, actor=actor) if credited else ([], 0)
    )
    rest = release(held, held.deferred_minor, kind="package_closed", reason=reason)
    post([rest], actor=actor)
    facts = [Fact("package.closed", "package", held.code, held.patient.code, reason)]
    number = note_code = document_code = ""
    parts: list[str] = []
    if credited:
        note = issue_credit_note(bill, people, credited, on_shares, code=code, reason=reason, actor=actor)
        number, note_code, document_code = note.number_label, note.code, note.document.code
        facts.append(credited_fact(bill.invoice, note.code, note.total_minor, reason))
        parts = part_documents(note)
        queue_letters(credit_letters(note, send_to, actor.practice), actor=actor)
    record_facts(facts, actor=actor)
    return PackageClosed(
        held.code, bill.invoice.code, note_code, number, amount_minor, freed_minor, document_code, parts
    )


def refund_of(package: Package, bill: Bill) -> int:
    """What is given back of a package, tax included: its price less each session used at the single price.

    Never below nothing, and never more than is left of its line.
    """
    left = left_of(bill)[0]
    rest_minor = max(0, package.price_minor - package.used_count * package.single_price_minor)
    if not bill.invoice.prices_include_tax and left.line.net_minor:
        rest_minor = half_up(rest_minor * left.line.gross_minor, left.line.net_minor)
    return min(rest_minor, left.gross_minor)
