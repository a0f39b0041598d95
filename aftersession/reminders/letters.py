# SPDX-License-Identifier: Apache-2.0
"""The words of reminders: the product's own or the practice's, with what is true when they are written."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import translation
from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor
from aftersession.billing.messages import bank_details, closing, letter_to
from aftersession.billing.models import InvoiceShare
from aftersession.billing.shares import REMINDER
from aftersession.lib.days import format_day
from aftersession.lib.errors import BadInput
from aftersession.lib.money import format_money
from aftersession.messaging.actions import Letter
from aftersession.practices.models import Practice
from aftersession.reminders.models import ReminderStep

NAMES = ("name", "open", "number", "total", "due", "practice")
"""What may stand in braces in a practice's own words."""
BRACED = re.compile(r"\{([a-z]+)\}")
LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Words:
    """A subject and a text, with names in braces where the facts go."""

    subject: str
    body: str


def own_words(nth: int) -> Words:
    """What the product says on the first step and on the later ones, in the language that is active."""
    subject = _("Invoice {number} from {practice} is still open")
    if nth == 0:
        return Words(
            subject,
            _(
                "Dear {name},\n\n"
                "A friendly reminder: {open} of invoice {number} is still open. The day to pay it by is {due}.\n\n"
                "If you have paid in the meantime, thank you, and there is nothing more to do."
            ),
        )
    return Words(
        subject,
        _(
            "Dear {name},\n\n"
            "We have not yet received {open} of invoice {number}. The day to pay it by is {due}.\n\n"
            "If that is difficult just now, or something is not right with the invoice, "
            "please tell us: we will find a way. If you have paid in the meantime, thank you."
        ),
    )


def words_of(step: ReminderStep | None, ladder: Sequence[ReminderStep]) -> Words:
    """What a step says, in the language that is active; past the ladder, what its last step says."""
    chosen = step or (ladder[-1] if ladder else None)
    own = own_words(nth_of(chosen, ladder))
    if chosen is None:
        return own
    return Words(chosen.subject or own.subject, chosen.body or own.body)


def nth_of(step: ReminderStep | None, ladder: Sequence[ReminderStep]) -> int:
    """Where a step stands on the ladder, from 0. None stands past its end."""
    if step is None:
        return len(ladder)
    return sum(1 for each in ladder if each.days < step.days)


def check_words(words: Words) -> None:
    """Refuse braces that mean nothing. Raises BadInput beside `subject` or `body`."""
    for field, text in (("subject", words.subject), ("body", words.body)):
        unknown = [name for name in BRACED.findall(text) if name not in NAMES]
        rest = BRACED.sub("", text)
        if unknown or "{" in rest or "}" in rest:
            wrong = f"{{{unknown[0]}}}" if unknown else "{ }"
            raise BadInput(
                _("%(wrong)s means nothing here. These can stand in braces: %(names)s.")
                % {"wrong": wrong, "names": ", ".join(f"{{{name}}}" for name in NAMES)},
                field=field,
            )


def fill(text: str, facts: Mapping[str, str]) -> str:
    """The text with facts in place of their names; what is in the facts is not looked at again."""
    return BRACED.sub(lambda found: facts.get(found[1], found[0]), text)


def facts_of(share: InvoiceShare, debtor: Debtor, practice: Practice) -> dict[str, str]:
    """What is true of a share now, as a letter writes it. Nothing of it is about anybody's health."""
    invoice = share.invoice
    return {
        "name": debtor.greeting,
        "open": format_money(share.open, practice.locale),
        "number": invoice.number_label,
        "total": format_money(invoice.total, practice.locale),
        "due": format_day(share.pay_by, practice.locale),
        "practice": practice.name,
    }


def reminder_letter(
    share: InvoiceShare,
    debtor: Debtor,
    words: Words,
    practice: Practice,
    *,
    dedupe_key: str,
    link_code: str = "",
) -> Letter:
    """The letter to whoever owes, in words of their language; no paper with it.

    Where to pay, by link and by transfer, and whom to ask, follow the words of themselves.
    """
    facts = facts_of(share, debtor, practice)
    with translation.override(debtor.language):
        parts = [fill(words.body, facts)]
        if link_code:
            parts.append(_("Pay online, or see what is still open:") + f"\n{{{{link:{link_code}}}}}")
        parts += bank_details(share.invoice, practice)
        parts += closing(practice)
    return letter_to(
        debtor,
        kind=REMINDER,
        dedupe_key=dedupe_key,
        subject=fill(words.subject, facts)[:LONGEST_SUBJECT],
        parts=parts,
        about_kind="invoice",
        about_code=share.invoice.code,
        patient_code=share.account.code,
    )
