# SPDX-License-Identifier: Apache-2.0
from django.utils.translation import gettext as _

from aftersession.audit.actions import Fact, record_facts
from aftersession.billing.documents import filename_of, invoice_context
from aftersession.billing.models import Invoice, InvoiceState
from aftersession.commands.command import command
from aftersession.coverage.queries import valid_coverage
from aftersession.documents import contexts
from aftersession.documents.actions import create_document
from aftersession.lib.errors import InvalidTransition
from aftersession.payments.models import Allocation
from aftersession.payments.receipts import payment_line
from aftersession.practices.models import Member
from aftersession.workflows.invoices import take_hold
from aftersession.workflows.outcome import Outcome

STEP = "paid_invoice"


@command(Outcome)
def make_paid_invoice(*, invoice: Invoice, actor: Member, key: str) -> Outcome:
    """Make the PAID invoice with which a client claims from the insurer, once for each key.

    It says what the insurer asks of an account, how it was paid, and a balance of nothing. No claim
    is ever made of it. Raises InvalidTransition unless a client has paid the invoice in full.
    """
    bill, people = take_hold(invoice, actor.practice)
    # Its figures are those of the invoice: what was credited or split is said by papers of their own.
    is_paid = invoice.state == InvoiceState.ISSUED and bill.share.allocated_minor == invoice.total_minor
    if bill.share.payer_id is not None or not is_paid:
        raise InvalidTransition(_("Only an invoice that the client has paid in full has this document."))
    allocations = Allocation.objects.filter(share=bill.share, undoes=None, undone_by=None)
    payments = [
        payment_line(each.payment, each.amount_minor, actor.practice)
        for each in allocations.select_related("payment").order_by("id")
    ]
    bill.invoice.coverage = valid_coverage(invoice.patient, invoice.service_on)  # in memory, for the paper
    context = invoice_context(bill, people, payments=payments, kind=contexts.PAID_INVOICE)
    document = create_document(
        practice=actor.practice,
        context=context,
        filename=filename_of(invoice.number_label, contexts.PAID_INVOICE),
    )
    Invoice.objects.filter(pk=invoice.pk).update(paid_document=document)
    record_facts([Fact("invoice.paid_document", "invoice", invoice.code, people.patient.code)], actor=actor)
    return Outcome(
        step=STEP, invoice_code=invoice.code, number=invoice.number_label, document_code=document.code
    )
