# SPDX-License-Identifier: Apache-2.0
import pytest

from aftersession.lib.codes import new_code
from aftersession.payments.models import Payment
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Step
from aftersession.workflows.invariants import check_invariants
from aftersession.workflows.reverse_payment import reverse_payment
from tests.billing import cash, complete
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("in_practice")


def test_all_hold_after_every_kind_of_completion(cast: Cast) -> None:
    complete(cast, Step.SAVE)
    complete(cast, Step.SEND)
    complete(cast, Step.REQUEST_PAYMENT, PaymentType.ONLINE)
    complete(cast, Step.GENERATE, PaymentType.INSURANCE)
    complete(cast, Step.SEND_RECEIPT, payment=cash(400_00))
    assert [str(breach) for breach in check_invariants()] == []


def test_all_hold_after_a_reversal(cast: Cast) -> None:
    outcome = complete(cast, Step.SEND_RECEIPT, payment=cash())
    payment = Payment.objects.select_related("patient", "payer").get(code=outcome.payment_code)
    reverse_payment(payment=payment, reason="Wrong client", actor=cast.owner, key=new_code())
    assert [str(breach) for breach in check_invariants()] == []
