# SPDX-License-Identifier: Apache-2.0
"""A statement by e-mail: the paper frozen as it is now, and a letter with the page to pay all that is owed."""

from dataclasses import dataclass
from datetime import date

from django.utils import translation
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.debtors import Debtor, guarantor_debtor, hold_address, patient_debtor
from aftersession.billing.messages import closing, greeting, letter_to
from aftersession.commands.command import command
from aftersession.documents.actions import create_document
from aftersession.documents.sheets import Sheet
from aftersession.lib.errors import BadInput
from aftersession.lib.money import Money, format_money
from aftersession.messaging.actions import Letter, queue_letters
from aftersession.practices.models import Member, Practice
from aftersession.statements.balances import open_shares
from aftersession.statements.papers import statement_sheet
from aftersession.statements.statement import Basis, Holder, Statement, make_statement
from aftersession.workflows.invoices import check_address
from aftersession.workflows.share_account_link import account_page


@dataclass(frozen=True)
class StatementSent:
    """Which paper goes to whom."""

    document_code: str
    message_code: str
    sent_to: str


@command(StatementSent)
def send_statement(
    *, holder: Holder, basis: str, first: date, last: date, send_to: str, actor: Member, key: str
) -> StatementSent:
    """Freeze a statement as the books are now and send it, once.

    Raises BadInput for nobody's address, and when the address on the button is no longer theirs.
    """
    practice = actor.practice
    debtor = hold_address(debtor_of_holder(holder, practice))
    if not send_to:
        raise BadInput(_("%(name)s has no e-mail address.") % {"name": debtor.name})
    check_address(debtor, send_to)
    statement = make_statement(practice, holder, Basis(basis), first, last)
    pay_link = account_page(debtor, actor=actor).code if owes_something(holder, practice) else ""
    document = create_document(
        practice=practice,
        context=sheet_to_pay(statement, debtor, pay_link),
        filename=f"statement-{last:%Y-%m-%d}.pdf",
    )
    letter = _letter(statement, debtor, pay_link, document.code)
    (message,) = queue_letters([letter], actor=actor)
    patient_code = holder.patient.code if holder.patient else ""
    kind, _dot, code = debtor.ref.partition(":")
    fact = Fact("statement.sent", kind, code, patient_code, data={"document": document.code})
    record_facts([fact], actor=actor)
    return StatementSent(document.code, message.code, send_to)


def debtor_of_holder(holder: Holder, practice: Practice) -> Debtor:
    """Who gets it."""
    if holder.guarantor is not None:
        return guarantor_debtor(holder.guarantor, practice)
    if holder.patient is None:
        raise ValueError("nobody's statement")
    return patient_debtor(holder.patient, practice)


def owes_something(holder: Holder, practice: Practice) -> bool:
    """Whether anything is open of what this person was billed."""
    return open_shares(practice).filter(pk__in=holder.shares(practice).values("pk")).exists()


def sheet_to_pay(statement: Statement, debtor: Debtor, pay_link: str) -> Sheet:
    """The paper with how to pay: the pay page of all that is owed, and the reference of the oldest open invoice."""
    practice = statement.practice
    owed = open_shares(practice).filter(pk__in=statement.holder.shares(practice).values("pk"))
    references = owed.order_by("invoice__number").values_list("invoice__payment_reference", flat=True)
    return statement_sheet(statement, debtor, pay_link=pay_link, pay_reference=references.first() or "")


def _letter(statement: Statement, debtor: Debtor, pay_link: str, document_code: str) -> Letter:
    practice = statement.practice
    with translation.override(debtor.language):
        parts = [
            greeting(debtor),
            _("Your statement for %(period)s is attached.") % {"period": statement.period},
        ]
        if statement.closing.minor > 0:
            amount = format_money(statement.closing, practice.locale)
            parts.append(_("%(amount)s is open.") % {"amount": amount})
        elif statement.closing.minor < 0:
            credit = Money(-statement.closing.minor, practice.currency)
            parts.append(
                _("You have %(amount)s in credit.") % {"amount": format_money(credit, practice.locale)}
            )
        else:
            parts.append(_("Nothing is open. Thank you."))
        if pay_link:
            parts.append(_("Pay online, or see what is still open:") + f"\n{{{{link:{pay_link}}}}}")
        parts += closing(practice)
        subject = _("Statement from %(practice)s") % {"practice": practice.name}
    return letter_to(
        debtor,
        kind="statement",
        dedupe_key=f"statement:{document_code}",
        subject=subject,
        parts=parts,
        about_kind="statement",
        about_code=document_code,
        patient_code=statement.holder.patient.code if statement.holder.patient else "",
        document_codes=(document_code,),
    )
