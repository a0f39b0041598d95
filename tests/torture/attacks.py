# SPDX-License-Identifier: Apache-2.0
"""What no path of the product may do, done on purpose: each function does one thing that a guard refuses.

An attack raises, or returns False, when it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.urls import reverse

from aftersession.audit.models import AuditEvent
from aftersession.billing.actions import issue_invoice, void_invoice
from aftersession.billing.models import Invoice, InvoiceLine, InvoiceShare, NumberSequence
from aftersession.billing.queries import invoice_for
from aftersession.billing.shares import settle_share
from aftersession.commands.models import CommandKey
from aftersession.documents.models import Document
from aftersession.encounters.actions import reopen_encounter
from aftersession.encounters.models import Encounter, EncounterState
from aftersession.integrations.inbox import receive_notice
from aftersession.integrations.models import InboundEvent
from aftersession.ledger.models import Line
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.messaging.delivery import _end, claim
from aftersession.messaging.models import Message, MessageState
from aftersession.patients.models import Patient
from aftersession.payments.actions import reverse_payment
from aftersession.payments.connections import connect_provider
from aftersession.payments.links import link_by_token, token_of
from aftersession.payments.models import (
    Allocation,
    AttemptState,
    Payment,
    PaymentAttempt,
    PaymentLink,
    Receipt,
)
from aftersession.payments.provider import ConnectionSettings, Mode
from aftersession.practices.tenancy import practice_scope
from aftersession.scheduling.actions import fulfil
from aftersession.scheduling.models import Appointment, AppointmentStatus, Attendee, PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.settle_attempt import move_attempt
from tests.billing import attempt_at, cash, complete, share_of
from tests.cast import Cast, cancelled_appointment, coming_appointment, ended_appointment, signed_in


@dataclass(frozen=True)
class Scene:
    """Two practices, complete and apart."""

    ours: Cast
    theirs: Cast


def refer_to_another_practice(scene: Scene) -> None:
    appointment = ended_appointment(scene.ours)
    Attendee.unscoped.filter(appointment=appointment).update(patient=scene.theirs.adult)


def move_to_another_practice(scene: Scene) -> None:
    Patient.unscoped.filter(pk=scene.ours.adult.pk).update(practice=scene.theirs.practice)


def change_the_log(scene: Scene) -> None:
    saved(scene)
    AuditEvent.unscoped.update(reason="tidied up")


def shorten_the_log(scene: Scene) -> None:
    saved(scene)
    AuditEvent.unscoped.all().delete()


def replace_in_the_log(scene: Scene) -> None:
    saved(scene)
    event = AuditEvent.unscoped.latest("pk")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE forged AS SELECT * FROM audit_auditevent")
            cursor.execute("UPDATE forged SET actor_label = 'Nobody'")
            try:
                cursor.execute("REPLACE INTO audit_auditevent SELECT * FROM forged WHERE id = %s", [event.pk])
            finally:
                cursor.execute("DROP TABLE forged")
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("TRUNCATE audit_auditevent")


def change_the_books(scene: Scene) -> None:
    paid(scene)
    Line.unscoped.update(amount_minor=1)


def remove_from_the_books(scene: Scene) -> None:
    paid(scene)
    Line.unscoped.all()._raw_delete("default")


def change_an_allocation(scene: Scene) -> None:
    paid(scene)
    Allocation.unscoped.update(amount_minor=1)


def change_a_receipt(scene: Scene) -> None:
    paid(scene)
    Receipt.unscoped.update(number=7)


def remove_an_invoice(scene: Scene) -> None:
    outcome = saved(scene)
    InvoiceLine.unscoped.all()._raw_delete("default")
    InvoiceShare.unscoped.all()._raw_delete("default")
    Invoice.unscoped.filter(code=outcome.invoice_code)._raw_delete("default")


def remove_a_share(scene: Scene) -> None:
    saved(scene)
    InvoiceShare.unscoped.all()._raw_delete("default")


def change_an_issued_invoice(scene: Scene) -> None:
    outcome = requested(scene)
    Invoice.unscoped.filter(code=outcome.invoice_code).update(service_on="2020-01-01")


def change_a_line_of_an_issued_invoice(scene: Scene) -> None:
    outcome = requested(scene)
    InvoiceLine.unscoped.filter(invoice__code=outcome.invoice_code).update(description="Something else")


def add_a_line_to_an_issued_invoice(scene: Scene) -> None:
    outcome = requested(scene)
    line = InvoiceLine.unscoped.get(invoice__code=outcome.invoice_code)
    line.pk, line.position = None, 2
    line.save(force_insert=True)


def change_what_is_owed(scene: Scene) -> None:
    outcome = requested(scene)
    InvoiceShare.unscoped.filter(invoice__code=outcome.invoice_code).update(amount_minor=1_00)


def revive_a_void_invoice(scene: Scene) -> None:
    outcome = requested(scene)
    rows = Invoice.unscoped.filter(code=outcome.invoice_code)
    rows.update(state="void")
    rows.update(state="issued")


def revive_a_cancelled_appointment(scene: Scene) -> None:
    appointment = cancelled_appointment(scene.ours)
    Appointment.unscoped.filter(pk=appointment.pk).update(status=AppointmentStatus.BOOKED)


def revive_a_reopened_encounter(scene: Scene) -> None:
    saved(scene)
    rows = Encounter.unscoped.all()
    rows.update(state=EncounterState.REOPENED)
    rows.update(state=EncounterState.LIVE)


def revive_a_reversed_payment(scene: Scene) -> None:
    paid(scene)
    rows = Payment.unscoped.all()
    rows.update(state="reversed")
    rows.update(state="recorded")


def change_an_amount_received(scene: Scene) -> None:
    paid(scene)
    Payment.unscoped.update(amount_minor=10_000_00)


def send_again_what_was_sent(scene: Scene) -> None:
    requested(scene)
    rows = Message.unscoped.all()
    rows.update(state="sending")
    rows.update(state="sent")
    rows.update(state="waiting")


def readdress_a_letter(scene: Scene) -> None:
    requested(scene)
    Message.unscoped.update(to_address="somebody.else@example.com")


def change_a_paper(scene: Scene) -> None:
    requested(scene)
    Document.unscoped.update(context={})


def swap_a_file(scene: Scene) -> None:
    requested(scene)
    rows = Document.unscoped.all()
    rows.update(state="ready", sha256="a" * 64)
    rows.update(sha256="b" * 64)


def unpay_an_attempt(scene: Scene) -> None:
    rows = PaymentAttempt.unscoped.filter(pk=attempt(scene).pk)
    rows.update(state=AttemptState.SUCCEEDED)
    rows.update(state=AttemptState.PENDING)


def raise_an_attempt(scene: Scene) -> None:
    PaymentAttempt.unscoped.filter(pk=attempt(scene).pk).update(amount_minor=1)


def book_twice_at_once(scene: Scene) -> None:
    first = coming_appointment(scene.ours)
    coming_appointment(scene.ours, starts_at=first.starts_at + timedelta(minutes=10))


def record_two_encounters(scene: Scene) -> None:
    saved(scene)
    again = Encounter.unscoped.latest("pk")
    again.pk, again.code = None, new_code()
    again.save(force_insert=True)


def bill_an_encounter_twice(scene: Scene) -> None:
    copy_invoice(saved(scene))


def number_two_invoices_alike(scene: Scene) -> None:
    first, second = requested(scene), requested(scene)
    number = Invoice.unscoped.get(code=first.invoice_code).number
    with_triggers_off = Invoice.unscoped.filter(code=second.invoice_code)
    again = with_triggers_off.get()
    again.pk, again.code, again.number, again.payment_reference = None, new_code(), number, ""
    again.encounter = None
    again.save(force_insert=True)


def settle_past_the_amount(scene: Scene) -> None:
    outcome = requested(scene)
    InvoiceShare.unscoped.filter(invoice__code=outcome.invoice_code).update(allocated_minor=950_01)


def use_money_twice(scene: Scene) -> None:
    paid(scene)
    Payment.unscoped.update(refunded_minor=1)


def lose_a_cent_of_tax(scene: Scene) -> None:
    outcome = saved(scene)
    Invoice.unscoped.filter(code=outcome.invoice_code).update(tax_minor=1)


def number_a_draft(scene: Scene) -> None:
    outcome = saved(scene)
    Invoice.unscoped.filter(code=outcome.invoice_code).update(number=99)


def claim_a_key_twice(scene: Scene) -> None:
    saved(scene)
    again = CommandKey.unscoped.latest("pk")
    again.pk = None
    again.save(force_insert=True)


def write_one_letter_twice(scene: Scene) -> None:
    requested(scene)
    again = Message.unscoped.latest("pk")
    again.pk, again.code = None, new_code()
    again.save(force_insert=True)


def book_a_partners_payment_twice(scene: Scene) -> None:
    paid(scene)
    held_by = attempt(scene).connection
    for _turn in range(2):
        again = Payment.unscoped.latest("pk")
        again.pk, again.code, again.external_id = None, new_code(), "ch_1"
        again.connection, again.provider = held_by, held_by.kind
        again.save(force_insert=True)


def open_two_pay_pages(scene: Scene) -> None:
    requested(scene)
    again = PaymentLink.unscoped.latest("pk")
    again.pk, again.code, again.token_sha256 = None, new_code(), "c" * 64
    again.save(force_insert=True)


def keep_one_notice_twice(scene: Scene) -> None:
    connection_row = attempt(scene).connection
    for _turn in range(2):
        InboundEvent.unscoped.create(
            practice=scene.ours.practice, connection=connection_row, provider="sandbox", event_key="evt_1",
            event_type="payment.succeeded", raw_body=b"{}", received_at=clock.now(),
        )  # fmt: skip


def open_one_series_twice(scene: Scene) -> None:
    NumberSequence.unscoped.create(practice=scene.ours.practice, series="INV")


def complete_by_an_old_page(scene: Scene) -> None:
    appointment = ended_appointment(scene.ours)
    with practice_scope(scene.ours.practice):
        fulfil(appointment, actor=scene.ours.practitioner)
        fulfil(appointment, actor=scene.ours.practitioner)


def complete_before_it_began(scene: Scene) -> None:
    appointment = coming_appointment(scene.ours)
    with practice_scope(scene.ours.practice):
        fulfil(appointment, actor=scene.ours.practitioner)


def reopen_by_an_old_page(scene: Scene) -> None:
    saved(scene)
    encounter = Encounter.unscoped.latest("pk")
    with practice_scope(scene.ours.practice):
        reopen_encounter(encounter)
        reopen_encounter(encounter)


def void_by_an_old_page(scene: Scene) -> None:
    invoice = Invoice.unscoped.get(code=requested(scene).invoice_code)
    with practice_scope(scene.ours.practice):
        void_invoice(invoice, reason="")
        void_invoice(invoice, reason="")


def void_what_is_paid(scene: Scene) -> None:
    invoice = Invoice.unscoped.get(code=paid(scene).invoice_code)
    with practice_scope(scene.ours.practice):
        void_invoice(invoice, reason="")


def issue_by_an_old_page(scene: Scene) -> None:
    invoice = Invoice.unscoped.select_related("document").get(code=requested(scene).invoice_code)
    invoice.number = 77
    with practice_scope(scene.ours.practice):
        assert invoice.document
        issue_invoice(invoice, invoice.document)


def reverse_by_an_old_page(scene: Scene) -> None:
    paid(scene)
    payment = Payment.unscoped.latest("pk")
    with practice_scope(scene.ours.practice):
        reverse_payment(payment, reason="", actor=scene.ours.owner)
        reverse_payment(payment, reason="", actor=scene.ours.owner)


def take_more_than_is_owed(scene: Scene) -> None:
    share = share_of(scene.ours, requested(scene))
    with practice_scope(scene.ours.practice):
        settle_share(share, 950_01, scene.ours.practice.locale)


def take_back_what_succeeded(scene: Scene) -> bool:
    made = attempt(scene)
    with practice_scope(scene.ours.practice):
        move_attempt(made, AttemptState.SUCCEEDED)
        return move_attempt(made, AttemptState.PENDING)


def pay_by_two_clicks(scene: Scene) -> bool:
    outcome = requested(scene)
    invoice = invoice_for(scene.ours.owner, outcome.invoice_code)
    for _click in range(2):
        record_payment(
            invoice=invoice, payment=cash(400_00), send_receipt_to="", actor=scene.ours.owner, key="one press"
        )
    with practice_scope(scene.ours.practice):
        return Payment.objects.count() > 1


def pay_something_else_with_an_old_key(scene: Scene) -> None:
    invoice = invoice_for(scene.ours.owner, requested(scene).invoice_code)
    for amount_minor in (400_00, 500_00):
        record_payment(
            invoice=invoice,
            payment=cash(amount_minor),
            send_receipt_to="",
            actor=scene.ours.owner,
            key="one press",
        )


def claim_one_letter_by_two_workers(scene: Scene) -> bool:
    requested(scene)
    first, second = (Message.unscoped.latest("pk") for _worker in range(2))
    claim(first, clock.now())
    return claim(second, clock.now())


def end_a_letter_after_losing_its_lease(scene: Scene) -> bool:
    requested(scene)
    slow = Message.unscoped.latest("pk")
    claim(slow, clock.now())
    quick = Message.unscoped.get(pk=slow.pk)
    claim(quick, clock.now() + timedelta(minutes=5))
    return _end(slow, MessageState.FAILED, "too slow")


def enter_without_the_role(scene: Scene) -> bool:
    client = signed_in(scene.ours.biller)
    return client.get(reverse("desk:appointment_book")).status_code == 200


def post_without_a_token(scene: Scene) -> bool:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = signed_in(scene.ours.owner).cookies
    return strict.post(reverse("desk:appointment_book"), {"key": new_code()}).status_code != 403


def open_an_invoice_of_another_practice(scene: Scene) -> None:
    invoice_for(scene.theirs.owner, saved(scene).invoice_code)


def open_an_invoice_of_a_colleague(scene: Scene) -> None:
    appointment = ended_appointment(scene.ours, practitioner=scene.ours.owner_provider)
    outcome = complete(scene.ours, Step.SAVE, appointment=appointment, actor=scene.ours.owner)
    invoice_for(scene.ours.practitioner, outcome.invoice_code)


def ask_without_a_practice(scene: Scene) -> None:
    Patient.objects.count()


def open_a_pay_page_from_a_stolen_table(scene: Scene) -> bool:
    requested(scene)
    return link_by_token(PaymentLink.unscoped.latest("pk").token_sha256) is not None


def open_an_expired_pay_page(scene: Scene) -> bool:
    requested(scene)
    link = PaymentLink.unscoped.latest("pk")
    PaymentLink.unscoped.filter(pk=link.pk).update(expires_at=clock.now() - timedelta(days=1))
    return link_by_token(token_of(link)) is not None


def forge_a_notice(scene: Scene) -> None:
    row = attempt(scene).connection
    header = f"t={int(clock.now().timestamp())},v1={'0' * 64}"
    body = b'{"id": "evt_9", "type": "payment.succeeded", "amount": 1}'
    receive_notice(
        kind="sandbox", connection_code=row.code, raw_body=body, headers={"Sandbox-Signature": header}
    )


def saved(scene: Scene) -> Outcome:
    """A session completed as a draft."""
    return complete(scene.ours, Step.SAVE)


def requested(scene: Scene) -> Outcome:
    """A session whose payment was asked for online: an issued invoice, a pay page, a waiting letter."""
    return complete(scene.ours, Step.REQUEST_PAYMENT, PaymentType.ONLINE)


def paid(scene: Scene) -> Outcome:
    """A session paid in cash, with its receipt."""
    return complete(scene.ours, Step.SEND_RECEIPT, payment=cash())


def attempt(scene: Scene) -> PaymentAttempt:
    """A payer at the partner's page."""
    outcome = requested(scene)
    practice = scene.ours.practice
    settings = ConnectionSettings(
        base_url="http://localhost:1",
        account="acct",
        mode=Mode.TEST,
        api_key="key",
        webhook_secrets=("secret",),
    )
    link = PaymentLink.unscoped.select_related("share").get(share__invoice__code=outcome.invoice_code)
    with practice_scope(practice):
        row = connect_provider(practice=practice, kind="sandbox", connection=settings)
        return attempt_at(row, link)


def copy_invoice(outcome: Outcome, **changes: Any) -> None:
    """A second invoice that says the same."""
    again = Invoice.unscoped.get(code=outcome.invoice_code)
    again.pk, again.code = None, new_code()
    again.save(force_insert=True)
