# SPDX-License-Identifier: Apache-2.0
import pytest

from aftersession.billing.models import Invoice, InvoiceState
from aftersession.lib.errors import BadInput
from aftersession.scheduling.models import PaymentType
from aftersession.workflows.finalise import Finish, Step
from aftersession.workflows.finalise_draft import finalise_draft
from tests.billing import complete, invoice_of
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("in_practice")


def test_a_button_that_a_check_has_stopped_is_refused_when_it_is_pressed_all_the_same(cast: Cast) -> None:
    draft = complete(cast, Step.SAVE, PaymentType.INSURANCE, diagnoses=())
    with pytest.raises(BadInput, match="code is missing"):
        finalise_draft(
            invoice=invoice_of(cast, draft), finish=Finish(Step.GENERATE), actor=cast.owner, key="k"
        )
    assert Invoice.objects.get().state == InvoiceState.DRAFT


def test_an_account_with_all_that_the_law_asks_for_is_issued(cast: Cast) -> None:
    draft = complete(cast, Step.SAVE, PaymentType.INSURANCE)
    done = finalise_draft(
        invoice=invoice_of(cast, draft), finish=Finish(Step.GENERATE), actor=cast.owner, key="k"
    )
    assert done.claim_code and not done.message_code
