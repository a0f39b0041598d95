# SPDX-License-Identifier: Apache-2.0
"""A session that is paid in advance is billed once: whatever becomes of it, and of its invoice."""

import pytest

from aftersession.billing.models import Invoice
from aftersession.encounters.actions import SessionFacts
from aftersession.encounters.models import Charge, Encounter
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import AlreadyDone, BadInput, InvalidTransition
from aftersession.practices.models import Practice
from aftersession.prepaid.models import SessionCover
from aftersession.scheduling.actions import cancel, mark_missed
from aftersession.scheduling.models import Appointment, PaymentType
from aftersession.workflows.bill_in_advance import link_invoice, unlink_invoice
from aftersession.workflows.complete_unbilled import Completed, complete_as_billed
from aftersession.workflows.correct_invoice import correct_invoice
from aftersession.workflows.create_invoice import create_invoice
from aftersession.workflows.credit_invoice import CreditInput, credit_invoice
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.outcome import Outcome
from aftersession.workflows.undo_completion import undo_completion
from aftersession.workflows.void_invoice import void_invoice
from tests.billing import SESSION, bill_now, billing, complete, invoice_of
from tests.cast import Cast, coming_appointment, ended_appointment

pytestmark = pytest.mark.usefixtures("frozen_clock")


@pytest.fixture(autouse=True)
def whole(in_practice: Practice):  # type: ignore[no-untyped-def]
    """Whatever a test does, everything holds afterwards."""
    yield
    assert list(check_invariants()) == []


def close(cast: Cast, appointment: Appointment) -> Completed:
    facts = SessionFacts(clock.now().date(), PaymentType.OTHER, [], [])
    return complete_as_billed(appointment=appointment, facts=facts, actor=cast.practitioner, key=new_code())


def stand_alone(cast: Cast) -> Invoice:
    outcome = create_invoice(
        patient=cast.adult,
        practitioner=cast.provider,
        billing=billing(),
        finish=Finish(Step.SEND, None, cast.adult.email),
        actor=cast.practitioner,
        key=new_code(),
    )
    return invoice_of(cast, outcome)


def link(cast: Cast, appointment: Appointment, invoice: Invoice) -> None:
    link_invoice(appointment=appointment, invoice=invoice, actor=cast.practitioner, key=new_code())


def fresh(appointment: Appointment) -> Appointment:
    return Appointment.objects.select_related("practice", "practitioner").get(pk=appointment.pk)


