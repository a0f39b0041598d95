# SPDX-License-Identifier: Apache-2.0
"""Somebody else was faster: commands decide on what is true now, not on what their page was loaded with."""

import pytest

from aftersession.billing.models import Invoice, InvoiceState
from aftersession.billing.pricing import Discount, DiscountKind
from aftersession.encounters.models import Encounter
from aftersession.ledger.models import Entry
from aftersession.lib.errors import AlreadyDone, DomainError, InvalidTransition
from aftersession.messaging.models import Message, MessageState
from aftersession.payments.models import Payment
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.finalise_draft import finalise_draft
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.make_paid_invoice import make_paid_invoice
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.record_payment import record_payment
from aftersession.workflows.resend_message import resend_message
from aftersession.workflows.reverse_payment import reverse_payment
from aftersession.workflows.undo_completion import undo_completion
from aftersession.workflows.void_invoice import void_invoice
from tests.billing import cash, complete, invoice_of
from tests.cast import Cast, ended_appointment
from tests.turns import just_before

pytestmark = pytest.mark.usefixtures("in_practice")


def a_worker_takes_it_up() -> None:
    Message.objects.filter(state=MessageState.WAITING).update(state=MessageState.SENDING)


def encounter_of(outcome: Outcome) -> Encounter:
    found: Encounter = Encounter.objects.select_related("appointment").get(
        invoices__code=outcome.invoice_code
    )
    return found


def test_a_letter_that_leaves_meanwhile_stops_undoing(cast: Cast) -> None:
    encounter = encounter_of(complete(cast, Step.SEND_RECEIPT, payment=cash()))
    with (
        just_before('UPDATE "messaging_message"', a_worker_takes_it_up),
        pytest.raises(InvalidTransition, match="already left"),
    ):
        undo_completion(encounter=encounter, actor=cast.practitioner, key="k")
    assert Payment.objects.get().state == "recorded"


def test_undoing_from_a_second_page_is_told_that_it_is_done(cast: Cast) -> None:
    encounter = encounter_of(complete(cast, Step.SEND))
    undo_completion(encounter=encounter, actor=cast.practitioner, key="k1")
    with pytest.raises(AlreadyDone):
        undo_completion(encounter=encounter, actor=cast.owner, key="k2")


@pytest.mark.parametrize(
    ("step", "payment_type"),
    [(Step.REQUEST_PAYMENT, PaymentType.ONLINE), (Step.GENERATE, PaymentType.INSURANCE)],
)
def test_a_draft_that_was_finalised_meanwhile_is_not_finalised_again(
    cast: Cast, step: Step, payment_type: PaymentType
) -> None:
    outcome = complete(cast, Step.SAVE, payment_type)
    stale = invoice_of(cast, outcome)
    finish = Finish(step, None, "" if step is Step.GENERATE else cast.adult.email)
    finalise_draft(invoice=invoice_of(cast, outcome), finish=finish, actor=cast.owner, key="k1")
    with pytest.raises(InvalidTransition, match="already been finalised"):
        finalise_draft(invoice=stale, finish=finish, actor=cast.front_desk, key="k2")


def test_voiding_a_draft_that_was_issued_meanwhile_names_its_number(cast: Cast) -> None:
    outcome = complete(cast, Step.SAVE)
    stale = invoice_of(cast, outcome)
    finish = Finish(Step.SEND, None, cast.adult.email)
    finalise_draft(invoice=invoice_of(cast, outcome), finish=finish, actor=cast.owner, key="k1")
    assert void_invoice(invoice=stale, reason="Twice", actor=cast.owner, key="k2").number == "INV-000001"


def test_the_paper_that_says_paid_goes_with_the_payment(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND_RECEIPT, payment=cash())
    make_paid_invoice(invoice=invoice_of(cast, outcome), actor=cast.owner, key="k1")
    reverse_payment(payment=Payment.objects.get(), reason="Bounced", actor=cast.owner, key="k2")
    assert invoice_of(cast, outcome).paid_document is None


def test_a_bill_of_nothing_leaves_the_books_in_order(cast: Cast) -> None:
    complete(cast, Step.SEND, discount=Discount(DiscountKind.PERCENT, 10_000, "Bursary"))
    assert not Entry.objects.exists()
    assert [str(breach) for breach in check_invariants()] == []


def test_a_letter_is_not_sent_again_once_its_invoice_is_void(cast: Cast) -> None:
    invoice = invoice_of(cast, complete(cast, Step.SEND))
    a_worker_takes_it_up()
    Message.objects.update(state=MessageState.FAILED)

    def somebody_voids_it() -> None:
        Invoice.objects.filter(pk=invoice.pk).update(state=InvoiceState.VOID, voided_at=invoice.issued_at)

    with (
        just_before('SELECT "billing_invoiceshare"', somebody_voids_it),
        pytest.raises(InvalidTransition, match="does not stand"),
    ):
        resend_message(message=Message.objects.get(), send_to=cast.adult.email, actor=cast.owner, key="k")


def test_a_page_from_before_undoing_is_not_told_that_it_is_done(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    outcome = complete(cast, Step.SEND, appointment=appointment, key="k1")
    undo_completion(encounter=encounter_of(outcome), actor=cast.practitioner, key="k2")
    with pytest.raises(DomainError) as refused:
        complete(cast, Step.SEND, appointment=appointment, key="k1")
    assert refused.value.code == "taken_back"
    assert complete(cast, Step.SEND, appointment=appointment, key="k3").number == "INV-000002"


def test_a_payment_form_from_before_a_reversal_is_not_told_that_it_is_done(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND)

    def pay() -> Outcome:
        return record_payment(
            invoice=invoice_of(cast, outcome),
            payment=cash(1_00),
            send_receipt_to="",
            actor=cast.owner,
            key="k",
        )

    assert pay() == pay()
    reverse_payment(payment=Payment.objects.get(), reason="Bounced", actor=cast.owner, key="r")
    with pytest.raises(DomainError, match="taken back"):
        pay()


def test_a_letter_that_asks_for_more_than_is_owed_is_not_sent_again(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND)
    a_worker_takes_it_up()
    Message.objects.update(state=MessageState.FAILED)
    record_payment(
        invoice=invoice_of(cast, outcome), payment=cash(1_00), send_receipt_to="", actor=cast.owner, key="k"
    )
    with pytest.raises(InvalidTransition, match="owed has changed"):
        resend_message(message=Message.objects.get(), send_to=cast.adult.email, actor=cast.owner, key="k2")


def test_the_receipt_of_a_reversed_payment_does_not_leave_a_second_time_either(cast: Cast) -> None:
    complete(cast, Step.SEND_RECEIPT, payment=cash())
    a_worker_takes_it_up()
    Message.objects.update(state=MessageState.FAILED)
    resend_message(message=Message.objects.get(), send_to=cast.adult.email, actor=cast.owner, key="k1")
    reverse_payment(payment=Payment.objects.get(), reason="Bounced", actor=cast.owner, key="k2")
    assert set(Message.objects.values_list("state", flat=True)) == {"failed", "cancelled"}
