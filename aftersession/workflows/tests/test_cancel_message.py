# SPDX-License-Identifier: Apache-2.0
import pytest

from aftersession.audit.models import AuditEvent
from aftersession.claims.models import Claim, ClaimState
from aftersession.lib.codes import new_code
from aftersession.lib.errors import InvalidTransition
from aftersession.messaging.models import Message, MessageState
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.cancel_message import cancel_message
from aftersession.workflows.finalise import Step
from aftersession.workflows.produce_documents import produce_now
from aftersession.workflows.submit_claim import submit_claim
from tests.billing import complete
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("in_practice")


@pytest.fixture
def message(cast: Cast) -> Message:
    outcome = complete(cast, Step.SEND)
    found: Message = Message.objects.get(code=outcome.message_code)
    return found


def test_a_waiting_message_can_be_cancelled_once(message: Message, cast: Cast) -> None:
    for _ in range(2):
        cancel_message(message=message, actor=cast.owner, key="same")
    assert Message.objects.get().state == MessageState.CANCELLED
    assert AuditEvent.objects.filter(action="message.cancelled").count() == 1


@pytest.mark.parametrize("state", [MessageState.SENDING, MessageState.CANCELLED])
def test_what_has_left_or_is_cancelled_cannot_be_stopped(message: Message, cast: Cast, state: str) -> None:
    Message.objects.update(state=state)
    with pytest.raises(InvalidTransition):
        cancel_message(message=message, actor=cast.owner, key="k")
    assert Message.objects.get().state == state


def submitted(cast: Cast) -> Message:
    """The letter of a claim that is on its way to the insurer."""
    claim = Claim.objects.select_related("invoice__patient", "invoice__practitioner").get()
    outcome = submit_claim(claim=claim, send_to=cast.payer.claims_email, actor=cast.biller, key=new_code())
    found: Message = Message.objects.get(code=outcome.message_code)
    return found


@pytest.fixture
def account(cast: Cast) -> Claim:
    outcome = complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    produce_now(cast.practice, [outcome.document_code])
    found: Claim = Claim.objects.get()
    return found


def test_a_claim_whose_letter_is_cancelled_has_not_been_submitted(cast: Cast, account: Claim) -> None:
    cancel_message(message=submitted(cast), actor=cast.biller, key="k")
    account.refresh_from_db()
    assert (account.state, account.submitted_at, account.answer_due_on) == (ClaimState.DRAFT, None, None)
    assert AuditEvent.objects.filter(action="claim.submission_cancelled").exists()


def test_a_claim_that_has_left_before_stays_submitted(cast: Cast, account: Claim) -> None:
    submitted(cast)
    account.refresh_from_db()
    cancel_message(message=submitted(cast), actor=cast.biller, key="k")
    first = account.submitted_at
    account.refresh_from_db()
    assert (account.state, account.submitted_at) == (ClaimState.SUBMITTED, first)
