# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

from django.db import connection
from django.db.models import Exists, OuterRef

from aftersession.audit.models import AuditEvent
from aftersession.audit.sealing import broken_seals
from aftersession.billing.models import CreditNote, Invoice, InvoiceState
from aftersession.payments.models import Dispute, Payment, PaymentState, Refund, RefundState
from aftersession.practices.guards import missing_guards
from aftersession.practices.models import Practice
from aftersession.workflows.invariants.breach import Breach


def changes_are_told(practice: Practice) -> Iterator[Breach]:
    """I-34: every issue, void, receipt and reversal of money has its audit row."""
    told = AuditEvent.objects.filter(subject_kind="invoice", subject_code=OuterRef("code"))
    issued = Invoice.objects.filter(number__isnull=False)
    for invoice in issued.filter(~Exists(told.filter(action="invoice.issued"))):
        yield Breach("I-34", practice.code, invoice.number_label, "was issued without an audit row")
    void = Invoice.objects.filter(state=InvoiceState.VOID)
    for invoice in void.filter(~Exists(told.filter(action="invoice.voided"))):
        yield Breach("I-34", practice.code, invoice.number_label, "was voided without an audit row")
    # A value in JSON has no type that both engines would compare with a column.
    rows = AuditEvent.objects.filter(action="invoice.credited")
    credited = set(rows.values_list("data__credit_note", flat=True))
    for note in CreditNote.objects.all():
        if note.code not in credited:
            yield Breach("I-34", practice.code, note.number_label, "was issued without an audit row")
    yield from _payments(practice)


def log_is_whole(practice: Practice) -> Iterator[Breach]:
    """I-35: the log cannot be changed, and its seals still fit."""
    for name in missing_guards(connection):
        yield Breach("I-35", practice.code, name, "this guard is missing")
    for seal in broken_seals(practice):
        yield Breach("I-35", practice.code, f"seal {seal.last_event_id}", "does not fit the log")


def _payments(practice: Practice) -> Iterator[Breach]:
    codes = set(
        AuditEvent.objects.filter(action__in=["payment.recorded", "payment.received"]).values_list(
            "data__payment", flat=True
        )
    )
    for payment in Payment.objects.all():
        if payment.code not in codes:
            yield Breach("I-34", practice.code, payment.code, "came without an audit row")
    told = AuditEvent.objects.filter(
        action="payment.reversed", subject_kind="payment", subject_code=OuterRef("code")
    )
    for payment in Payment.objects.filter(~Exists(told), state=PaymentState.REVERSED):
        yield Breach("I-34", practice.code, payment.code, "was reversed without an audit row")
    refunded = set(
        AuditEvent.objects.filter(action="payment.refunded").values_list("data__refund", flat=True)
    )
    for refund in Refund.objects.filter(state=RefundState.DONE):
        if refund.code not in refunded:
            yield Breach("I-34", practice.code, refund.number_label, "was given back without an audit row")
    disputed = set(
        AuditEvent.objects.filter(action="payment.disputed").values_list("data__dispute", flat=True)
    )
    for dispute in Dispute.objects.all():
        if dispute.code not in disputed:
            yield Breach("I-34", practice.code, dispute.code, "was taken back without an audit row")
