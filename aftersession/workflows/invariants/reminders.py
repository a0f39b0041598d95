# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

from django.db.models import Exists, OuterRef

from aftersession.billing.models import InvoiceState
from aftersession.messaging.models import Message
from aftersession.practices.models import Practice
from aftersession.reminders.models import Hold, Reminder
from aftersession.workflows.invariants.breach import Breach


def reminders_are_kind(practice: Practice) -> Iterator[Breach]:
    """I-39: nobody but a client's side is reminded, of issued invoices only, each by a letter of its own.

    That no step goes out twice, and none on one day, is kept by the table itself.
    """
    for reminder in Reminder.objects.filter(share__payer__isnull=False):
        yield Breach("I-39", practice.code, reminder.code, "reminds an insurer")
    never_issued = [InvoiceState.DRAFT, InvoiceState.DISCARDED]
    for reminder in Reminder.objects.filter(share__invoice__state__in=never_issued):
        yield Breach("I-39", practice.code, reminder.code, "is of an invoice that was never issued")
    letter = Message.objects.filter(code=OuterRef("message_code"), kind="reminder", about_kind="invoice")
    for reminder in Reminder.objects.filter(
        ~Exists(letter.filter(about_code=OuterRef("share__invoice__code")))
    ):
        yield Breach("I-39", practice.code, reminder.code, "has no letter about its invoice")
    for hold in Hold.objects.filter(share__payer__isnull=False):
        yield Breach("I-39", practice.code, hold.code, "holds back what an insurer is never sent")
