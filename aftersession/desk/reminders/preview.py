# SPDX-License-Identifier: Apache-2.0
"""A reminder as it would be written now: of a real bill of the practice, or of an invented one."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils import translation
from django.utils.translation import gettext as _

from aftersession.billing.debtors import Debtor, debtor_of
from aftersession.billing.models import DebtorKind, Invoice, InvoiceShare
from aftersession.lib import clock
from aftersession.messaging.delivery import fill_links
from aftersession.patients.models import Patient
from aftersession.payments.links import live_link
from aftersession.practices.models import Practice
from aftersession.reminders.letters import Words, reminder_letter, words_of
from aftersession.reminders.outlook import Chased, steps_left
from aftersession.reminders.queries import example_share

EXAMPLE_MINOR = 950_00


@dataclass(frozen=True)
class Preview:
    """A letter to look at; `is_real` says whether it is about a bill that there is."""

    to_name: str
    subject: str
    body: str
    is_real: bool = True


def preview_of(chased: Chased, practice: Practice) -> Preview:
    """What somebody would be sent by hand now."""
    left = steps_left(chased)
    with translation.override(chased.debtor.language):
        words = words_of(left[0] if left else None, chased.steps)
    return _preview(chased.share, chased.debtor, words, practice)


def preview_words(words: Words, practice: Practice) -> Preview:
    """How these words read in the newest open bill of a client, else in the newest of any, else in an invented one."""
    share = example_share(practice)
    if share is not None:
        return _preview(share, debtor_of(share, practice), words, practice)
    return _preview(*_invented(practice), words, practice, is_real=False)


def _preview(
    share: InvoiceShare, debtor: Debtor, words: Words, practice: Practice, *, is_real: bool = True
) -> Preview:
    link = live_link(share) if is_real else None
    letter = reminder_letter(
        share, debtor, words, practice, dedupe_key="", link_code=link.code if link else ""
    )
    body = fill_links(letter.body, lambda _code: _("(the payment link stands here)"))
    return Preview(debtor.name, letter.subject, body, is_real)


def _invented(practice: Practice) -> tuple[InvoiceShare, Debtor]:
    """An unsaved bill of nobody, so that a new practice sees its words too."""
    patient = Patient(practice=practice, given_names=_("Alex"), family_name=_("Example"))
    invoice = Invoice(
        practice=practice,
        patient=patient,
        number=1,
        currency=practice.currency,
        net_minor=EXAMPLE_MINOR,
        tax_minor=0,
        total_minor=EXAMPLE_MINOR,
        due_on=clock.today(practice.time_zone) + timedelta(days=practice.payment_days),
        payment_reference=f"{practice.reference_key}-EXAMPLE",
    )
    share = InvoiceShare(
        practice=practice,
        invoice=invoice,
        debtor_kind=DebtorKind.PATIENT,
        patient=patient,
        account=patient,
        debtor_name=patient.full_name,
        currency=practice.currency,
        amount_minor=EXAMPLE_MINOR,
    )
    return share, debtor_of(share, practice)
