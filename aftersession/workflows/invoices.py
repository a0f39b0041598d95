# SPDX-License-Identifier: Apache-2.0
"""What several use cases need of an invoice at hand."""

from aftersession.billing.actions import Bill
from aftersession.billing.documents import People
from aftersession.billing.models import Invoice
from aftersession.billing.queries import bill_of, debtor_of_bill
from aftersession.practices.models import Practice


def take_up(invoice: Invoice, practice: Practice) -> tuple[Bill, People]:
    """The invoice with lines and share, and everybody its papers name."""
    bill = bill_of(invoice)
    return bill, People(practice, invoice.patient, invoice.practitioner, debtor_of_bill(bill))
