# SPDX-License-Identifier: Apache-2.0
"""What several use cases need of an invoice at hand."""

from dataclasses import replace

from django.utils.translation import gettext as _

from aftersession.billing.actions import Bill, lock_invoice
from aftersession.billing.debtors import Debtor, debtor_of, hold_address, reader_of
from aftersession.billing.documents import People
from aftersession.billing.models import Invoice, InvoiceShare
from aftersession.billing.queries import bill_of, debtor_of_bill
from aftersession.lib.errors import DomainError
from aftersession.practices.models import Practice


def take_up(invoice: Invoice, practice: Practice) -> tuple[Bill, People]:
    """The invoice with lines and shares, and everybody its papers name."""
    bill = bill_of(invoice)
    return bill, People(practice, invoice.patient, invoice.practitioner, debtor_of_bill(bill))


def take_hold(invoice: Invoice, practice: Practice, share: InvoiceShare | None = None) -> tuple[Bill, People]:
    """The same, read afresh and held until commit: who pays, voids or sends it takes turns.

    The address of the debtor (of `share`, or of the first) is held as well, so that a letter written now
    goes where it says.
    """
    lock_invoice(invoice)
    bill, people = take_up(invoice, practice)
    debtor = people.debtor if share is None else debtor_of(share_in(bill, share), practice)
    return bill, replace(people, debtor=hold_address(debtor))


def share_in(bill: Bill, share: InvoiceShare) -> InvoiceShare:
    """This share as it stands in a bill at hand."""
    return next(each for each in bill.shares if each.pk == share.pk)


def check_addresses(bill: Bill, send_to: tuple[str, ...], practice: Practice) -> None:
    """The same of a button that named several: each must still be that of somebody who owes a part."""
    known = {hold_address(reader_of(share, practice)).email for share in bill.shares} if send_to else set()
    if not set(send_to) <= known:
        raise DomainError(
            _("An address has changed. Look again before you send."), code="address_changed", field="sends"
        )


def check_address(debtor: Debtor, send_to: str) -> None:
    """The words on the button named an address; it must still be theirs (reliability: I-30)."""
    if debtor.email != send_to:
        raise DomainError(
            _("The address of %(name)s has changed. Look again before you send.") % {"name": debtor.name},
            code="address_changed",
        )
