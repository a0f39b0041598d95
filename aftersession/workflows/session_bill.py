# SPDX-License-Identifier: Apache-2.0
"""The bill of a session: as it stands, or as it was before the session was opened again."""

from aftersession.billing.models import Invoice, InvoiceState
from aftersession.encounters.models import EncounterState
from aftersession.payments.models import Allocation, Payment, PaymentMethod, PaymentState
from aftersession.scheduling.models import Appointment


def bill_taken_back(appointment: Appointment) -> Invoice | None:
    """The last bill of this session, if its completion was undone or the bill voided; lines come with it."""
    invoices = Invoice.objects.filter(
        encounter__appointment=appointment, encounter__state=EncounterState.REOPENED
    )
    return invoices.select_related("coverage__payer").prefetch_related("lines").order_by("-id").first()


def payment_taken_back(invoice: Invoice) -> Payment | None:
    """The money that was recorded by hand with that bill and reversed with it."""
    allocation = (
        Allocation.objects.filter(share__invoice=invoice, undoes=None, payment__state=PaymentState.REVERSED)
        .exclude(payment__method__in=[PaymentMethod.ONLINE, PaymentMethod.INSURER])
        .select_related("payment")
        .order_by("-id")
        .first()
    )
    return allocation.payment if allocation else None


def bill_standing(appointment: Appointment) -> Invoice | None:
    """The bill of a completed session as it stands now."""
    invoices = Invoice.objects.filter(
        encounter__appointment=appointment,
        encounter__state=EncounterState.LIVE,
        state__in=[InvoiceState.DRAFT, InvoiceState.ISSUED],
        superseded_at=None,
    )
    return invoices.order_by("-id").first()
