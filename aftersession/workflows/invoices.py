# SPDX-License-Identifier: Apache-2.0
"""What several use cases need of an invoice at hand."""

from dataclasses import replace

from aftersession.billing.actions import Bill, lock_invoice
from aftersession.billing.debtors import hold_address
from aftersession.billing.documents import People
from aftersession.billing.models import Invoice
from aftersession.billing.queries import bill_of, debtor_of_bill
from aftersession.practices.models import Practice


def take_up(invoice: Invoice, practice: Practice) -> tuple[Bill, People]:
    """The invoice with lines and share, and everybody its papers name."""
    bill = bill_of(invoice)
    return bill, People(practice, invoice.patient, invoice.practitioner, debtor_of_bill(bill))


def take_hold(invoice: Invoice, practice: Practice) -> tuple[Bill, People]:
    """The same, read afresh and held until commit: who pays, voids or sends it takes turns.

    The debtor's address is held as well, so that a letter written now goes where it says.
    """
    lock_invoice(invoice)
    bill, people = take_up(invoice, practice)
    return bill, replace(people, debtor=hold_address(people.debtor))
