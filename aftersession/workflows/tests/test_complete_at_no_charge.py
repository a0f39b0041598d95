# SPDX-License-Identifier: Apache-2.0
from datetime import timedelta

import pytest

from aftersession.audit.models import AuditEvent
from aftersession.billing.models import Invoice
from aftersession.encounters.actions import SessionFacts
from aftersession.encounters.models import Encounter
from aftersession.ledger.models import Entry
from aftersession.lib import clock
from aftersession.lib.codes import new_code
from aftersession.lib.errors import AlreadyDone, BadInput, DomainError, InvalidTransition
from aftersession.messaging.models import Message
from aftersession.practices.models import Practice
from aftersession.scheduling.models import Appointment
from aftersession.workflows.complete_unbilled import Completed, complete_at_no_charge
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.undo_completion import undo_completion
from tests.billing import complete
from tests.cast import Cast, coming_appointment, ended_appointment, make_appointment

pytestmark = pytest.mark.usefixtures("frozen_clock")


def free(cast: Cast, appointment: Appointment, *, reason: str = "First talk", key: str = "") -> Completed:
    facts = SessionFacts(
        service_on=clock.now().date(),
        payment_type="online",
        charges=[],
        diagnoses=[],
        no_charge_reason=reason,
    )
    return complete_at_no_charge(
        appointment=appointment, facts=facts, actor=cast.practitioner, key=key or new_code()
    )


def test_a_session_that_costs_nothing_is_completed_whole(cast: Cast, in_practice: Practice) -> None:
    appointment = ended_appointment(cast)
    free(cast, appointment)
    appointment.refresh_from_db()
    assert appointment.status == "fulfilled"
    assert Encounter.objects.get().no_charge_reason == "First talk"
    assert not Invoice.objects.exists() and not Entry.objects.exists() and not Message.objects.exists()
    assert AuditEvent.objects.get(action="appointment.completed").reason == "First talk"
    assert list(check_invariants()) == []


def test_it_needs_a_reason(cast: Cast, in_practice: Practice) -> None:
    with pytest.raises(BadInput) as refused:
        free(cast, ended_appointment(cast), reason="")
    assert refused.value.field == "reason"


def test_it_is_possible_from_the_start_on_and_not_before(cast: Cast, in_practice: Practice) -> None:
    with pytest.raises(InvalidTransition):
        free(cast, coming_appointment(cast))
    free(cast, make_appointment(cast, starts_at=clock.now() - timedelta(minutes=1)))


def test_undoing_opens_the_session_and_it_can_be_billed_after_all(cast: Cast, in_practice: Practice) -> None:
    appointment = ended_appointment(cast)
    free(cast, appointment, key="first")
    undone = undo_completion(encounter=Encounter.objects.get(), actor=cast.practitioner, key=new_code())
    assert (undone.appointment_code, undone.invoice_code) == (appointment.code, "")
    with pytest.raises(DomainError, match="taken back"):
        free(cast, appointment, key="first")
    complete(cast, Step.SAVE, appointment=appointment)
    assert list(check_invariants()) == []


def test_undoing_twice_and_completing_twice_is_told(cast: Cast, in_practice: Practice) -> None:
    appointment = ended_appointment(cast)
    free(cast, appointment)
    with pytest.raises(AlreadyDone):
        free(cast, appointment)
    with pytest.raises(AlreadyDone):
        complete(cast, Step.SAVE, appointment=appointment)
    encounter = Encounter.objects.get()
    undo_completion(encounter=encounter, actor=cast.practitioner, key=new_code())
    with pytest.raises(InvalidTransition):
        undo_completion(encounter=encounter, actor=cast.practitioner, key=new_code())