def test_completing_bills_nothing_twice(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    bill_now(cast, appointment, Step.SEND_RECEIPT)
    close(cast, appointment)
    assert Invoice.objects.count() == 1 and fresh(appointment).status == "fulfilled"
    assert Charge.objects.get().unit_price_minor == 950_00


def test_a_form_from_before_cannot_bill_it_again(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    before = fresh(appointment)
    bill_now(cast, appointment)
    with pytest.raises(InvalidTransition) as refused:
        complete(cast, Step.SAVE, appointment=before)
    assert refused.value.code == "prepaid_changed"
    unlink_invoice(appointment=appointment, reason="Wrong one", actor=cast.practitioner, key=new_code())
    with pytest.raises(InvalidTransition) as stale:
        close(cast, appointment)
    assert stale.value.code == "prepaid_changed"


def test_what_comes_on_top_is_billed_by_itself(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    bill_now(cast, appointment)
    outcome = complete(cast, Step.SEND, appointment=appointment, lines=(SESSION,), is_prepaid=True)
    assert Charge.objects.count() == 2 and Invoice.objects.count() == 2
    with pytest.raises(InvalidTransition, match="bills more"):
        void_invoice(
            invoice=Invoice.objects.get(number=1), reason="Wrong", actor=cast.practitioner, key=new_code()
        )
    void_invoice(invoice=invoice_of(cast, outcome), reason="Wrong", actor=cast.practitioner, key=new_code())
    close(cast, fresh(appointment))


@pytest.mark.parametrize(
    ("kind", "step"), [(PaymentType.INSURANCE, Step.GENERATE), (PaymentType.OTHER, Step.SAVE)]
)
def test_no_insurer_and_no_draft_in_advance(cast: Cast, kind: str, step: Step) -> None:
    with pytest.raises(BadInput):
        bill_now(cast, coming_appointment(cast), step, payment_type=kind)
    assert not Invoice.objects.exists()


def test_it_is_billed_in_advance_once(cast: Cast) -> None:
    appointment = coming_appointment(cast)
    bill_now(cast, appointment)
    with pytest.raises(InvalidTransition):
        bill_now(cast, appointment)
    assert Invoice.objects.count() == 1


def test_undoing_keeps_it_billed_and_voiding_opens_it_to_be_billed(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    outcome = bill_now(cast, appointment)
    close(cast, appointment)
    undo_completion(encounter=Encounter.objects.get(), actor=cast.practitioner, key=new_code())
    close(cast, fresh(appointment))
    voided = void_invoice(
        invoice=invoice_of(cast, outcome), reason="Wrong", actor=cast.practitioner, key=new_code()
    )
    assert voided.appointment_code == appointment.code
    complete(cast, Step.SAVE, appointment=fresh(appointment))


def test_crediting_it_whole_frees_a_coming_session_and_keeps_a_completed_one(cast: Cast) -> None:
    coming, ended = coming_appointment(cast), ended_appointment(cast)
    for appointment in (coming, ended):
        outcome = bill_now(cast, appointment, Step.SEND_RECEIPT)
        if appointment is ended:
            close(cast, ended)
        credit_invoice(
            invoice=invoice_of(cast, outcome),
            credit=CreditInput(reason="Fee"),
            actor=cast.owner,
            key=new_code(),
        )
    assert (fresh(coming).is_prepaid, fresh(ended).is_prepaid) == (False, True)
    assert fresh(ended).status == "fulfilled"


def test_crediting_it_can_open_the_session_again(cast: Cast) -> None:
    appointment = ended_appointment(cast)
    outcome = bill_now(cast, appointment, Step.SEND_RECEIPT)
    close(cast, appointment)
    credit = CreditInput(reason="Wrong price", reopens=True)
    done = credit_invoice(invoice=invoice_of(cast, outcome), credit=credit, actor=cast.owner, key=new_code())
    assert done.appointment_code == appointment.code
    assert (fresh(appointment).status, fresh(appointment).is_prepaid) == ("booked", False)


def test_a_corrected_invoice_hands_the_session_on(cast: Cast) -> None:
    appointment = coming_appointment(cast)
    outcome = bill_now(cast, appointment, Step.SEND_RECEIPT)
    correct_invoice(
        invoice=invoice_of(cast, outcome),
        billing=billing(),
        finish=Finish(Step.SEND, None, cast.adult.email),
        reason="Name",
        actor=cast.owner,
        key=new_code(),
    )
    assert SessionCover.objects.get(released_at=None).invoice.number == 2
    assert fresh(appointment).is_prepaid


@pytest.mark.parametrize("is_missed", [True, False])
def test_what_was_not_kept_is_kept_for_another_session(cast: Cast, is_missed: bool) -> None:
    appointment = ended_appointment(cast) if is_missed else coming_appointment(cast)
    outcome = bill_now(cast, appointment, Step.SEND_RECEIPT)
    if is_missed:
        mark_missed(appointment=appointment, actor=cast.practitioner, key=new_code())
    else:
        cancel(appointment=appointment, reason="Ill", actor=cast.practitioner, key=new_code())
    other = coming_appointment(cast)
    link(cast, other, invoice_of(cast, outcome))
    assert (fresh(appointment).is_prepaid, fresh(other).is_prepaid) == (False, True)


def test_an_invoice_that_was_there_already_is_linked_once(cast: Cast) -> None:
    invoice, first, second = stand_alone(cast), ended_appointment(cast), ended_appointment(cast)
    link(cast, first, invoice)
    with pytest.raises(AlreadyDone):
        link(cast, second, invoice)
    close(cast, fresh(first))


def test_it_links_no_other_clients_and_no_sessions_own_invoice(cast: Cast) -> None:
    own = invoice_of(cast, complete(cast, Step.SEND))
    with pytest.raises(BadInput, match="session of its own"):
        link(cast, ended_appointment(cast), own)
    with pytest.raises(BadInput, match="another client"):
        link(cast, ended_appointment(cast, patient=cast.insured), stand_alone(cast))


def test_a_completed_session_takes_no_invoice(cast: Cast) -> None:
    outcome: Outcome = complete(cast, Step.SEND)
    completed = Appointment.objects.get(code=outcome.appointment_code)
    with pytest.raises(InvalidTransition):
        link(cast, completed, stand_alone(cast))
