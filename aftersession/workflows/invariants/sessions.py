# SPDX-License-Identifier: Apache-2.0
from collections.abc import Iterator

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import Invoice, InvoiceState
from aftersession.encounters.models import Encounter, EncounterState
from aftersession.messaging.models import Message, MessageState
from aftersession.payments.models import Payment, PaymentState
from aftersession.practices.models import Practice
from aftersession.prepaid.models import PackageUse, SessionCover
from aftersession.scheduling.models import Appointment, AppointmentStatus
from aftersession.workflows.invariants.breach import Breach

CURRENT = (InvoiceState.DRAFT, InvoiceState.ISSUED)


def billed_once(practice: Practice) -> Iterator[Breach]:
    """I-01: one live encounter an attendance, one current invoice an encounter."""
    live = Encounter.objects.filter(state=EncounterState.LIVE).values("attendee_id")
    for row in live.annotate(n=Count("id")).filter(n__gt=1):
        yield Breach("I-01", practice.code, f"attendee {row['attendee_id']}", "has several live encounters")
    standing = Invoice.objects.filter(state__in=CURRENT, encounter__isnull=False, superseded_at=None)
    current = standing.values("encounter__code")
    for bill in current.annotate(n=Count("id")).filter(n__gt=1):
        yield Breach("I-01", practice.code, bill["encounter__code"], "has several current invoices")


def completed_whole(practice: Practice) -> Iterator[Breach]:
    """I-02: completed if and only if record, charge, bill, audit row and promised message are all there.

    A session that costs nothing has the reason in place of charge and bill, and no bill beside it; one that
    was billed apart has the invoice that covers it.
    """
    live = Encounter.objects.filter(appointment=OuterRef("pk"), state=EncounterState.LIVE)
    fulfilled = Q(status=AppointmentStatus.FULFILLED)
    for appointment in Appointment.objects.filter(fulfilled & ~Exists(live) | ~fulfilled & Exists(live)):
        yield Breach("I-02", practice.code, appointment.code, "is completed in part only")
    records = Encounter.objects.filter(state=EncounterState.LIVE).annotate(
        is_billed=Exists(Invoice.objects.filter(encounter=OuterRef("pk"), state__in=CURRENT))
        | Exists(_covers(InvoiceState.ISSUED, appointment=OuterRef("appointment")))
        | Exists(PackageUse.objects.filter(encounter=OuterRef("pk"), undoes=None, undone_by=None)),
        is_told=Exists(
            AuditEvent.objects.filter(
                subject_kind="appointment",
                subject_code=OuterRef("appointment__code"),
                action="appointment.completed",
            )
        ),
        charge_count=Count("charges"),
    )
    is_free = ~Q(no_charge_reason="")
    lacks_bill = ~is_free & (Q(is_billed=False) | Q(charge_count=0))
    for record in records.filter(is_free & Q(is_billed=True)):
        yield Breach("I-02", practice.code, record.code, "costs nothing and is billed")
    for record in records.filter(lacks_bill | Q(is_told=False)):
        yield Breach("I-02", practice.code, record.code, "lacks its bill, its charge or its audit row")
    requested = Invoice.objects.filter(
        state=InvoiceState.ISSUED, payment_type="online", encounter__isnull=False
    )
    written = Message.objects.filter(about_kind="invoice", about_code=OuterRef("code"))
    for invoice in requested.filter(~Exists(written)):
        yield Breach("I-02", practice.code, invoice.code, "was asked for without a message")


def prepaid_once(practice: Practice) -> Iterator[Breach]:
    """I-42: a session says that it is billed already if and only if an issued invoice of its own bills it."""
    covered = Exists(_covers(InvoiceState.ISSUED, appointment=OuterRef("pk")))
    for appointment in Appointment.objects.filter(
        Q(is_prepaid=True) & ~covered | Q(is_prepaid=False) & covered
    ):
        yield Breach("I-42", practice.code, appointment.code, "is not billed as it says")
    for cover in _covers(*InvoiceState.values).exclude(invoice__patient=F("appointment__attendees__patient")):
        yield Breach("I-42", practice.code, cover.code, "bills another client's session")
    for cover in _covers(*InvoiceState.values).filter(invoice__encounter__isnull=False):
        yield Breach("I-42", practice.code, cover.code, "bills two sessions")


def _covers(*states: str, **of: object) -> "QuerySet[SessionCover]":
    return SessionCover.objects.filter(released_at=None, invoice__state__in=states, **of)


def states_fit(practice: Practice) -> Iterator[Breach]:
    """I-03: every state is a declared one and carries what it implies."""
    wrong = (
        (
            "invoice",
            Invoice.objects.filter(
                Q(state=InvoiceState.ISSUED, issued_at=None)
                | Q(state=InvoiceState.VOID, voided_at=None)
                | Q(state__in=[InvoiceState.DRAFT, InvoiceState.DISCARDED], issued_at__isnull=False)
                | ~Q(state__in=InvoiceState.values)
            ),
        ),
        (
            "payment",
            Payment.objects.filter(
                Q(state=PaymentState.REVERSED, reversed_at=None)
                | Q(state=PaymentState.RECORDED, reversed_at__isnull=False)
                | ~Q(state__in=PaymentState.values)
            ),
        ),
        (
            "message",
            Message.objects.filter(
                Q(state=MessageState.SENT, sent_at=None) | ~Q(state__in=MessageState.values)
            ),
        ),
        ("appointment", Appointment.objects.exclude(status__in=AppointmentStatus.values)),
    )
    for kind, rows in wrong:
        for code in rows.values_list("code", flat=True):
            yield Breach("I-03", practice.code, f"{kind} {code}", "is in a state that does not fit")


def no_overlaps(practice: Practice) -> Iterator[Breach]:
    """I-05: no practitioner has two live appointments at once."""
    live = Appointment.objects.filter(
        status__in=[AppointmentStatus.BOOKED, AppointmentStatus.FULFILLED], is_overbooked=False
    )
    another = live.filter(
        practitioner=OuterRef("practitioner"),
        pk__gt=OuterRef("pk"),
        starts_at__lt=OuterRef("ends_at"),
        ends_at__gt=OuterRef("starts_at"),
    )
    for appointment in live.filter(Exists(another)):
        yield Breach("I-05", practice.code, appointment.code, "overlaps another")
